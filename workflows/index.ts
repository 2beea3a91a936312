export { consignment } from './consignment.ts';
export { reconciliation } from './reconciliation.ts';

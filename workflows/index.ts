export { consignment } from './consignment.ts';
export { publish } from './publish.ts';
export { reconciliation } from './reconciliation.ts';
export { shadow } from './shadow.ts';

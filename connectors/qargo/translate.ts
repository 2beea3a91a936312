/** Qargo's words to facts: everything that translates, nothing that calls. */

export { defaultTables, qargoWire } from './config.ts';
export { type EarlierException, type OrderStatus, readDocuments, readOrderStatus } from './order-status.ts';
export { heldOtherwise } from './order-edits.ts';
export { readDispatch, readVisibility } from './visibility.ts';

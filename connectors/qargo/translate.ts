/** Qargo's words to facts and back: everything that translates, nothing that calls. */

export { defaultTables, qargoAccess, qargoWire, readingTables } from './config.ts';
export { placeOf, unmapped } from './mapping.ts';
export { orderInput } from './order.ts';
export { fieldAt, fieldsWritten, heldOtherwise, windowHeld } from './order-edits.ts';
export { type OrderStatus, readDocuments, readOrderStatus } from './order-status.ts';
export { readDispatch, readVisibility } from './visibility.ts';

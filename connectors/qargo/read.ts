/** Qargo's words to facts and back: everything that translates, nothing that calls. */

export { defaultTables, qargoAccess, qargoWire, readingTables } from './config.ts';
export { placeOf, unmapped } from './mapping.ts';
export { fieldAt, fieldsWritten, findPlannerEdits, readWindow } from './read-edits.ts';
export type { Earlier } from './read-failures.ts';
export { type OrderStatus, readDocuments, readOrderStatus } from './read-order-status.ts';
export {
  markOf,
  orderOfTrip,
  ordersCarried,
  phaseOf,
  readTrip,
  type StopKnown,
  type StopPhase,
  type TripRead,
  withoutPlan,
} from './read-trip.ts';
export { readDispatch, readVisibility } from './read-visibility.ts';
export { orderInput } from './write-order.ts';

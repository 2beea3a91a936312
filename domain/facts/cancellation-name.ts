/** Whether this is the name of a cancellation. It is a module of its own, since a module that knows the rows must not import the state. */
export function isOfCancellation(on: string): boolean {
  return on === 'cancel' || on.startsWith('cancel:');
}

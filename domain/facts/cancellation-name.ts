/** Under which name a cancellation is spoken of: a module of its own, since what knows the rows must not know the state. */
export function isOfCancellation(on: string): boolean {
  return on === 'cancel' || on.startsWith('cancel:');
}

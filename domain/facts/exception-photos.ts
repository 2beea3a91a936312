/** Works out which exception a photo shows. Qargo keeps photos on the order and does not say which incident a photo belongs to. */
interface Heard {
  readonly seq: number;
  /** UTC ISO. */
  readonly heard: string;
}

/**
 * Gives each photo to the latest exception that was known when the photo was received, or to the first one where it came before any.
 * Returns the photos by the `seq` of their exception, in the order in which they were given. Pure.
 */
export function photosByException<P extends Heard>(
  exceptions: readonly Heard[],
  photos: readonly P[],
): ReadonlyMap<number, readonly P[]> {
  const inOrder = [...exceptions].sort((a, b) => (a.heard === b.heard ? a.seq - b.seq : a.heard < b.heard ? -1 : 1));
  const found = new Map<number, P[]>();
  for (const photo of photos) {
    const of = inOrder.findLast(({ heard }) => heard <= photo.heard) ?? inOrder[0];
    if (of === undefined) continue;
    const mine = found.get(of.seq);
    if (mine === undefined) found.set(of.seq, [photo]);
    else mine.push(photo);
  }
  return found;
}

/** Which exception a photo shows: Qargo keeps photos on the order and says of none which incident it is of. */
interface Heard {
  readonly seq: number;
  /** UTC ISO. */
  readonly heard: string;
}

/**
 * Each photo is of the latest exception that was known when it was heard of, or of the first where it came before any. Answers the
 * photos by the `seq` of their exception, in the order given. Pure.
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

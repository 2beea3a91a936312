/** Things with how often each came, for the evidence of a finding. Pure. */

/** How often each thing comes, the most frequent first. */
export function counted(things: readonly string[]): [thing: string, count: number][] {
  const counts = new Map<string, number>();
  for (const thing of things) counts.set(thing, (counts.get(thing) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1]);
}

export const listed = (things: readonly string[]): string =>
  counted(things)
    .map(([thing, count]) => `${thing} ${count}`)
    .join(', ');

/** Adopting from a list, for the operations API and the command line. */
import { type AdoptedBy, adopt } from '../../store/intake/adoption.ts';
import type { Installation } from '../../store/organisations/installation.ts';
import { readAdoptionList } from '../export/adoption-list.ts';

export interface Adopted {
  readonly adopted: number;
  readonly already: number;
  /** Lines of the list, from 1, that were not adopted. */
  readonly refused: readonly { readonly line: number; readonly reason: string }[];
}

/** Throws where there is no such organisation. What of a list cannot be adopted holds up nothing else of it. */
export async function adoptList(
  { db, organisations }: Installation,
  organisation: string,
  csv: string,
  by: AdoptedBy,
): Promise<Adopted> {
  if ((await organisations.get(organisation)) === undefined) throw new Error(`no organisation ${organisation}`);
  const { list, lines, problems } = readAdoptionList(csv);
  const { adopted, already, refused } = await adopt(db, organisation, list, by);
  const all = [...problems, ...refused.map(({ place, reason }) => ({ line: lines[place] ?? 0, reason }))];
  return { adopted, already, refused: all.sort((a, b) => a.line - b.line) };
}

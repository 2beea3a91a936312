/** When the network has the proof of a delivery, and what follows from it. */
import { type Consignment, groupOf, type HeldFile, type Note, type World } from './world.ts';

const JOB_COMPLETE = 900;
const MINUTES_MS = 2 * 60_000;
const HALF_DAY_MS = 12 * 3_600_000;

/** Flip 16b: a POD that was sent, and a file: the job is complete. */
export function settleProof(world: World, consignment: Consignment | null): void {
  if (consignment === null || !world.plays('16b')) return;
  const isPod = (note: Note) => note.responseId === consignment.responseId && (note.meant ?? note).group === 'POD';
  if (!world.state.notes.some(isPod) || filesOf(world, consignment).length === 0) return;
  consignment.status = JOB_COMPLETE;
  world.touch();
}

/** The files that came for a consignment, in the order of their names. */
export function filesOf(world: World, consignment: Consignment): HeldFile[] {
  const held = world.state.files.filter(
    (file) => file.organisation === consignment.organisation && file.trackingId === consignment.trackingId,
  );
  return held.sort((a, b) => a.name.localeCompare(b.name));
}

/** The last POD note of a consignment, as the network knows its notes. */
export function podNoteOf(world: World, { responseId }: Consignment): Note | null {
  return world.state.notes.findLast((note) => note.responseId === responseId && groupOf(note) === 'POD') ?? null;
}

/** How long the network takes from what came to what can be had, ms; the former character takes no time. */
export function proofDelayMs(world: World): number {
  if (world.plays('33a')) return world.paced(HALF_DAY_MS);
  return world.isPublished ? world.paced(MINUTES_MS) : 0;
}

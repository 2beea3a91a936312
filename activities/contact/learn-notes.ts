/** Learns from notes of real traffic (register 2 to 5, 12 to 14, 20 to 22, 117, 126). Pure. */
import { localToInstant } from '../../connectors/palletways/local-time.ts';
import { type Node, text } from '../../connectors/palletways/node.ts';
import { confirmed, contradicted, type Finding, notSeen } from './finding.ts';
import { learnCodes, type NoteTables } from './learn-codes.ts';
import { counted, listed } from './listed.ts';

/** `again` are the notes of a second call from the latest Delta on. */
export function learnNotes(
  notes: readonly Node[],
  again: readonly Node[],
  latestDelta: number | null,
  tables: NoteTables,
): Finding[] {
  if (notes.length === 0) return [3, 4, 5, 12, 13, 14, 20, 21, 22, 126].map((id) => notSeen(id));
  return [
    learnDelta(again, latestDelta),
    ...learnClock(notes, tables.zone),
    learnNumbers(notes),
    learnRedirects(notes),
    ...learnCodes(notes, tables),
    learnStatusCodes(notes),
    notes.some((note) => tables.isOurs(text(note, 'NoteText')))
      ? confirmed(20, 'notes of ours are in the delta')
      : notSeen(20),
    learnPods(notes),
  ];
}

function learnDelta(again: readonly Node[], latest: number | null): Finding {
  if (latest === null) return notSeen(3, 'no note has a Delta');
  return again.some((note) => Number(text(note, 'Delta')) === latest)
    ? confirmed(3, 'a note is there again when the delta begins at its second')
    : contradicted(3, 'a note is not there when the delta begins at its second', { alternative: '3a' });
}

/**
 * Clocks of the networks, the first of each. A note that says a time after it was entered is of a clock further east: a telephone that is
 * late says an earlier one.
 */
const zones = ['Europe/London', 'Europe/Madrid', 'Europe/Bucharest', 'Europe/Istanbul'];

function isClockOf(notes: readonly Node[], zone: string): boolean {
  const gaps = notes.flatMap((note) => {
    const local = localToInstant(text(note, 'NoteDate'), text(note, 'NoteTime'), zone);
    return local === null ? [] : [Number(text(note, 'Delta')) * 1000 - Date.parse(local)];
  });
  return gaps.length > 0 && gaps.filter((ms) => ms > -60_000 && ms < 900_000).length >= gaps.length * 0.8;
}

/** Delta beside NoteDate and NoteTime in the account's zone. A steady whole hour between them is another clock. */
function learnClock(notes: readonly Node[], zone: string): Finding[] {
  const gaps = notes.flatMap((note) => {
    const delta = Number(text(note, 'Delta'));
    const local = localToInstant(text(note, 'NoteDate'), text(note, 'NoteTime'), zone);
    return delta > 0 && local !== null ? [Math.round((delta * 1000 - Date.parse(local)) / 900_000)] : [];
  });
  const [most] = counted(gaps.map(String));
  if (most === undefined) return [notSeen(4), notSeen(21)];
  const [quarters, count] = most;
  const share = `${count} of ${gaps.length} notes`;
  const steady = count >= gaps.length * 0.8;
  const elsewhere = zones.find((other) => other !== zone && Number(quarters) < 0 && isClockOf(notes, other));
  if (elsewhere !== undefined)
    return [
      confirmed(4, `${share}: Delta is the note's time in ${elsewhere}`),
      contradicted(21, `${share}: the local time is that of ${elsewhere}, and the settings say ${zone}`, {
        set: { 'palletways.zone': elsewhere },
      }),
    ];
  if (quarters === '0')
    return [confirmed(4, `${share}: Delta is the note's time`), confirmed(21, `${share}: local time of ${zone}`)];
  if (!steady)
    return [notSeen(4, `Delta is ${quarters} quarters of an hour from the note's time in ${share}`), notSeen(21)];
  const hours = Number(quarters) / 4;
  return [
    contradicted(4, `${share}: Delta is ${hours} h from the note's time`, { alternative: '4c' }),
    contradicted(21, `${share}: ${hours} h from the local time of ${zone}: is that the zone?`),
  ];
}

function learnNumbers(notes: readonly Node[]): Finding {
  const named = notes.map((note) => [text(note, 'SysNote'), text(note, 'TrackingID'), text(note, 'NoteText')] as const);
  const empty = named.filter(([number]) => number === '').length;
  if (empty > 0) return contradicted(5, `${empty} notes have no number`, { alternative: '5c' });
  const texts = new Map<string, Set<string>>();
  for (const [number, of, words] of named) {
    const key = `${of} ${number}`;
    texts.set(key, (texts.get(key) ?? new Set()).add(words));
  }
  const twice = [...texts.values()].filter((all) => all.size > 1).length;
  if (twice > 0) return contradicted(5, `${twice} numbers are of two notes of one consignment`, { alternative: '5b' });
  const shared = named.length - new Set(named.map(([number]) => number)).size;
  return confirmed(5, `${named.length} notes, ${shared} with a number that another consignment has too`);
}

function learnRedirects(notes: readonly Node[]): Finding {
  const other = (note: Node, element: string) =>
    (/\d{11}/.exec(text(note, element))?.[0] ?? text(note, 'TrackingID')) !== text(note, 'TrackingID');
  const byReference = notes.filter((note) => other(note, 'BookInReference')).length;
  const byText = notes.filter((note) => other(note, 'NoteText')).length;
  if (byReference > 0) return confirmed(12, `${byReference} notes name another id in BookInReference`);
  if (byText > 0) return contradicted(12, `${byText} notes name another id in NoteText alone`, { alternative: '12a' });
  return notSeen(12);
}

function learnStatusCodes(notes: readonly Node[]): Finding {
  const codes = notes.map((note) => text(note, 'StatusCode')).filter((code) => code !== '');
  if (codes.length === 0) return notSeen(14);
  if (codes.every((code) => Number(code) === 0))
    return contradicted(14, `${codes.length} notes, all with StatusCode 0`, { alternative: '14a' });
  return confirmed(14, `StatusCode: ${listed(codes)}`);
}

function learnPods(notes: readonly Node[]): Finding {
  const pods = notes.filter((note) => text(note, 'NoteGroup').toUpperCase() === 'POD');
  if (pods.length === 0) return notSeen(22);
  const dated = pods.filter((note) => text(note, 'PodDate') !== '');
  if (dated.length === 0)
    return contradicted(22, `${pods.length} POD notes, none with PodDate`, { alternative: '22b' });
  const timed = dated.filter((note) => text(note, 'PodTime') !== '');
  return timed.length === 0
    ? contradicted(22, `${dated.length} POD notes have a date and no time`, { alternative: '22c' })
    : confirmed(22, `${timed.length} of ${pods.length} POD notes have PodDate and PodTime`);
}

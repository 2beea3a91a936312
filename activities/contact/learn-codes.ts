/**
 * Learns what codes of notes mean that no table of the account knows (register 13, 126): by the status that they set, as far as that is
 * published, and by what their texts say. What is learned is a proposal, which a person reads before it is applied. Pure.
 */
import type { NoteCode } from '../../connectors/palletways/config.ts';
import { type Node, text } from '../../connectors/palletways/node.ts';
import { confirmed, contradicted, type Finding, notSeen } from './finding.ts';
import { listed } from './listed.ts';

/** Codes that some table of the account knows: `STS/DLV`, or a group with `*`. */
export interface NoteTables {
  readonly known: ReadonlySet<string>;
  /** Those that cancel. */
  readonly cancelCodes: readonly NoteCode[];
  readonly zone: string;
  /** Returns whether a note's text ends with an instant and a reference that we wrote. */
  readonly isOurs: (text: string) => boolean;
}

const codeOf = (note: Node) => `${text(note, 'NoteGroup')}/${text(note, 'NoteType')}`.toUpperCase();

/** Status codes that the guide publishes, and the note of ours that says the same. */
const byStatus: Readonly<Record<string, 'out' | 'delivered'>> = { '800': 'out', '900': 'delivered' };

/** Matches the words with which a network says, in its own language, that a consignment was cancelled. */
const saysCancelled = /\b(?:cancel|anulad|annul|storn)/i;

export function learnCodes(notes: readonly Node[], tables: NoteTables): Finding[] {
  const { known, isOurs } = tables;
  const network = notes.filter((note) => !isOurs(text(note, 'NoteText')));
  const codes = network.map(codeOf);
  const isKnown = (code: string) => known.has(code) || known.has(`${code.split('/')[0]}/*`);
  const unknown = codes.filter((code) => !isKnown(code));
  const all = listed(codes);
  if (codes.length === 0) return [notSeen(13), notSeen(126)];
  if (unknown.length === 0) return [notSeen(13, `codes: ${all}`), confirmed(126, `every code is in a table: ${all}`)];
  const set = meanings(
    network.filter((note) => !isKnown(codeOf(note))),
    tables,
  );
  const learned = Object.keys(set).length === 0 ? '' : `; by their statuses and texts: ${Object.keys(set).join(', ')}`;
  return [
    notSeen(13, `codes: ${all}`),
    contradicted(126, `no table knows ${listed(unknown)}${learned}`, { alternative: '126a', set }),
  ];
}

/** The settings that give unknown codes a meaning, where all notes of a code agree and no other code has it. */
function meanings(notes: readonly Node[], { cancelCodes }: NoteTables): Record<string, unknown> {
  const set: Record<string, unknown> = {};
  const cancelling: NoteCode[] = [];
  for (const code of new Set(notes.map(codeOf))) {
    const own = notes.filter((note) => codeOf(note) === code);
    const [group = '', type = ''] = code.split('/');
    const statuses = new Set(own.map((note) => text(note, 'StatusCode')));
    const meant = statuses.size === 1 ? byStatus[[...statuses][0] ?? ''] : undefined;
    if (meant !== undefined) {
      const path = `wire.palletways.codes.${meant}`;
      // Two codes for one thing are a person's to tell apart.
      set[path] = Object.hasOwn(set, path) ? undefined : { group, type };
    } else if (own.every((note) => saysCancelled.test(text(note, 'NoteText')))) cancelling.push({ group, type });
  }
  if (cancelling.length > 0) set['wire.palletways.cancelCodes'] = [...cancelCodes, ...cancelling];
  return Object.fromEntries(Object.entries(set).filter(([, value]) => value !== undefined));
}

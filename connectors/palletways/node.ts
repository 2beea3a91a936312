import { decodedOnce } from '../../domain/facts/encoding.ts';
import { cleanText } from '../../domain/facts/text.ts';

/**
 * One tree for both of Palletways' writings. XML and JSON say the same with different quirks (apis.md 1.5):
 * in JSON a wrapper may be missing, a repeatable element is an object when single and an array when several,
 * and an empty element is `''`, `[]`, `{}` or, where PHP wrote it, the literal text `Array`. The parsers
 * (`xml.ts`, `json.ts`) make this tree, and everything after them reads only through the functions below.
 */
export interface Node {
  readonly name: string;
  /** Text of a leaf, line breaks as `\n`; empty where the node has children. */
  readonly text: string;
  readonly children: readonly Node[];
}

/** What a document may cost before it is refused. */
export interface DocumentLimits {
  readonly bytes: number;
  readonly depth: number;
  readonly nodes: number;
}

/** Limits for what is told to us: what is large is read in a thread of its own (client/dispatch/apart.ts). */
export const pushLimits: DocumentLimits = { bytes: 16 * 1024 * 1024, depth: 64, nodes: 1_000_000 };

/** The document is not readable at all. The message never quotes the document: it may hold personal data. */
export class DocumentError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'DocumentError';
  }
}

/** What programs write where they have nothing: an empty in disguise. `Null` is a name. */
const nothing = /^(?:null|NULL|\(null\)|undefined|NaN|nil)$/;

/** Clean, trimmed text of a leaf, decoded once where it was decoded twice; '' for an empty node and for the literal `Array` (apis.md 1.5). */
export function value(node: Node): string {
  const trimmed = cleanText(decodedOnce(node.text)).trim();
  return trimmed === 'Array' || nothing.test(trimmed) ? '' : trimmed;
}

/** Whether a node says anything at all. */
export function isEmpty(node: Node): boolean {
  return value(node) === '' && node.children.every(isEmpty);
}

function named(node: Node, name: string): Node[] {
  const wanted = name.toLowerCase();
  return node.children.filter((child) => child.name.toLowerCase() === wanted);
}

function walk(node: Node, path: string): Node[] {
  let found: Node[] = [node];
  for (const step of path.split('/')) found = found.flatMap((one) => named(one, step));
  return found;
}

/** Every node at `A/B` that says something. Names match in any case (`Handball`, `HandBall`: apis.md 1.4, 1.6). */
export function all(node: Node, path: string): Node[] {
  return walk(node, path).filter((one) => !isEmpty(one));
}

/** The first node at `A/B` that says something, or undefined. */
export function first(node: Node, path: string): Node | undefined {
  return walk(node, path).find((one) => !isEmpty(one));
}

/** Text of the first node that says something at any of the paths, in their order; '' where none does. */
export function text(node: Node, ...paths: readonly string[]): string {
  for (const path of paths) {
    for (const found of walk(node, path)) {
      const said = value(found);
      if (said !== '') return said;
    }
  }
  return '';
}

/** Texts of a repeated element, empty ones left out. */
export function texts(node: Node, path: string): string[] {
  return walk(node, path)
    .map(value)
    .filter((said) => said !== '');
}

/** Whether the element is there, empty or not. Tells a partial message from a whole one. */
export function has(node: Node, path: string): boolean {
  return walk(node, path).length > 0;
}

/** The wrapper's node where the document has it, otherwise the document: JSON often comes without (apis.md 1.5). */
export function unwrap(document: Node, wrapper: string): Node {
  return named(document, wrapper)[0] ?? document;
}

const yes = new Set(['true', 't', 'yes', 'y', 'on', '1']);
const no = new Set(['false', 'f', 'no', 'n', 'off', '0', '']);

/** Palletways' booleans (apis.md 1.2); nothing said is false; null where it is neither. */
export function flag(said: string): boolean | null {
  const word = said.trim().toLowerCase();
  if (yes.has(word)) return true;
  return no.has(word) ? false : null;
}

/** How answers and pushes are written: XML with a root, JSON without one. */
import { first, type Leaf, type Tree, type Value } from './tree.ts';

export type Format = 'xml' | 'json';

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
/** Everything but the characters XML 1.0 allows. */
const FORBIDDEN = /[^\t\n\r -\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

/** The document under `root` (`Response` for answers, apis 1.5; `Notification` for pushes, wire-assumptions 2.1). */
export function toXml(root: string, tree: Tree): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element(root, tree)}`;
}

function element(name: string, value: Value): string {
  if (Array.isArray(value)) return value.map((leaf) => element(name, leaf)).join('');
  if (value === '') return `<${name}/>`;
  if (typeof value === 'string') {
    return `<${name}>${value.replace(FORBIDDEN, '').replace(/[&<>"]/g, (found) => ESCAPES[found] ?? found)}</${name}>`;
  }
  const inner = Object.entries(value).map(([child, childValue]) => element(child, childValue));
  return inner.length === 0 ? `<${name}/>` : `<${name}>${inner.join('')}</${name}>`;
}

/**
 * PHP-style JSON (apis 1.5): no root, every value a string, a repeated element an object when there is one and an
 * array when there are several, an empty element `[]` or `{}` - here in turns, `turn` saying which comes first.
 */
export function toJson(tree: Tree, turn = 0, numbers = false): unknown {
  let empties = turn;
  const leaf = (value: Leaf): unknown => {
    if (typeof value === 'string') {
      if (numbers && /^-?(0|[1-9]\d{0,14})(\.\d+)?$/.test(value)) return Number(value);
      if (value !== '') return value;
      empties += 1;
      return empties % 2 === 0 ? {} : [];
    }
    const entries = Object.entries(value).filter(([, inner]) => !Array.isArray(inner) || inner.length > 0);
    if (entries.length === 0) return leaf('');
    return Object.fromEntries(entries.map(([name, inner]) => [name, one(inner)]));
  };
  const one = (value: Value): unknown => {
    if (!Array.isArray(value)) return leaf(value);
    const [only] = value;
    return value.length === 1 && only !== undefined ? leaf(only) : value.map(leaf);
  };
  return leaf(tree);
}

/** Every so many JSON answers `Status` comes as a list (F PW-ODOO-B: "Status can arrive as a list"). */
const STATUS_LIST_EVERY = 7;

/** `bare`: rows are a list with nothing around it; `numbers`: bare ones; `wrapped`: within `Response` (30). */
interface JsonOptions {
  bare: boolean;
  numbers: boolean;
  wrapped: boolean;
}

/** Writes answers; it counts them, so that the quirks of JSON come in turns and the same run has the same ones. */
export class AnswerWriter {
  #answers = 0;

  write(format: Format, tree: Tree, options: JsonOptions): { contentType: string; body: string } {
    if (format === 'xml') return { contentType: 'text/xml; charset=utf-8', body: toXml('Response', tree) };
    this.#answers += 1;
    const rows = options.bare ? first(tree, 'Detail').Data : undefined;
    if (rows !== undefined) {
      const list = (Array.isArray(rows) ? rows : [rows]).filter((row) => typeof row !== 'string');
      const bare = list.map((row) => toJson(row, this.#answers, options.numbers));
      return { contentType: 'application/json', body: JSON.stringify(bare) };
    }
    const json = toJson(tree, this.#answers, options.numbers);
    if (options.wrapped) return { contentType: 'application/json', body: JSON.stringify({ Response: json }) };
    if (this.#answers % STATUS_LIST_EVERY === 0 && typeof json === 'object' && json !== null && 'Status' in json) {
      return { contentType: 'application/json', body: JSON.stringify({ ...json, Status: [json.Status] }) };
    }
    return { contentType: 'application/json', body: JSON.stringify(json) };
  }
}

/** Documents as the twin keeps them: elements in order, repeated ones as a list, every value a text. */
import { parseXml, XmlElement } from '@rgrove/parse-xml';
import { z } from 'zod';

export type Leaf = string | Tree;
export type Value = Leaf | Leaf[];
export interface Tree {
  [name: string]: Value;
}

/** The words of a document could not be read in the format they were said to be in. */
export class FormatError extends Error {}

const NAME = /^[A-Za-z_][\w.-]*$/;
const record = z.record(z.string().regex(NAME), z.unknown());

/**
 * JSON as callers send it (apis 1.4): booleans and numbers bare, a repeatable element an object when single.
 * An empty list or object is an empty element.
 */
export function fromJson(value: unknown): Tree {
  const parsed = record.safeParse(value);
  if (!parsed.success) throw new FormatError('not an object of elements');
  const tree: Tree = {};
  for (const [name, inner] of Object.entries(parsed.data)) tree[name] = valueFrom(inner);
  return tree;
}

function valueFrom(value: unknown): Value {
  if (!Array.isArray(value)) return leafFrom(value);
  const leaves = value.map(leafFrom);
  return leaves.length === 0 ? '' : leaves;
}

function leafFrom(value: unknown): Leaf {
  if (value === null || value === undefined) return '';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'number' || typeof value === 'string') return String(value);
  if (Array.isArray(value)) throw new FormatError('a list within a list');
  const tree = fromJson(value);
  return Object.keys(tree).length === 0 ? '' : tree;
}

/** XML to `{root: ...}`. Attributes are not used by Palletways and are ignored. */
export function fromXml(text: string): Tree {
  try {
    const { root } = parseXml(text);
    if (root === null) throw new FormatError('no root element');
    return { [root.name]: elementFrom(root) };
  } catch (error) {
    throw new FormatError(error instanceof Error ? error.message : String(error));
  }
}

function elementFrom(element: XmlElement): Leaf {
  const children = element.children.filter((child) => child instanceof XmlElement);
  if (children.length === 0) return element.text.trim();
  const tree: Tree = {};
  for (const child of children) {
    const before = tree[child.name];
    const leaf = elementFrom(child);
    if (before === undefined) tree[child.name] = leaf;
    else if (Array.isArray(before)) before.push(leaf);
    else tree[child.name] = [before, leaf];
  }
  return tree;
}

/** The element `name` as a list of any length. */
export function all(tree: Tree, name: string): Leaf[] {
  const value = tree[name];
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

/** Elements `name` that have children; an empty one counts as having none. */
export function trees(tree: Tree, name: string): Tree[] {
  return all(tree, name).map((leaf) => (typeof leaf === 'string' ? {} : leaf));
}

export function first(tree: Tree, name: string): Tree {
  return trees(tree, name)[0] ?? {};
}

/** The text of element `name`, empty when it is absent or has children. */
export function text(tree: Tree, name: string): string {
  const [leaf] = all(tree, name);
  return typeof leaf === 'string' ? leaf.trim() : '';
}

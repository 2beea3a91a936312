/** JSON as Palletways writes it (PHP's XML-to-JSON, apis.md 1.5) to the same {@link Node} as XML. */
import { parseJsonText } from '../../domain/facts/json-text.ts';
import { DocumentError, type DocumentLimits, type Node } from './node.ts';

/**
 * Text of a JSON document to a document node. An array gives one node for each member, a number or boolean its
 * text, null nothing. A document that is a list of one is that one.
 * @throws DocumentError where it is not JSON, not an object, or over a limit.
 */
export function parseJson(json: string, limits: DocumentLimits): Node {
  let parsed: unknown;
  try {
    parsed = parseJsonText(json);
  } catch (error) {
    // The runtime's own message quotes the text.
    const position = error instanceof Error ? /position \d+/.exec(error.message)?.[0] : undefined;
    throw new DocumentError(`not valid JSON${position === undefined ? '' : ` (${position})`}`);
  }
  if (Array.isArray(parsed) && parsed.length === 1) parsed = parsed[0];
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw new DocumentError('JSON, but not an object');
  const left = { nodes: limits.nodes };
  return { name: '', text: '', children: members(parsed, 0, limits, left) };
}

function members(from: object, depth: number, limits: DocumentLimits, left: { nodes: number }): Node[] {
  return Object.entries(from).flatMap(([name, said]) => nodes(name, said, depth + 1, limits, left));
}

function nodes(name: string, said: unknown, depth: number, limits: DocumentLimits, left: { nodes: number }): Node[] {
  if (depth > limits.depth) throw new DocumentError(`deeper than ${limits.depth} levels`);
  if (Array.isArray(said)) {
    if (said.length === 0) return [leaf(name, '', limits, left)];
    return said.flatMap((one: unknown) => nodes(name, one, depth + 1, limits, left));
  }
  if (typeof said === 'object' && said !== null) {
    const own = leaf(name, '', limits, left);
    return [{ ...own, children: members(said, depth, limits, left) }];
  }
  const text =
    typeof said === 'string'
      ? said.replace(/\r\n?/g, '\n')
      : typeof said === 'number' || typeof said === 'boolean'
        ? `${said}`
        : '';
  return [leaf(name, text, limits, left)];
}

function leaf(name: string, text: string, limits: DocumentLimits, left: { nodes: number }): Node {
  left.nodes -= 1;
  if (left.nodes < 0) throw new DocumentError(`more than ${limits.nodes} elements`);
  return { name, text, children: [] };
}

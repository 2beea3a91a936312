/** Strict XML to {@link Node}. A counterpart's XML has no use for a DOCTYPE, so one is refused, and with it every entity trick. */
import { parseXml as parse, XmlElement, XmlError, XmlText } from '@rgrove/parse-xml';
import { leaveOut, mendCharacters } from '../../domain/facts/mend-xml.ts';
import { DocumentError, type DocumentLimits, type Node } from './node.ts';

/** Rows of an answer and consignments of a push: one that is not well formed is left out alone. */
const rows = ['Consignment', 'Data'];
/** What stands in its place, so that it is a problem and not silence. */
const unreadable = '<Unreadable>not well-formed XML</Unreadable>';

/**
 * Text of an XML document to a document node whose only child is the root element. Attributes, comments and
 * processing instructions are left out; text beside child elements too. Characters that XML does not allow cost
 * nothing but themselves, and where that does not help, the row in which they stand.
 * @throws DocumentError where it is not well formed, has a DOCTYPE or is over a limit.
 */
export function parseXml(xml: string, limits: DocumentLimits): Node {
  // Line breaks first: the parser mends them one by one, which is quadratic for a body made of them.
  const source = xml.replace(/\r\n?/g, '\n');
  const first = parsed(source, limits);
  if (first instanceof XmlElement) return documentOf(first);
  let mended = mendCharacters(source);
  for (const name of ['', ...rows]) {
    const isWellFormed = (element: string) => parsed(element, limits) instanceof XmlElement;
    mended = name === '' ? mended : (leaveOut(mended, name, isWellFormed, unreadable) ?? mended);
    const again = parsed(mended, limits);
    if (again instanceof XmlElement) return documentOf(again);
  }
  throw first;
}

const documentOf = (root: XmlElement): Node => ({ name: '', text: '', children: [toNode(root)] });

/** The root element, or the error of a document that is not well formed. @throws DocumentError where it has a DOCTYPE or is over a limit. */
function parsed(source: string, limits: DocumentLimits): XmlElement | DocumentError {
  checkSize(source, limits);
  try {
    const root = parse(source).children.find((child) => child instanceof XmlElement);
    return root ?? new DocumentError('not well-formed XML: no root element');
  } catch (error) {
    const where = error instanceof XmlError ? ` (line ${error.line}, column ${error.column})` : '';
    return new DocumentError(`not well-formed XML${where}`);
  }
}

function toNode(element: XmlElement): Node {
  const children: Node[] = [];
  let said = '';
  for (const child of element.children) {
    if (child instanceof XmlElement) children.push(toNode(child));
    else if (child instanceof XmlText) said += child.text;
  }
  return { name: element.name, text: children.length === 0 ? said : '', children };
}

/**
 * Depth and number of elements, counted before the parser sees the text: it descends by recursion and would
 * run out of stack. The count is never below the parser's own depth, as a wrong end tag stops that at once.
 */
function checkSize(xml: string, limits: DocumentLimits): void {
  let depth = 0;
  let nodes = 0;
  let at = xml.indexOf('<');
  while (at !== -1) {
    let end: number;
    if (xml.startsWith('<!--', at)) end = closing(xml, '-->', at + 4);
    else if (xml.startsWith('<![CDATA[', at)) end = closing(xml, ']]>', at + 9);
    else if (xml.startsWith('<?', at)) end = closing(xml, '?>', at + 2);
    else if (xml.startsWith('<!', at)) throw new DocumentError('a DOCTYPE is not accepted');
    else if (xml.startsWith('</', at)) {
      depth -= 1;
      end = closing(xml, '>', at + 2);
    } else {
      end = tagEnd(xml, at + 1);
      nodes += 1;
      if (xml[end - 2] !== '/') depth += 1;
      if (depth > limits.depth) throw new DocumentError(`deeper than ${limits.depth} levels`);
      if (nodes > limits.nodes) throw new DocumentError(`more than ${limits.nodes} elements`);
    }
    at = xml.indexOf('<', end);
  }
}

function closing(xml: string, mark: string, from: number): number {
  const found = xml.indexOf(mark, from);
  return found === -1 ? xml.length : found + mark.length;
}

/** Index after the `>` of a start tag; a `>` inside quotes does not end it. */
function tagEnd(xml: string, from: number): number {
  let quote = '';
  for (let at = from; at < xml.length; at += 1) {
    const char = xml[at] as string;
    if (quote !== '') {
      if (char === quote) quote = '';
    } else if (char === '"' || char === "'") quote = char;
    else if (char === '>') return at + 1;
  }
  return xml.length;
}

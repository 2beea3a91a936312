/** Names of elements that an account uses otherwise than assumed, put back into the words in which everything here is read. Pure. */
import type { Node } from './node.ts';

/** `{[our word]: theirs}`; a word that is not in it is the same. */
export type ElementNames = Readonly<Record<string, string>>;

/** The tree in our words, all the way down. Names match in any case, as everywhere. */
export function inOurWords(tree: Node, elements: ElementNames): Node {
  const ours = new Map(Object.entries(elements).map(([our, their]) => [their.toLowerCase(), our]));
  if (ours.size === 0) return tree;
  const translate = (node: Node): Node => ({
    ...node,
    name: ours.get(node.name.toLowerCase()) ?? node.name,
    children: node.children.map(translate),
  });
  return translate(tree);
}

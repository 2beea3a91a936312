/** What a consignment asks besides (apis.md 1.4): elements for which the order has no field of its own, in plain words. Pure. */
import type { Further } from '../../domain/facts/content.ts';
import { all, has, type Node, text, value } from './node.ts';

/** Where each part comes from. */
export const furtherElements: Readonly<Record<keyof Further, string>> = {
  cash: 'CashPayment',
  returns: 'Return',
  notify: 'NotificationSet',
  insurance: 'Insurance',
  products: 'Product',
};

const listOf = (parts: readonly string[]): string => parts.filter((part) => part !== '').join(', ');
const labelled = (label: string, said: string): string => (said === '' ? '' : `${label} ${said}`);

const words: Readonly<Record<keyof Further, (one: Node) => string>> = {
  cash: (one) =>
    listOf([
      text(one, 'Amount'),
      labelled('method', text(one, 'Method')),
      labelled('at', text(one, 'CollectFrom')),
      text(one, 'FreeText'),
    ]),
  returns: (one) => [text(one, 'Amount'), text(one, 'Type')].filter((part) => part !== '').join(' '),
  notify: (one) => listOf([text(one, 'SMSNumber'), text(one, 'Email')]),
  insurance: (one) => value(one),
  products: (one) => {
    const code = text(one, 'Code');
    const said = [text(one, 'Quantity'), text(one, 'Description'), code === '' ? '' : `(${code})`];
    return said.filter((part) => part !== '').join(' ');
  },
};

/** Answers the parts that the consignment has an element for; one that says nothing is empty. */
export function readFurther(node: Node): Further {
  const parts = Object.keys(furtherElements) as (keyof Further)[];
  return Object.fromEntries(
    parts
      .filter((part) => has(node, furtherElements[part]))
      .map((part) => [part, listOf(all(node, furtherElements[part]).map(words[part]))]),
  );
}

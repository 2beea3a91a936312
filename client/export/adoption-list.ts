/** The list of what is adopted: a line each, `tracking id or consignment number, Qargo order id[, order_identifier]`. Pure. */
import type { ToAdopt } from '../../store/intake/adoption.ts';
import { readCsv } from './csv.ts';

export interface AdoptionList {
  readonly list: readonly ToAdopt[];
  /** Lines of `list`, from 1, in its order. */
  readonly lines: readonly number[];
  readonly problems: readonly { readonly line: number; readonly reason: string }[];
}

/** The list is CSV with a first line of names or without one; rows that name nothing are left out. */
export function readAdoptionList(text: string): AdoptionList {
  const list: ToAdopt[] = [];
  const lines: number[] = [];
  const problems: { line: number; reason: string }[] = [];
  const { rows, openQuoteLine } = readCsv(text);
  for (const { line, cells } of rows) {
    const [name = '', orderId = '', orderIdentifier = '', ...more] = cells.map((cell) => cell.trim());
    if (name === '' && orderId === '') continue;
    if (list.length + problems.length === 0 && !/\d/.test(name)) continue;
    const reason = problemOf(name, orderId, orderIdentifier, more);
    if (reason !== null) {
      problems.push({ line, reason });
      continue;
    }
    list.push({
      ...(trackingId.test(name) ? { trackingId: name } : { conNo: name }),
      orderId,
      ...(orderIdentifier === '' ? {} : { orderIdentifier }),
    });
    lines.push(line);
  }
  if (openQuoteLine !== null)
    problems.push({ line: openQuoteLine, reason: 'a quote has no end: nothing from here on was read' });
  return { list, lines, problems };
}

const trackingId = /^\d{11}$/;
const conNo = /^[\w./-]{3,40}$/;
const id = /^[\w.:/-]{1,80}$/;

function problemOf(name: string, orderId: string, orderIdentifier: string, more: readonly string[]): string | null {
  if (!trackingId.test(name) && !conNo.test(name))
    return 'tracking_id: is neither a tracking id nor a consignment number';
  if (!id.test(orderId)) return orderId === '' ? 'order_id: is missing' : 'order_id: is not an order id';
  if (orderIdentifier !== '' && !id.test(orderIdentifier)) return 'order_identifier: is not one';
  return more.some((cell) => cell !== '') ? 'has more than three columns' : null;
}

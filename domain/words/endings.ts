/** How an order ends or stands still at Qargo otherwise than agreed, in words. Pure. */
import type { Ending } from '../facts/facts.ts';

/** What Qargo shows, and what to do about it; the line goes by itself once Qargo has the order as agreed again. */
const endingWords: Readonly<Record<Exclude<Ending, 'none'>, readonly [what: string, next: string]>> = {
  cancelled: [
    'The order was cancelled at Qargo, and nobody cancelled the consignment.',
    'undo it in Qargo; where a similar order took its place, palletways-qargo adopt with a line of the consignment number and the id of that order, which is then told all that this one was; where it is not to be delivered, tell Palletways',
  ],
  'cancelled in part': [
    'A consignment of the order was cancelled at Qargo, and another lives on.',
    'look at the order in Qargo: undo it, or cancel the rest; where it is not to be delivered, tell Palletways',
  ],
  rejected: ['The order was rejected at Qargo.', 'accept it in Qargo, or tell Palletways that it is not delivered'],
  blocked: ['The order is blocked at Qargo: nobody can plan it.', 'say in Qargo what becomes of it'],
  skipped: [
    'The stop at the consignee is skipped at Qargo, with no reason.',
    'plan it in Qargo, or note there why nobody goes',
  ],
  reset: [
    'A delivery that Palletways was told of was taken back at Qargo: its stop is open again.',
    'complete the stop in Qargo again; where it was not delivered, tell Palletways',
  ],
  'attempt not known': [
    'Somebody arrived at the consignee, the stop is open again or gone, and nothing at Qargo says what came of it (assumptions 38, 39).',
    'ask the driver, and tell it by hand where the attempt failed (docs: by-hand)',
  ],
  'lives on': [
    'The order was taken back at Qargo, and lives on there.',
    'cancel it in Qargo, or have Palletways enter the consignment again',
  ],
};

export function describeEnding(how: Exclude<Ending, 'none'>): { readonly what: string; readonly next: string } {
  const [what, next] = endingWords[how];
  return { what, next };
}

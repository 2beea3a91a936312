/** The sentences of what holds a close-out. Pure. */

import { describeCharge } from '../policy/charges.ts';
import type { Hold } from '../receipts/close-out.ts';
import { sayCause } from './causes.ts';
import { side } from './outstanding.ts';

export function sayHold(hold: Hold): string {
  switch (hold.code) {
    case 'not signed':
      return 'POD not signed';
    case 'evidence missing':
      return hold.cause === null ? 'evidence not looked for yet' : sayCause(hold.cause);
    case 'exception open':
      return `exception open: ${hold.exception}`;
    case 'charge not agreed':
      return `charge not agreed: ${describeCharge(hold.charge)} (${side(hold.to)})`;
    case 'undecided':
      return `${sayCause(hold.cause)} (${hold.key})`;
    case 'outstanding':
      return `outstanding: ${hold.key} to ${side(hold.to)}`;
    case 'refused':
      return `refused by ${side(hold.to)}: ${hold.key}`;
    case 'unknown':
      return `sent to ${side(hold.to)}, not confirmed: ${hold.key}`;
    case 'more':
      return `outstanding: ${hold.count} more`;
  }
}

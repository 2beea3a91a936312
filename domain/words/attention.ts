/**
 * What needs somebody: each piece of trouble as a code with data, and its words, made when somebody reads it. The record finds them
 * (store/views/attention.ts); nothing here compares a sentence. Pure.
 */

import type { CancelSign, Counterpart, Ending } from '../facts/facts.ts';
import { type Cause, isUndecided } from '../obligations/causes.ts';
import { type ObligationKind, obligationKinds } from '../obligations/kinds.ts';
import { counterpartOf, type Lane } from '../obligations/lanes.ts';
import { sayCause } from './causes.ts';
import { describeEnding } from './endings.ts';
import { sayFields } from './fields.ts';
import { describeSign, side } from './outstanding.ts';

/** What sort of trouble, for counts and for whoever looks after one sort. */
export const troubleKinds = [
  'overdue',
  'sweep',
  'our fault',
  'unreadable',
  'signal by hand',
  'refused',
  'unknown',
  'to key in',
  'decision',
  'case',
  'order at Qargo',
  'POD outstanding',
  'unmatched',
  'held',
  'retrying',
  'first contact',
  'assumption',
] as const;
export type TroubleKind = (typeof troubleKinds)[number];

/** Who acts next. */
export type TroubleOwner = 'us' | 'depot' | 'Qargo' | 'Palletways' | 'administrator';

/** An obligation that ended without being met, or is tried again and again. */
interface OfObligation {
  readonly key: string;
  readonly obligation: ObligationKind;
  readonly to: Counterpart;
  /** Null where none was given. */
  readonly because: Cause | null;
  /** In the far side's own words, or with the name by which our log is searched; null where there are none. */
  readonly reason: string | null;
}

/** All instants are UTC ISO. */
export type TroubleCause =
  /** `field` is the first that could not be read, of `problems`; `message` counts in the journal. */
  | {
      readonly code: 'not readable';
      readonly message: number;
      readonly channel: string;
      readonly field: string;
      readonly says: string;
      readonly problems: number;
    }
  /** A fact that belongs to nobody: `fact` counts in the record, `matches` the consignments that it fits, where these are several. */
  | {
      readonly code: 'unmatched' | 'ambiguous';
      readonly fact: number;
      readonly of: string;
      readonly matches: Cause | null;
    }
  | ({ readonly code: 'stuck'; readonly state: 'refused' | 'unknown' } & OfObligation)
  | ({ readonly code: 'tried again'; readonly until: string | null } & OfObligation)
  /** `case` is the number by which a person decides. */
  | { readonly code: 'exception'; readonly case: number; readonly exception: string; readonly next: string | null }
  | { readonly code: 'no POD' }
  /** Documents of a type that means a POD in some tenants, and that no table knows. */
  | { readonly code: 'possible proof'; readonly type: string }
  /** Pickup and delivery of an order ended at one instant. */
  | { readonly code: 'times at once' }
  /** The order ends or stands still at Qargo otherwise than agreed. */
  | { readonly code: 'ending'; readonly how: Exclude<Ending, 'none'> }
  | { readonly code: 'asked'; readonly edit: string; readonly stage: string; readonly fields: readonly string[] }
  | { readonly code: 'missing at Palletways' }
  /** Something there looks like a cancellation. */
  | { readonly code: 'may be cancelled'; readonly sign: CancelSign }
  | { readonly code: 'taken by nobody'; readonly lane: Lane }
  | { readonly code: 'not taken in' }
  /** A version of the configuration. */
  | { readonly code: 'not published'; readonly version: number }
  /** Holds a whole lane, for `count` consignments. */
  | {
      readonly code: 'lane held';
      readonly lane: Lane;
      readonly by: string;
      readonly reason: string | null;
      readonly until: string | null;
    }
  | { readonly code: 'no sweep'; readonly lastEnded: string | null; readonly everySeconds: number }
  /** One thing that sweeps could not read `tries` times; `of` is its id at the side whose it is. */
  | {
      readonly code: 'not read';
      readonly item: 'order' | 'trip' | 'consignment' | 'status';
      readonly of: string;
      readonly reason: string;
      readonly tries: number;
      readonly until: string | null;
    }
  /** Answered with that HTTP status; `count` orders are read one by one instead. */
  | { readonly code: 'trips refused'; readonly status: number; readonly until: string | null }
  /** No first contact has passed: `count` rows of the integration are in shadow until one has. */
  | { readonly code: 'no first contact' }
  /** None of the `count` consignments that were heard of last names a depot of ours; `depots` are those that they name. */
  | { readonly code: 'none of ours'; readonly depots: readonly string[] }
  /** The last `count` pushes came so many minutes after the local time that they say; negative: before it. */
  | { readonly code: 'other zone'; readonly zone: string; readonly minutes: number }
  /** The last `count` consignments were found by reads alone. */
  | { readonly code: 'none pushed' }
  /** No order was heard of for long; `ever`: there was one before. */
  | { readonly code: 'nothing heard'; readonly ever: boolean }
  /** Pushes of one second contradict each other in parts that no read shows; `message` is the last of them in the journal. */
  | { readonly code: 'told at once'; readonly parts: string; readonly message: number | null }
  /** `count` amendments changed nothing that is read; `parts` are what no message carries. */
  | { readonly code: 'amended unseen'; readonly parts: string; readonly message: number | null };

/** A piece of trouble as the record finds it. */
export interface Trouble {
  readonly organisation: string;
  /** Internal id; null where it is of none. */
  readonly consignment: string | null;
  /** What people call it: consignment number, tracking id, or the names under which something waits; null where there is none. */
  readonly reference: string | null;
  readonly cause: TroubleCause;
  /** UTC ISO. */
  readonly since: string;
  /** Until when somebody should have acted, UTC ISO; null where that is not known. */
  readonly dueBy: string | null;
  /** How many it stands for, where it is grouped: consignments, obligations, messages, cases. */
  readonly count: number;
}

export interface Words {
  readonly kind: TroubleKind;
  /** One plain sentence. */
  readonly what: string;
  readonly owner: TroubleOwner;
  /** A command, or what to do. */
  readonly next: string;
}

/** The kind that a cause is counted as. */
export function kindOf(cause: TroubleCause): TroubleKind {
  switch (cause.code) {
    case 'not readable':
      return cause.channel === 'hand' ? 'signal by hand' : 'unreadable';
    case 'not read':
      return 'unreadable';
    case 'unmatched':
    case 'ambiguous':
    case 'none of ours':
      return 'unmatched';
    case 'stuck':
      return kindOfStuck(cause);
    case 'tried again':
      return 'retrying';
    case 'exception':
      return 'case';
    case 'ending':
    case 'times at once':
      return 'order at Qargo';
    case 'no POD':
    case 'possible proof':
      return 'POD outstanding';
    case 'asked':
    case 'missing at Palletways':
    case 'may be cancelled':
      return 'decision';
    case 'taken by nobody':
    case 'not taken in':
    case 'not published':
      return 'overdue';
    case 'lane held':
    case 'trips refused':
      return 'held';
    case 'no sweep':
      return 'sweep';
    case 'no first contact':
      return 'first contact';
    case 'other zone':
    case 'none pushed':
    case 'nothing heard':
    case 'told at once':
    case 'amended unseen':
      return 'assumption';
  }
}

/** Of what an obligation that ended unmet is counted as, only its kind, its state and its cause's code matter. */
export function kindOfStuck(
  of: Pick<OfObligation, 'obligation' | 'because'> & { readonly state: 'refused' | 'unknown' },
): TroubleKind {
  const code = of.because?.code;
  if (code === 'our fault') return 'our fault';
  if (of.obligation === 'proof') return 'POD outstanding';
  if (code === 'to be keyed in') return 'to key in';
  if (isUndecided(of.because)) return 'decision';
  return of.state;
}

/** What is said of a piece of trouble: its kind, a sentence, who acts next and how. */
export function describeTrouble(trouble: Trouble): Words {
  const { cause, count } = trouble;
  const kind = kindOf(cause);
  switch (cause.code) {
    case 'not readable':
      return { kind, ...sayUnreadable(cause) };
    case 'unmatched':
    case 'ambiguous':
      return { kind, ...sayUnmatched(cause) };
    case 'stuck':
      return { kind, ...sayStuck(cause, kind, called(trouble)) };
    case 'tried again':
      return {
        kind,
        what: `${obligationKinds[cause.obligation].name} (${cause.key}) is not at ${side(cause.to)} yet: ${cause.because === null ? 'no answer' : sayCause(cause.because)}${said(cause.reason)}.`,
        owner: cause.because?.code === 'our fault' ? 'us' : side(cause.to),
        next: `nothing yet: it is tried again ${cause.until === null ? 'in a moment' : `at ${cause.until}`}; if it stays, ask ${side(cause.to)}`,
      };
    case 'exception':
      return { kind, ...sayCase(cause, count) };
    case 'possible proof':
      return {
        kind,
        what: `Documents of type ${cause.type} came from Qargo, which is a POD in some tenants, and no table says what it is (assumption 53): none of them is sent.`,
        owner: 'administrator',
        next: `name it in wire.qargo.documentTypes: pod, photo, signature, exception-photo, or none`,
      };
    case 'ending':
      return { kind, ...sayEnding(cause.how, called(trouble)) };
    case 'times at once':
      return { kind, ...timesAtOnce };
    case 'no POD':
      return {
        kind,
        what: 'It was delivered, and no POD has come.',
        owner: 'depot',
        next: `get the signature into Qargo, then palletways-qargo refresh ${called(trouble)}`,
      };
    case 'may be cancelled':
      return { kind, ...saySign(cause, called(trouble)) };
    case 'asked':
    case 'missing at Palletways':
      return { kind, ...sayQuestion(cause, count, called(trouble)) };
    case 'taken by nobody':
    case 'not taken in':
    case 'not published':
    case 'no sweep':
      return { kind, owner: 'us', ...sayStill(cause, count) };
    case 'lane held':
      return { kind, ...sayHeld(cause, count) };
    case 'not read':
      return { kind, ...sayNotRead(cause, called(trouble)) };
    case 'trips refused':
      return { kind, ...sayTripsRefused(cause, count) };
    case 'told at once':
    case 'amended unseen':
      return { kind, owner: 'depot', ...sayAmended(cause, count) };
    case 'none of ours':
    case 'other zone':
    case 'none pushed':
    case 'nothing heard':
    case 'no first contact':
      return { kind, owner: 'administrator', ...sayAssumption(cause, trouble) };
  }
}

type Said = Omit<Words, 'kind'>;
type Of<C extends TroubleCause['code']> = Extract<TroubleCause, { readonly code: C }>;

const called = ({ reference, consignment, organisation }: Trouble): string =>
  `${reference ?? consignment ?? ''} --organisation ${organisation}`;

const said = (reason: string | null): string => (reason === null || reason === '' ? '' : ` (${reason})`);

function sayUnreadable({ channel, message, field, says, problems }: Of<'not readable'>): Said {
  const from = channel === 'hand' ? 'A signal by hand' : `A message (${channel})`;
  const more = problems > 1 ? `, and ${problems - 1} more` : '';
  const what = `${from} could not be read${field === '' ? '' : `: ${field}: ${says}${more}`}.`;
  if (channel === 'hand')
    return {
      what,
      owner: 'depot',
      next: `send it again as its description says; what came is message ${message} of the journal`,
    };
  const owner = channel.startsWith('palletways') ? 'Palletways' : 'Qargo';
  return {
    what,
    owner,
    next: `have ${owner} send it anew, then palletways-qargo aside "message ${message}" --why "..."`,
  };
}

function sayNotRead({ item, of, reason, tries, until }: Of<'not read'>, reference: string): Said {
  const owner = item === 'consignment' || item === 'status' ? 'Palletways' : 'Qargo';
  const again = `it is tried again${until === null ? '' : ` at ${until}`} and leaves this list once it is read`;
  const instead =
    item === 'order'
      ? '; where another order took its place, palletways-qargo adopt that one, and where it was merged, split it in Qargo'
      : '';
  const next =
    item === 'trip'
      ? `look at the trip in Qargo; ${again}`
      : `look at it at ${owner} (${reference}); ${again}${instead}`;
  const thing = item === 'status' ? 'status of' : item;
  return { what: `The ${thing} ${of} could not be read ${tries} times${said(reason)}.`, owner, next };
}

function sayTripsRefused({ status, until }: Of<'trips refused'>, count: number): Said {
  return {
    what: `Qargo does not let us read trips (${status}): ${count} ${count === 1 ? 'order is' : 'orders are'} read one by one.`,
    owner: 'administrator',
    next: `give the API client the right to read trips, or set wire.qargo.tripReads to false; it is tried again ${until === null ? 'in some hours' : `at ${until}`}`,
  };
}

function sayUnmatched({ code, fact, of, matches }: Of<'unmatched' | 'ambiguous'>): Said {
  const proof = of === 'pod' || of === 'document';
  const thing = of === 'pod' ? 'A POD' : of === 'document' ? 'A photo or paper' : `News (${of})`;
  const what =
    code === 'ambiguous'
      ? `${thing} fits several consignments${said(matches === null ? null : sayCause(matches))}.`
      : `${thing} belongs to no consignment that is known.`;
  const next = proof
    ? `give it to its consignment: POST /operations/unmatched/${fact}/assign`
    : `it goes by itself once its consignment is known; where it is not ours, palletways-qargo aside "fact ${fact}" --why "..."`;
  return { what, owner: 'depot', next };
}

function sayStuck(
  { key, obligation, to, because, reason, state }: Of<'stuck'>,
  kind: TroubleKind,
  reference: string,
): Said {
  const name = `${obligationKinds[obligation].name} (${key})`;
  const again = `palletways-qargo resend ${reference} ${key} --why "..."`;
  const words = because === null ? null : sayCause(because);
  const why = [because?.code === 'refused' ? null : words, reason]
    .filter((part): part is string => part !== null && part !== '')
    .join(': ');
  switch (kind) {
    case 'our fault':
      return {
        what: `${name} cannot be sent to ${side(to)} by a fault of ours${said(reason)}.`,
        owner: 'us',
        next: `search the log for the trace, mend it, then ${again}`,
      };
    case 'POD outstanding':
      return {
        what: `The evidence of the delivery did not come: ${why}.`,
        owner: 'depot',
        next: `get it into Qargo, then ${again}`,
      };
    case 'to key in':
      return {
        what: `${name} has no way to ${side(to)}.`,
        owner: 'depot',
        next: `key it in at ${side(to)} and say that it is done (docs: charges)`,
      };
    case 'decision':
      return {
        what: `${name} came late: ${why}.`,
        owner: 'depot',
        next: `palletways-qargo decide ${reference} accepted|refused --why "..."`,
      };
    default:
      break;
  }
  if (state === 'unknown')
    return {
      what:
        because?.code === 'restored'
          ? `${name} may be at ${side(to)} since before the record was restored, and no look can tell${said(reason)}.`
          : `${name} was sent to ${side(to)}, and nobody can tell whether it arrived${said(reason ?? words)}.`,
      owner: 'depot',
      next: `look at ${side(to)}; if it is missing, ${again}`,
    };
  if (because?.code === 'document not stored')
    return {
      what: `${name} did not arrive: ${why}.`,
      owner: 'administrator',
      next: `see in Qargo's document import integration that it matches the order by its id, and under which names it takes id, type and name; where these are other, set wire.qargo.documentImport; then ${again}`,
    };
  if (because?.code === 'scan not placed')
    return {
      what: `${name} was not told: Qargo named no stop for it, and the times of the stops do not show whether the pallet was loaded or at the depot (assumption 42).`,
      owner: 'depot',
      next: `where it was at the depot, ${again}; else put it aside; wire.qargo.scanKinds says what such a scan is from now on`,
    };
  const ours = because?.code === 'unmapped';
  return {
    what: `${name} was refused${ours ? '' : ` by ${side(to)}`}: ${why === '' ? 'no reason was given' : why}.`,
    owner: ours ? 'administrator' : 'depot',
    next: ours ? 'add it to the tables of the organisation; it then goes by itself' : `put it right, then ${again}`,
  };
}

const steps: Readonly<Record<string, string>> = {
  redeliver: 'plan the redelivery',
  return: 'plan the return',
  hold: 'it is on hold: say what becomes of it',
};

function sayCase({ case: id, exception, next }: Of<'exception'>, count: number): Said {
  const decided = next === null ? undefined : steps[next];
  const more = count > 1 ? `, and ${count - 1} more` : '';
  return {
    what: `The exception ${exception}${more} is open${next === null ? ': nobody has said what comes next' : `: ${next} was decided`}.`,
    owner: 'depot',
    next: `${decided === undefined ? 'say what comes next' : `${decided}, or end it`}: POST /operations/cases/${id}`,
  };
}

const timesAtOnce: Said = {
  what: 'Pickup and delivery of orders ended at one instant: somebody entered the times at Qargo later (assumption 47). Palletways was told the times that Qargo has.',
  owner: 'depot',
  next: 'have stops completed when they are, or their times put right in Qargo, which tells Palletways the new ones; where that is known, put this line aside',
};

function sayEnding(how: Exclude<Ending, 'none'>, reference: string): Said {
  const { what, next } = describeEnding(how);
  return { what, owner: 'depot', next: `${next}; see palletways-qargo why ${reference}` };
}

function sayQuestion(cause: Of<'asked' | 'missing at Palletways'>, count: number, reference: string): Said {
  if (cause.code === 'missing at Palletways') {
    return {
      what: 'Palletways does not answer for it, and nobody cancelled it.',
      owner: 'depot',
      next: `ask Palletways, then palletways-qargo decide ${reference} accepted|refused --edit missing --why "..."`,
    };
  }
  const fields = sayFields(cause.fields);
  const more = count > 1 ? `, and ${count - 1} more` : '';
  return {
    what: `${fields === '' ? 'A cancellation' : `A change of ${fields}`} came when it was ${cause.stage}${more}: a person decides.`,
    owner: 'depot',
    next: `palletways-qargo decide ${reference} accepted|refused --edit ${cause.edit} --why "..."`,
  };
}

function sayAmended(
  { code, parts, message }: Of<'told at once' | 'amended unseen'>,
  count: number,
): Omit<Said, 'owner'> {
  const pushes = count === 1 ? 'A push' : `${count} pushes`;
  const look = `look at the consignment of message ${message ?? ''} of the journal in the portal, and put the order right in Qargo; the line goes after a week`;
  if (code === 'told at once')
    return {
      what: `${pushes} of Palletways said one second and another ${parts} than the push before, and no read shows which stands (wire assumption 106): the first that was heard stays.`,
      next: look,
    };
  return {
    what: `${pushes} of Palletways amended something, and nothing that its messages carry has changed: what did may be one of these, which neither pushes nor reads carry: ${parts} (wire assumption 71).`,
    next: `${look}. Have Palletways push them too, or name in wire.palletways.notCarried what is of no matter`,
  };
}

function sayAssumption(
  cause: Of<'none of ours' | 'other zone' | 'none pushed' | 'nothing heard' | 'no first contact'>,
  { count, organisation }: Trouble,
): Omit<Said, 'owner'> {
  const handed = `ask Palletways how it hands consignments over: it should push to the address of docs/wire-assumptions.md; what lies as files in a folder is not read`;
  switch (cause.code) {
    case 'none of ours':
      return {
        what: `None of the last ${count} consignments that Palletways told us of names a depot of ours, so no order was made; they name ${cause.depots.join(', ')}.`,
        next: 'where one of these is ours, add it to policy.roles.depots (wire assumption 25); where none is, have Palletways stop telling us of them',
      };
    case 'no first contact':
      return {
        what: `No first contact has passed: ${count} ${count === 1 ? 'row is' : 'rows are'} in shadow, and nothing of them is sent.`,
        next: `palletways-qargo contact ${organisation}; then switch the rows on`,
      };
    case 'other zone': {
      const side = cause.minutes < 0 ? 'before' : 'after';
      return {
        what: `The last ${count} pushes of Palletways came ${Math.abs(cause.minutes)} minutes ${side} the local time that they say, read in ${cause.zone} (wire assumption 21): edits that no read shows may be lost, and all its times are off by as much.`,
        next: `set palletways.zone to the zone in which Palletways tells times; palletways-qargo contact ${organisation} looks for it`,
      };
    }
    case 'none pushed':
      return {
        what: `The last ${count} consignments were found by reads, and Palletways pushed nothing of them (wire assumption 1): what no read shows does not come.`,
        next: `${handed}; where it never pushes, set wire.palletways.pushes to false`,
      };
    case 'nothing heard':
      return {
        what: `Palletways has told of no ${cause.ever ? 'order since' : 'order yet'}, neither by a push nor to a read (wire assumption 1).`,
        next: `${handed}; palletways-qargo contact ${organisation} shows what reads find`,
      };
  }
}

function saySign({ sign }: Of<'may be cancelled'>, reference: string): Said {
  const setting = sign.by === 'status' ? 'wire.palletways.cancelStatuses' : 'wire.palletways.cancelCodes';
  return {
    what: `${describeSign(sign)} may say that it is cancelled (wire assumption 27); nothing is concluded of it.`,
    owner: 'depot',
    next: `ask Palletways, then palletways-qargo decide ${reference} accepted|refused --edit sign --why "..."; where it always means that, name it in ${setting}`,
  };
}

function sayStill(
  cause: Of<'taken by nobody' | 'not taken in' | 'not published' | 'no sweep'>,
  count: number,
): Omit<Said, 'owner'> {
  switch (cause.code) {
    case 'taken by nobody':
      return {
        what: `${count} ${count === 1 ? 'update' : 'updates'} for ${side(counterpartOf(cause.lane))} ${count === 1 ? 'is' : 'are'} due, and nobody sends.`,
        next: 'see that a worker and Temporal run; it wakes by itself',
      };
    case 'not taken in':
      return {
        what: `${count} ${count === 1 ? 'message waits' : 'messages wait'} to be read.`,
        next: 'see that a service runs, and its log',
      };
    case 'not published':
      return {
        what: `Version ${cause.version} of the configuration has not reached all consignments.`,
        next: 'see that a worker runs; GET /operations/organisations/<id>/publications tells how far it is',
      };
    case 'no sweep': {
      const last = cause.lastEnded === null ? 'none ever ended' : `the last ended at ${cause.lastEnded}`;
      return {
        what: `Scheduled polls are due every ${cause.everySeconds} s, and ${last}.`,
        next: 'open the last run of reconciliation/<organisation> in Temporal UI: its activity shows the cause',
      };
    }
  }
}

function sayHeld({ lane, by, reason, until }: Of<'lane held'>, count: number): Said {
  const far = side(counterpartOf(lane));
  const whose = `${count} ${count === 1 ? 'consignment waits' : 'consignments wait'}`;
  const again = until === null ? 'it is tried again by itself' : `it is tried again at ${until}`;
  switch (by) {
    case 'auth':
      return {
        what: `${far} turns our login away${said(reason)}; ${whose}.`,
        owner: 'administrator',
        next: 'put the login right in the organisation',
      };
    case 'not active':
      return {
        what: `Nothing is sent, for the organisation is not active; ${whose}.`,
        owner: 'administrator',
        next: 'make it active, if it should be',
      };
    case 'budget':
      return { what: `${whose} for a turn among the calls that ${far} allows.`, owner: 'us', next: again };
    default:
      return {
        what: `${far} cannot be called: ${by}${said(reason)}; ${whose}.`,
        owner: far,
        next: `${again}; if it stays, ask ${far}`,
      };
  }
}

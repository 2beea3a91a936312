/**
 * A new version of an organisation, as a person makes it. Until a first contact has passed no row of it goes on: it stays in shadow. A row
 * that goes on where something was heard already asks what becomes of what is open, so that nothing old pours out.
 */
import { holdInShadow, type OpenChoice, type Row, rowsSwitchedOn, type Switch } from '../../domain/policy/rows.ts';
import { sayHeld, sayUndecided, sayWithheld } from '../../domain/words/switching.ts';
import { loadContactPassed, vouchForContact } from '../../store/organisations/contacts.ts';
import type { Installation } from '../../store/organisations/installation.ts';
import type { Making, OrganisationDraft } from '../../store/organisations/organisations.ts';
import { beginRows, countOpenIn, hasConsignments } from '../../store/record/switched-on.ts';
import { checkWire } from './organisation-wire.ts';

/** A version that switches rows on, of which nobody said what becomes of what is open. Nothing was changed. */
export class UndecidedOpen extends Error {
  readonly rows: readonly Row[];
  readonly count: number;

  constructor(rows: readonly Row[], count: number) {
    super(sayUndecided(rows, count));
    this.name = 'UndecidedOpen';
    this.rows = rows;
    this.count = count;
  }
}

export interface Putting extends Making {
  /** What becomes of what is open in rows that are switched on. */
  readonly open?: OpenChoice;
  /** Why a first contact is taken as passed without one. */
  readonly vouch?: string;
}

export interface PutDone {
  readonly version: number;
  /** Sentences: what is otherwise than the draft has it, and what follows. */
  readonly said: readonly string[];
}

type Rows = Partial<Record<Row, Switch>>;

/** @throws OrganisationError, StaleVersion or UndecidedOpen; then nothing was changed. */
export async function putOrganisation(
  { db, organisations }: Pick<Installation, 'db' | 'organisations'>,
  draft: OrganisationDraft,
  putting: Putting,
): Promise<PutDone> {
  checkWire(draft);
  const { id } = draft;
  const latest = await organisations.version(id);
  const before = latest?.organisation.policy.rows;
  const wanted = (await organisations.tried(draft)).policy.rows;
  const isPassed = putting.vouch !== undefined || (await loadContactPassed(db, id)) !== null;
  // What is on already stays on.
  const held = isPassed ? [] : rowsSwitchedOn(before ?? holdInShadow(undefined), wanted);
  const rows: Rows = { ...wanted, ...Object.fromEntries(held.map((row) => [row, 'shadow'])) };
  const switched = before === undefined ? [] : rowsSwitchedOn(before, rows);
  const asks = switched.length > 0 && (await hasConsignments(db, id));
  if (asks && putting.open === undefined) throw new UndecidedOpen(switched, await countOpenIn(db, id, switched));
  const { madeBy, why = '' } = putting;
  let withheld = 0;
  // What was looked at is what is changed: somebody who was quicker makes it stale.
  const making = { madeBy, why, seen: putting.seen ?? latest?.version ?? 0 };
  await organisations.put({ ...draft, policy: { ...draft.policy, rows } }, making, async (tx, version) => {
    if (asks && putting.open === 'from-now-on')
      withheld = await beginRows(tx, { organisation: id, rows: switched, version, who: madeBy, why });
  });
  const version = (await organisations.version(id))?.version ?? 1;
  if (putting.vouch !== undefined) await vouchForContact(db, id, version, { who: madeBy, why: putting.vouch });
  return {
    version,
    said: [
      ...(held.length === 0 ? [] : [sayHeld(id, held)]),
      ...(asks && putting.open === 'from-now-on' ? [sayWithheld(withheld)] : []),
    ],
  };
}

/** A draft of an organisation that is new, its rows in shadow. */
export function withRowsHeld(draft: OrganisationDraft): OrganisationDraft {
  return { ...draft, policy: { ...draft.policy, rows: holdInShadow(draft.policy?.rows) } };
}

/**
 * Makes a new version of an organisation for a person. Until a first contact has passed, a row that the person switches on is kept in
 * shadow. After that, if the organisation has consignments already, whoever switches a row on must say what becomes of the updates that are
 * open in it, so that old ones are not all sent by surprise.
 */
import { holdInShadow, type OpenChoice, type Row, rowsSwitchedOn, type Switch } from '../../domain/policy/rows.ts';
import { sayHeld, sayUndecided, sayWithheld } from '../../domain/words/switching.ts';
import { loadContactPassed, vouchForContact } from '../../store/organisations/contacts.ts';
import type { Installation } from '../../store/organisations/installation.ts';
import type { Making, OrganisationDraft } from '../../store/organisations/organisations.ts';
import { beginRows, countOpenIn, hasConsignments } from '../../store/record/switched-on.ts';
import { checkWire } from './organisation-wire.ts';

/** Thrown if a version switches rows on and nobody said what becomes of the `count` updates that are open in them. Nothing was changed. */
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
  /** What becomes of the updates that are open in rows that this version switches on. */
  readonly open?: OpenChoice;
  /** Why a first contact counts as passed although none was made. If it is left out, only a real one counts. */
  readonly vouch?: string;
}

export interface PutDone {
  readonly version: number;
  /** Sentences for the person: which rows are kept in shadow although the draft has them on, and how many updates will not be sent. */
  readonly said: readonly string[];
}

type Rows = Partial<Record<Row, Switch>>;

/**
 * Checks a draft, and stores it as the next version. Throws OrganisationError if a field is wrong, StaleVersion if the version that was seen
 * is not the latest, and UndecidedOpen; then nothing was changed.
 */
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
  // Only a row that this version switches on is kept in shadow; a row that was on before stays on.
  const held = isPassed ? [] : rowsSwitchedOn(before ?? holdInShadow(undefined), wanted);
  const rows: Rows = { ...wanted, ...Object.fromEntries(held.map((row) => [row, 'shadow'])) };
  const switched = before === undefined ? [] : rowsSwitchedOn(before, rows);
  const mustChoose = switched.length > 0 && (await hasConsignments(db, id));
  if (mustChoose && putting.open === undefined) throw new UndecidedOpen(switched, await countOpenIn(db, id, switched));
  const { madeBy, why = '' } = putting;
  let withheld = 0;
  // The checks above are about the version that was read here. If somebody has made another one since, `put` throws StaleVersion.
  const making = { madeBy, why, seen: putting.seen ?? latest?.version ?? 0 };
  await organisations.put({ ...draft, policy: { ...draft.policy, rows } }, making, async (tx, version) => {
    if (mustChoose && putting.open === 'from-now-on')
      withheld = await beginRows(tx, { organisation: id, rows: switched, version, who: madeBy, why });
  });
  const version = (await organisations.version(id))?.version ?? 1;
  if (putting.vouch !== undefined) await vouchForContact(db, id, version, { who: madeBy, why: putting.vouch });
  return {
    version,
    said: [
      ...(held.length === 0 ? [] : [sayHeld(id, held)]),
      ...(mustChoose && putting.open === 'from-now-on' ? [sayWithheld(withheld)] : []),
    ],
  };
}

/** Returns the draft of a new organisation with each row that is on put in shadow. */
export function withRowsHeld(draft: OrganisationDraft): OrganisationDraft {
  return { ...draft, policy: { ...draft.policy, rows: holdInShadow(draft.policy?.rows) } };
}

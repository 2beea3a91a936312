/** What a new version of an organisation's configuration changes: those consignments are woken, and nobody else. */

import { noteElements } from '../../connectors/palletways/write-notes.ts';
import { unmapped } from '../../connectors/qargo/mapping.ts';
import { orderInput } from '../../connectors/qargo/write-order.ts';
import type { OutgoingNote } from '../../domain/facts/content.ts';
import { sortOf, switchedOff } from '../../domain/obligations/kinds.ts';
import type { Organisation } from '../../domain/policy/organisation.ts';
import { reasonParked } from '../../domain/policy/reason.ts';
import { rowsSwitchedOn, withheldOf } from '../../domain/policy/rows.ts';
import { openAfter } from '../../store/due/open-consignments.ts';
import {
  keepPublication,
  outstandingIn,
  publication,
  type Refused,
  refusedOf,
  resendRefused,
} from '../../store/due/publication.ts';
import { withheldBy } from '../../store/record/switched-on.ts';
import { wakeConsignments } from '../../store/record/wake.ts';
import { tellsByNote } from '../palletways/exceptions.ts';
import { reasonTables } from '../reading/tables.ts';
import type { Services } from '../sending/work.ts';
import type { PublicationInput, PublicationPage } from '../types.ts';

/** Consignments that are looked at in one step. */
const page = 50;
/** Consignments that are woken in a second, at most. */
const wokenPerSecond = 20;

/** Looks at the next page of open consignments. What was refused and would now be sent otherwise is asked for here; others are named. */
export async function publishPage(services: Services, input: PublicationInput): Promise<PublicationPage> {
  const { installation, counterparts } = services;
  const { db, organisations } = installation;
  const known = await publication(db, input.organisation, input.version);
  const before =
    known === undefined ? undefined : (await organisations.version(input.organisation, known.before))?.organisation;
  // Not the version that is published but the latest: an older one must not be brought back.
  const after = await organisations.get(input.organisation);
  const nothing = { looked: 0, woken: 0, restMs: 0 };
  if (before === undefined || after === undefined) return nothing;
  const open = (await openAfter(db, input.after, page, input.organisation)).map(({ consignment }) => consignment);
  const last = open.at(-1);
  if (last === undefined) return nothing;
  const again = (await refusedOf(db, open)).filter((refused) => goesOtherwise(services, refused, before, after));
  await resendRefused(db, input.organisation, input.version, again);
  const resent = new Set(again.map(({ consignment }) => consignment));
  const switchedOn = new Set([
    ...(await outstandingIn(db, open, rowsSwitchedOn(before.policy.rows, after.policy.rows))),
    ...(await withheldBy(db, input.organisation, input.version, open)),
  ]);
  for (const id of resent) switchedOn.delete(id);
  await wakeConsignments(db, [...switchedOn]);
  const woken = resent.size + switchedOn.size;
  await keepPublication(db, input, { looked: input.looked + open.length, woken: input.woken + woken, ended: false });
  return {
    looked: open.length,
    woken,
    restMs: Math.ceil((woken * 1_000) / wokenPerSecond / counterparts.pace),
    ...(open.length < page ? {} : { next: last }),
  };
}

export async function endPublication({ installation }: Services, input: PublicationInput): Promise<void> {
  await keepPublication(installation.db, input, { looked: input.looked, woken: input.woken, ended: true });
}

/** Whether what was refused would go in other words now, or can be mapped at all. */
function goesOtherwise(services: Services, refused: Refused, before: Organisation, after: Organisation): boolean {
  if (switchedOff(sortOf(refused.kind, refused.fact), withheldOf(after.policy.rows)) !== undefined) return false;
  if (refused.kind === 'order') {
    const { order } = refused;
    if (order === null) return false;
    const [was, is] = [before, after].map((organisation) => services.counterparts.accessOf(organisation).qargo);
    if (was === undefined || is === undefined || unmapped(order, is, after.policy) !== null) return false;
    // It was held back by a table; which version's does not matter.
    if (refused.cause?.code === 'unmapped') return true;
    const said = { operation: 'CREATE', orderIdentifier: '' } as const;
    return (
      JSON.stringify(orderInput(order, { ...said, access: was })) !==
      JSON.stringify(orderInput(order, { ...said, access: is }))
    );
  }
  if (refused.fact.kind === 'exception' && refused.cause?.code === 'unmapped') {
    // As a note, which is not how they are told where they are fetched.
    return tellsByNote(after) && reasonParked(refused.fact.code, reasonTables(services, after), after.policy) === null;
  }
  const note = refused.note as OutgoingNote | null;
  if (note === null) return false;
  const words = [before, after].map((organisation) => {
    const { codes, zone } = services.counterparts.accessOf(organisation).palletways;
    return JSON.stringify(noteElements(note, { codes, zone, now: note.at }));
  });
  return words[0] !== words[1];
}

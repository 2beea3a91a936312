/** What workflows ask of the record: fast and idempotent, run as local activities. */
import type { Fact, NewFact } from '../domain/facts.ts';
import type { Stage } from '../domain/state.ts';
import { workflowPolicy } from '../domain/workflow-policy.ts';
import { consignmentRow } from '../store/consignments.ts';
import { inTransaction } from '../store/database.ts';
import { hear } from '../store/hearing.ts';
import type { Installation } from '../store/installation.ts';
import { markRead, receive } from '../store/journal.ts';
import { load } from '../store/memory.ts';
import type { ConsignmentId, Loaded, LoadInput } from './types.ts';

/** What a run begins with; with `beyond` a page of what is owed besides what it holds. */
export async function loadConsignment(installation: Installation, input: LoadInput): Promise<Loaded> {
  const organisation = await installation.organisations.cached(input.organisation);
  if (organisation === undefined) throw new Error(`no organisation ${input.organisation}`);
  const row = await consignmentRow(installation.db, input.consignment);
  const memory = await load(installation.db, input.consignment, input.beyond);
  return { ...memory, policy: workflowPolicy(organisation.policy), reference: row.reference ?? row.trackingId };
}

/** Journals what a person signalled, and stores its facts as told. */
export async function recordHand(installation: Installation, input: ConsignmentId & { readonly facts: readonly Fact[] }): Promise<void> {
  const { organisation, consignment, facts } = input;
  await inTransaction(installation.db, async (tx) => {
    const { id, receivedAt } = await receive(tx, {
      organisation,
      channel: 'hand',
      contentType: 'application/json',
      body: Buffer.from(JSON.stringify(facts)),
      context: { consignment },
    });
    const context = { organisation, consignment, journal: id, heard: receivedAt, via: 'hand', handedOver: true, asTold: true } as const;
    await hear(tx, { aliases: {}, facts: facts as readonly NewFact[] }, context);
    await markRead(tx, id, [], false);
  });
}

/** Remembers that the workflow of a consignment ends, and where it stood. */
export async function keepStage(
  installation: Installation,
  input: ConsignmentId & { readonly stage: Stage; readonly closed: boolean },
): Promise<void> {
  await installation.db.query('update consignment set stage = $2, closed_at = case when $3 then clock_timestamp() end where id = $1', [
    input.consignment,
    input.stage,
    input.closed,
  ]);
}

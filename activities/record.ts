/** The activities by which workflows read and write the record. */
import type { Logger } from 'pino';
import { readByHand } from '../domain/facts/by-hand.ts';
import type { NewFact } from '../domain/facts/facts.ts';
import type { Plan } from '../domain/obligations/plan.ts';
import { lookAtCloseOut } from '../store/close-out/close-out.ts';
import { projectStale } from '../store/due/take.ts';
import { ingest } from '../store/intake/ingest.ts';
import type { Installation } from '../store/organisations/installation.ts';
import { inTransaction } from '../store/postgres/database.ts';
import { askRefresh, askResend, NoSuchThing } from '../store/record/commands.ts';
import { keepAnswer, reserveEntry } from '../store/record/journal.ts';
import { closeConsignment as close, planOf } from '../store/record/plan.ts';
import type { ByHand, ConsignmentActivities, ConsignmentId, HandAnswer } from './types.ts';

/** Answers the plan with which a workflow run begins, and which it asks for again whenever its own may be out of date. */
export async function loadPlan({ db }: Installation, { organisation, consignment }: ConsignmentId): Promise<Plan> {
  await projectStale(db, organisation, consignment);
  return planOf(db, consignment);
}

type Hand = Parameters<ConsignmentActivities['takeInByHand']>[0];

/** Stores and takes in the signals and updates that a person sent, one by one; the same batch may come again. */
export async function takeInByHand(
  installation: Installation,
  input: Hand,
  log: Logger,
): ReturnType<ConsignmentActivities['takeInByHand']> {
  const answers: HandAnswer[] = [];
  for (const [nth, said] of input.said.entries()) answers.push(await takeOne(installation, input, said, nth, log));
  return { answers, plan: await planOf(installation.db, input.consignment) };
}

async function takeOne(
  installation: Installation,
  input: Hand,
  said: ByHand,
  nth: number,
  log: Logger,
): Promise<HandAnswer> {
  const asking = { who: 'by Temporal', why: '', id: `${input.batch}:${nth}`, handedOver: true };
  if ('signal' in said) return { taken: await takeSignal(installation, input, said) };
  try {
    if (said.update === 'refresh') return await askRefresh(installation.db, input, asking);
    return await askResend(installation.db, input, said.obligation, asking);
  } catch (error) {
    if (!(error instanceof NoSuchThing)) throw error;
    log.info({ consignment: input.consignment }, 'a command by hand was refused: what it names does not exist');
    return { refused: error.message };
  }
}

/** Takes in a signal. Answers false if it cannot be read: then it is stored with its problem, and shown as work. */
async function takeSignal(
  { db }: Installation,
  { organisation, consignment, at }: Hand,
  { signal, argument }: Extract<ByHand, { readonly signal: string }>,
): Promise<boolean> {
  const { facts, unreadable } = readByHand(signal, argument, at);
  const received = await reserveEntry(db);
  const problems =
    unreadable === 0 ? [] : [{ field: signal, message: `a signal by hand cannot be read (${unreadable})` }];
  const body = Buffer.from(JSON.stringify({ signal, argument }) ?? 'null');
  await keepAnswer(
    db,
    received,
    { organisation, channel: 'hand', contentType: 'application/json', body, context: { consignment } },
    problems,
  );
  if (facts.length === 0) return unreadable === 0;
  const context = {
    organisation,
    consignment,
    journal: received.id,
    heard: received.receivedAt,
    via: 'hand',
    handedOver: true,
    asTold: true,
  } as const;
  await inTransaction(db, (tx) => ingest(tx, { aliases: {}, facts: facts as readonly NewFact[] }, context));
  return unreadable === 0;
}

/** Closes a consignment that is over, and then checks whether it can be closed out. */
export async function closeConsignment(
  installation: Installation,
  { organisation: id, consignment, version }: ConsignmentId & { readonly version: number },
): Promise<{ readonly closed: boolean; readonly plan: Plan }> {
  const closed = await close(installation.db, consignment, version);
  const organisation = closed ? await installation.organisations.cached(id) : undefined;
  if (organisation !== undefined) await lookAtCloseOut(installation.db, consignment, organisation.policy.closeOut);
  return { closed, plan: await planOf(installation.db, consignment) };
}

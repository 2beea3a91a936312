/** The activities of a worker, bound to its services. */
import { Context } from '@temporalio/activity';
import type { Logger } from 'pino';
import { closeOutPass } from '../store/close-out/close-out.ts';
import type { Installation } from '../store/organisations/installation.ts';
import { planOf } from '../store/record/plan.ts';
import { endPublication, publishPage } from './configuration/publication.ts';
import { keepShadow } from './configuration/shadow.ts';
import { sendToPalletways } from './lanes/palletways.ts';
import { sendToQargo } from './lanes/qargo.ts';
import { closeConsignment, loadPlan, takeInByHand } from './record.ts';
import { Counterparts } from './sending/counterparts.ts';
import { NoteBatcher } from './sending/note-batcher.ts';
import type { Doing, Services } from './sending/work.ts';
import { beginSweep, endSweep, sweepPalletways } from './sweep/palletways.ts';
import { sweepQargo } from './sweep/qargo.ts';
import type {
  ConsignmentActivities,
  PublicationActivities,
  SendInput,
  Sent,
  ShadowActivities,
  SweepActivities,
} from './types.ts';

/** A send that takes longer than this is logged with what it was doing, ms. */
const slowMs = 20_000;
const beatMs = 3_000;

/** Beats while it runs, so that a worker that was killed is noticed within seconds, and what is given up stops waiting. */
async function beating<T>(run: () => Promise<T>): Promise<T> {
  const beat = setInterval(() => Context.current().heartbeat(), beatMs);
  try {
    return await run();
  } finally {
    clearInterval(beat);
  }
}

/** What a worker opens and binds its activities to: workers import activities alone. */
export { type Installation, openInstallation } from '../store/organisations/installation.ts';
export { buildIdOf, deploymentName } from '../store/postgres/worker-version.ts';

export function createActivities(
  installation: Installation,
  log: Logger,
): ConsignmentActivities & SweepActivities & PublicationActivities & ShadowActivities {
  const counterparts = new Counterparts(installation);
  const services: Services = {
    installation,
    counterparts,
    desk: new NoteBatcher(installation, counterparts, { log }),
    log,
  };
  const signal = () => Context.current().cancellationSignal;
  /** Runs a send, beating; what takes long is logged with what it was doing. Answers the plan as it is then. */
  const send = async (input: SendInput, run: typeof sendToQargo): Promise<Sent> => {
    const doing: Doing = { step: 'begin' };
    const timer = setInterval(() => {
      log.warn({ consignment: input.consignment, lane: input.lane, step: doing.step }, 'a send takes long');
    }, slowMs);
    await beating(() => run(services, input, signal(), doing)).finally(() => clearInterval(timer));
    return { plan: await planOf(installation.db, input.consignment) };
  };
  return {
    loadPlan: (input) => loadPlan(installation, input),
    takeInByHand: (input) => takeInByHand(installation, input, log),
    closeConsignment: (input) => closeConsignment(installation, input),
    sendToPalletways: (input) => send(input, sendToPalletways),
    sendToQargo: (input) => send(input, sendToQargo),
    beginSweep: (input) => beginSweep(services, input),
    sweepPalletways: (input) => beating(() => sweepPalletways(services, input, signal())),
    sweepQargo: (input) =>
      beating(async () => {
        const swept = await sweepQargo(services, input, signal());
        const organisation = await installation.organisations.cached(input.organisation);
        if (organisation?.active === true)
          await closeOutPass(installation.db, organisation.id, organisation.policy.closeOut);
        return swept;
      }),
    endSweep: (input) => endSweep(services, input),
    publishPage: (input) => publishPage(services, input),
    endPublication: (input) => endPublication(services, input),
    keepShadow: (input) => keepShadow(services, input),
  };
}

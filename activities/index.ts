/** The activities of a worker, bound to its services. */
import { Context } from '@temporalio/activity';
import type { Logger } from 'pino';
import { marked } from '../domain/digests.ts';
import { closeOutPass } from '../store/close-out.ts';
import type { Installation } from '../store/installation.ts';
import { Counterparts } from './counterparts.ts';
import type { Doing, Services } from './delivering.ts';
import { NoteDesk } from './note-desk.ts';
import { deliverToPalletways } from './palletways.ts';
import { endPublication, publishPage } from './publication.ts';
import { deliverToQargo } from './qargo.ts';
import { keepStage, loadConsignment, recordHand } from './record.ts';
import { keepShadow } from './shadow.ts';
import { beginSweep, endSweep, sweepPalletways } from './sweep.ts';
import { sweepQargo } from './sweep-qargo.ts';
import { deliverWhatIsOn } from './switched.ts';
import type {
  ConsignmentActivities,
  DeliverInput,
  DeliverResult,
  PublicationActivities,
  ShadowActivities,
  SweepActivities,
} from './types.ts';

/** A delivery that takes longer than this is logged with what it was doing, ms. */
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
export { type Installation, openInstallation } from '../store/installation.ts';
export { buildIdOf, deploymentName } from '../store/worker-version.ts';

/** What came of what was asked for, to be told to a workflow. */
const markedFor = ({ items }: DeliverInput, result: DeliverResult): DeliverResult => ({
  ...result,
  outcomes: marked(result.outcomes, items),
});

export function createActivities(
  installation: Installation,
  log: Logger,
): ConsignmentActivities & SweepActivities & PublicationActivities & ShadowActivities {
  const counterparts = new Counterparts(installation);
  const watched = async (input: DeliverInput, run: (doing: Doing) => Promise<DeliverResult>): Promise<DeliverResult> => {
    const doing: Doing = { step: 'begin' };
    const timer = setInterval(() => {
      log.warn({ consignment: input.consignment, items: input.items.map((item) => item.key), step: doing.step }, 'a delivery takes long');
    }, slowMs);
    return beating(() => run(doing)).finally(() => clearInterval(timer));
  };
  const services: Services = { installation, counterparts, desk: new NoteDesk(installation, counterparts) };
  const signal = () => Context.current().cancellationSignal;
  const withHand = async (input: DeliverInput) => {
    if (input.hand !== undefined && input.hand.length > 0) await recordHand(installation, { ...input, facts: input.hand });
  };
  return {
    loadConsignment: (input) => loadConsignment(installation, input),
    recordHand: (input) => recordHand(installation, input),
    keepStage: (input) => keepStage(installation, input),
    deliverToPalletways: async (input) => {
      await withHand(input);
      const deliver = (doing: Doing) => deliverWhatIsOn(installation, input, (on) => deliverToPalletways(services, on, signal(), doing));
      return markedFor(input, await watched(input, deliver));
    },
    deliverToQargo: async (input) => {
      await withHand(input);
      const deliver = (doing: Doing) => deliverWhatIsOn(installation, input, (on) => deliverToQargo(services, on, signal(), doing));
      return markedFor(input, await watched(input, deliver));
    },
    beginSweep: (input) => beginSweep(services, input),
    sweepPalletways: (input) => beating(() => sweepPalletways(services, input, signal())),
    sweepQargo: (input) =>
      beating(async () => {
        const swept = await sweepQargo(services, input, signal());
        const organisation = await installation.organisations.cached(input.organisation);
        if (organisation?.active === true) await closeOutPass(installation.db, organisation.id, organisation.policy.closeOut);
        return swept;
      }),
    endSweep: (input) => endSweep(services, input),
    publishPage: (input) => publishPage(services, input),
    endPublication: (input) => endPublication(services, input),
    keepShadow: (input) => keepShadow(services, input),
  };
}

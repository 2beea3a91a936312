/** The activities of a worker, bound to its services. */
import { Context } from '@temporalio/activity';
import type { Installation } from '../store/installation.ts';
import { Counterparts } from './counterparts.ts';
import type { Services } from './delivering.ts';
import { NoteDesk } from './note-desk.ts';
import { deliverToPalletways } from './palletways.ts';
import { deliverToQargo } from './qargo.ts';
import { keepStage, loadConsignment, recordHand } from './record.ts';
import { beginSweep, endSweep, sweepPalletways, sweepQargo } from './sweep.ts';
import type { ConsignmentActivities, DeliverInput, SweepActivities } from './types.ts';

export function createActivities(installation: Installation): ConsignmentActivities & SweepActivities {
  const counterparts = new Counterparts(installation);
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
      return deliverToPalletways(services, input, signal());
    },
    deliverToQargo: async (input) => {
      await withHand(input);
      return deliverToQargo(services, input, signal());
    },
    beginSweep: (input) => beginSweep(services, input),
    sweepPalletways: (input) => sweepPalletways(services, input, signal()),
    sweepQargo: (input) => sweepQargo(services, input, signal()),
    endSweep: (input) => endSweep(services, input),
  };
}

/** With what a first contact asks: its own ten calls a minute, and a call of the budgets that all share. */
import { PalletwaysProbe } from '../../connectors/palletways/probe.ts';
import { QargoProbe } from '../../connectors/qargo/probe.ts';
import { contactBudget, palletwaysBudgetName } from '../../domain/calls/budget.ts';
import type { Gate } from '../../domain/calls/error.ts';
import type { Organisation } from '../../domain/policy/organisation.ts';
import { look, take } from '../../store/limits/budget.ts';
import type { Installation } from '../../store/organisations/installation.ts';
import { Counterparts } from '../sending/counterparts.ts';

/** A contact waits so long for its next call, ms: it is never in a hurry. */
const patienceMs = 300_000;

export interface Probes {
  readonly palletways: PalletwaysProbe;
  readonly qargo: QargoProbe;
  readonly counterparts: Counterparts;
  /** Before every call of a contact, by whom it is to. */
  readonly gates: { readonly palletways: Gate; readonly qargo: Gate };
}

export function openProbes(installation: Installation, organisation: Organisation): Probes {
  const counterparts = new Counterparts(installation);
  const { palletways, qargo } = counterparts.accessOf(organisation);
  const ask = {
    budget: `contact:${organisation.id}`,
    organisation: organisation.id,
    priority: 'poll',
    rules: contactBudget(counterparts.pace),
  } as const;
  const own = () => take(installation.db, ask, { maxWaitMs: patienceMs });
  const behind = (shared: () => Promise<void>) => async () => {
    await own();
    await shared();
  };
  const { dispatcher } = counterparts;
  const token = counterparts.token(organisation);
  const gates = {
    palletways: behind(counterparts.palletwaysGate(organisation, 'poll', undefined, patienceMs)),
    qargo: behind(counterparts.qargoGate(organisation, 'poll', undefined, patienceMs)),
  };
  return {
    counterparts,
    gates,
    palletways: new PalletwaysProbe(palletways, { gate: gates.palletways, dispatcher }),
    qargo: new QargoProbe(qargo, { gate: gates.qargo, dispatcher, token: () => token.get() }),
  };
}

/** Until when Palletways is silent to this address, or asked for silence, UTC ISO; null where it is not. */
export async function silentUntil(installation: Installation, organisation: Organisation): Promise<string | null> {
  const state = await look(installation.db, palletwaysBudgetName(organisation));
  return state !== undefined && state.heldUntil > Date.now() ? new Date(state.heldUntil).toISOString() : null;
}

/** One Temporal Schedule per organisation starts its sweep. Made and kept as configured, by every service process alike. */
import { type Client, ScheduleAlreadyRunning, type ScheduleOptions, ScheduleOverlapPolicy } from '@temporalio/client';
import type { Logger } from 'pino';
import type { Organisation } from '../../domain/policy/organisation.ts';
import type { Installation } from '../../store/organisations/installation.ts';
import type { reconciliation } from '../../workflows/reconciliation.ts';
import { taskQueue } from '../temporal.ts';
import { startPublications } from './publishing.ts';

export const scheduleId = (organisation: string) => `reconciliation/${organisation}`;

/** How often organisations are looked after, ms. */
const everyMs = 15_000;

function scheduleOf(organisation: Organisation, pace: number) {
  return {
    scheduleId: scheduleId(organisation.id),
    spec: { intervals: [{ every: Math.max(1_000, Math.round((organisation.policy.sweepSeconds * 1_000) / pace)) }] },
    action: {
      type: 'startWorkflow' as const,
      workflowType: 'reconciliation',
      workflowId: `reconciliation/${organisation.id}`,
      taskQueue,
      args: [{ organisation: organisation.id }] as Parameters<typeof reconciliation>,
      workflowExecutionTimeout: '1 hour',
      staticSummary: `Sweep of ${organisation.name}`,
    },
    policies: { overlap: ScheduleOverlapPolicy.BUFFER_ONE, catchupWindow: '1 minute' },
  } satisfies ScheduleOptions;
}

/** Makes the schedule, or brings an existing one up to date. */
export async function keepSchedule(temporal: Client, organisation: Organisation, pace: number): Promise<void> {
  const wanted = scheduleOf(organisation, pace);
  try {
    await temporal.schedule.create({ ...wanted, state: { paused: !organisation.active } });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    await temporal.schedule.getHandle(wanted.scheduleId).update((known) => ({
      ...known,
      spec: wanted.spec,
      action: wanted.action,
      policies: wanted.policies,
      state: { ...known.state, paused: !organisation.active },
    }));
  }
}

/** Keeps all schedules as configured, and publishes what was changed, until stopped; a failure is logged and tried again. */
export function startSchedules(installation: Installation, temporal: Client, log: Logger): { stop(): void } {
  const kept = new Map<string, string>();
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const round = async () => {
    try {
      for (const organisation of await installation.organisations.list()) {
        const wanted = JSON.stringify([organisation.active, organisation.policy.sweepSeconds, organisation.name]);
        if (kept.get(organisation.id) === wanted) continue;
        await keepSchedule(temporal, organisation, installation.environment.PALLETWAYS_QARGO_PACE);
        kept.set(organisation.id, wanted);
      }
      await startPublications(installation, temporal);
    } catch (error) {
      if (!stopped) log.warn({ err: error }, 'a schedule could not be kept; will try again');
    }
    if (!stopped) timer = setTimeout(() => void round(), everyMs);
  };
  void round();
  return {
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

/** A workflow's history as people and tests look at it. */
import protocol from '@temporalio/proto';

export type History = protocol.temporal.api.history.v1.IHistory;
export type HistoryEvent = protocol.temporal.api.history.v1.IHistoryEvent;
type Payload = protocol.temporal.api.common.v1.IPayload;

const { EventType } = protocol.temporal.api.enums.v1;

export const eventsOf = (history: History): readonly HistoryEvent[] => history.events ?? [];

/** `ACTIVITY_TASK_SCHEDULED`, `WORKFLOW_EXECUTION_SIGNALED`, ... */
export const typeOf = (event: HistoryEvent): string =>
  EventType[event.eventType ?? 0]?.replace(/^EVENT_TYPE_/, '') ?? 'UNKNOWN';

/** The value of a JSON payload; undefined where it is something else. */
export function jsonOf(payload: Payload | null | undefined): unknown {
  if (!payload?.data) return undefined;
  try {
    return JSON.parse(Buffer.from(payload.data).toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}

/** How many events there are up to and with the end of the last delivery; what follows is grace time and end. */
export function eventsToLastDelivery(history: History): number {
  return eventsOf(history).findLastIndex((event) => typeOf(event) === 'ACTIVITY_TASK_COMPLETED') + 1;
}

export interface SignalSeen {
  readonly name: string;
  readonly argument: unknown;
  readonly bytes: number;
}

export function signalsOf(history: History): SignalSeen[] {
  return eventsOf(history).flatMap((event) => {
    const signal = event.workflowExecutionSignaledEventAttributes;
    if (!signal) return [];
    const payloads = signal.input?.payloads ?? [];
    const bytes = payloads.reduce((sum, payload) => sum + (payload.data?.length ?? 0), 0);
    return [{ name: signal.signalName ?? '', argument: jsonOf(payloads[0]), bytes }];
  });
}

/** Every byte string anywhere in a history: payloads, headers, memos, failures' details. */
export function bytesIn(value: unknown, found: Buffer[] = []): Buffer[] {
  if (value instanceof Uint8Array) found.push(Buffer.from(value));
  else if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) bytesIn(inner, found);
  return found;
}

/** Every text anywhere in a history that is no byte string: ids, names, messages, stack traces. */
export function textsIn(value: unknown, found: string[] = []): string[] {
  if (typeof value === 'string') found.push(value);
  else if (typeof value === 'object' && value !== null && !(value instanceof Uint8Array)) {
    for (const inner of Object.values(value)) textsIn(inner, found);
  }
  return found;
}

/** One line for each event, with what it is about and how long after the start. */
export function lines(history: History): string[] {
  const start = msOf(eventsOf(history)[0]);
  return eventsOf(history).map((event) => {
    const after = ((msOf(event) - start) / 1_000).toFixed(2).padStart(8);
    return `${String(event.eventId ?? '').padStart(4)} ${after} s  ${typeOf(event).padEnd(42)} ${aboutOf(event)}`.trimEnd();
  });
}

const msOf = (event: HistoryEvent | undefined): number =>
  Number(event?.eventTime?.seconds ?? 0) * 1_000 + (event?.eventTime?.nanos ?? 0) / 1e6;

function aboutOf(event: HistoryEvent): string {
  const summary = jsonOf(event.userMetadata?.summary);
  const scheduled = event.activityTaskScheduledEventAttributes;
  const marker = event.markerRecordedEventAttributes;
  const about = [
    scheduled?.activityType?.name,
    event.workflowExecutionSignaledEventAttributes?.signalName,
    event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest?.input?.name,
    marker?.markerName === undefined || marker.markerName === null ? undefined : localOf(marker.details),
    typeof summary === 'string' ? `"${summary}"` : undefined,
    event.workflowTaskFailedEventAttributes?.failure?.message,
    event.activityTaskStartedEventAttributes?.lastFailure?.message,
  ];
  return about.filter((part) => typeof part === 'string' && part !== '').join('  ');
}

/** A local activity's marker names its activity. */
function localOf(
  details: Readonly<Record<string, protocol.temporal.api.common.v1.IPayloads>> | null | undefined,
): string {
  const data = jsonOf(details?.data?.payloads?.[0]);
  const type =
    typeof data === 'object' && data !== null ? (data as { activity_type?: unknown }).activity_type : undefined;
  return typeof type === 'string' ? `local ${type}` : 'marker';
}

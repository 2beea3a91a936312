/** Each consignment of a first contact as the order that it would become, beside what Palletways shows. Nothing is sent or kept. */

import { type Node, text } from '../../connectors/palletways/node.ts';
import { readConsignment } from '../../connectors/palletways/read.ts';
import type { QargoAccess } from '../../connectors/qargo/config.ts';
import type { Description } from '../../connectors/qargo/description.ts';
import { unmapped } from '../../connectors/qargo/mapping.ts';
import { orderInput } from '../../connectors/qargo/write-order.ts';
import type { OrderContent } from '../../domain/facts/content.ts';
import { type Organisation, oursOf } from '../../domain/policy/organisation.ts';
import { sayCause } from '../../domain/words/causes.ts';
import type { ConsignmentSeen } from './ask-palletways.ts';

export interface DryRun {
  readonly trackingId: string;
  /** Fields for which no order could be made, or the cause for which it would wait; empty where it would go. */
  readonly problems: readonly string[];
  /** Dates and times as Palletways writes them. */
  readonly shown: Readonly<Record<string, string>>;
  /** The dates and windows of the stops, as they would go to Qargo. */
  readonly stops: readonly { readonly date: string | null; readonly window: string | null }[];
}

const times = ['DueDate', 'DueTime', 'BookedIn', 'CollectionDate', 'DeliveryDate', 'DeliveryTime'];

/** `description`: Qargo's own, against which the order is held, where somebody has it. */
export function dryRun(
  { trackingId, node }: ConsignmentSeen,
  organisation: Organisation,
  access: QargoAccess,
  context: { readonly receivedAt: string; readonly digest: (text: string) => string },
  description?: Pick<Description, 'check'>,
): DryRun {
  const { zone } = organisation.palletways;
  const reading = readConsignment(
    { none: false, root: node, data: [node] },
    { ...context, zone, ours: oursOf(organisation) },
  );
  const shown = Object.fromEntries(times.map((name) => [name, deep(node, name)]).filter(([, said]) => said !== ''));
  const problems = reading.problems.map(({ field, message }) => `${field} ${message}`);
  const order = reading.heard.flatMap(({ facts }) => facts).find((fact) => fact.kind === 'order');
  const body = order?.body as OrderContent | null | undefined;
  if (body === undefined || body === null) return { trackingId, problems, shown, stops: [] };
  const cause = unmapped(body, access, organisation.policy);
  const input = orderInput(body, { operation: 'CREATE', orderIdentifier: trackingId, access });
  const stops = input.consignments.flatMap(({ pickup_stop, delivery_stop }) =>
    [pickup_stop, delivery_stop].map((stop) => ({ date: stop?.date ?? null, window: windowOf(stop?.time_window) })),
  );
  const refused = description?.check('POST /v1/orders/order/upload', input) ?? [];
  const against = refused.map((why) => `Qargo's description: ${why}`);
  return {
    trackingId,
    problems: [...problems, ...(cause === null ? [] : [sayCause(cause)]), ...against],
    shown,
    stops,
  };
}

function windowOf(
  window: { readonly start_time?: string; readonly end_time?: string } | null | undefined,
): string | null {
  return window ? `${window.start_time ?? ''}-${window.end_time ?? ''}` : null;
}

function deep(node: Node, name: string): string {
  const own = text(node, name);
  return own === '' ? (node.children.map((child) => deep(child, name)).find((said) => said !== '') ?? '') : own;
}

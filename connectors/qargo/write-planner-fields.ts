/** The whole order as it is uploaded, with what a planner set in Qargo as it stands there: written whole, it would be put back. Pure. */
import type { EditField } from '../../domain/policy/edits.ts';
import * as wire from './wire.ts';
import type { OrderInput } from './write-order.ts';

type Consignment = OrderInput['consignments'][0];
type Stop = Consignment['pickup_stop'];
type StopRead = wire.OrderRead['consignments'][number]['pickup_stop'];
type Is = (field: EditField) => boolean;

/**
 * @param said.was the whole order as it was written last: an extra that is new since is added to a planner's.
 * @param said.theirs the fields that a planner set and that this update is not about.
 * @returns the same where the answer is no order. What a planner emptied is left out.
 */
export function keepPlannerFields(
  whole: OrderInput,
  said: { readonly was: OrderInput; readonly orderRead: unknown; readonly theirs: readonly EditField[] },
): OrderInput {
  const parsed = wire.orderRead.safeParse(said.orderRead);
  const there = parsed.success ? parsed.data.consignments[0] : undefined;
  if (!parsed.success || there === undefined || said.theirs.length === 0) return whole;
  const is: Is = (field) => said.theirs.includes(field);
  const { planning_instructions: instructions, service_level: level, transport_service: transport } = parsed.data;
  const [ours] = whole.consignments;
  const [was] = said.was.consignments;
  const { planning_instructions: _, ...rest } = whole;
  return {
    ...(is('instructions') ? { ...rest, ...filled({ planning_instructions: instructions }) } : whole),
    ...(is('service') && level?.code ? { service_level: { code: level.code } } : {}),
    ...(is('service') && transport?.code ? { transport_service: { code: transport.code } } : {}),
    consignments: [
      {
        ...ours,
        ...(is('depots') ? { transport_network: filled({ ...there.transport_network }) } : {}),
        pickup_stop: stopOf('collection', is, {
          ours: ours.pickup_stop,
          was: was.pickup_stop,
          there: there.pickup_stop,
        }),
        delivery_stop: stopOf('delivery', is, {
          ours: ours.delivery_stop,
          was: was.delivery_stop,
          there: there.delivery_stop,
        }),
        // Goods are one list: those that are not a planner's are brought up to date by the partial update that follows.
        ...(is('billUnits') || is('weight') || is('hazardous') ? { goods: (there.goods ?? []).map(goodOf) } : {}),
      },
    ],
  };
}

function stopOf(
  end: 'collection' | 'delivery',
  is: Is,
  { ours, was, there }: { readonly ours: Stop; readonly was: Stop; readonly there: StopRead },
): Stop {
  const { start_time: from, end_time: until, is_enforced: enforced } = there.time_window ?? {};
  const window =
    from && until
      ? { start_time: from.slice(0, 5), end_time: until.slice(0, 5), is_enforced: enforced === true }
      : undefined;
  const delivery = end === 'delivery';
  const theirs: { readonly [K in keyof Stop]?: Stop[K] | undefined | null } = {
    ...(is(`${end}Date`) ? { date: there.date, ...(delivery ? { time_window: window } : {}) } : {}),
    ...(is(`${end}Address`)
      ? { location: filled({ ...there.location }), phone_number: there.phone_number, note: there.note }
      : {}),
    ...(is('references') ? { reference_number: there.reference_number } : {}),
    ...(is('bookIn') && delivery ? { planning_instructions: there.planning_instructions } : {}),
    ...(is('tailLift') ? { extras: extrasOf(ours, was, there) } : {}),
  };
  return filled({ ...ours, ...theirs }) as unknown as Stop;
}

/** A planner's, and those that we put there since. */
function extrasOf(ours: Stop, was: Stop, there: StopRead): Stop['extras'] {
  const before = (was.extras ?? []).map(({ code }) => code);
  const added = (ours.extras ?? []).map(({ code }) => code).filter((code) => !before.includes(code));
  const codes = new Set([...(there.extras ?? []).flatMap(({ code }) => code ?? []), ...added]);
  return [...codes].map((code) => ({ code }));
}

function goodOf(good: wire.Good): Consignment['goods'][number] {
  const { quantity, total_weight_kg: weight, packaging_type: packaging, adr_type: adr, handling_units: units } = good;
  const size = packaging?.packaging_size?.code ?? packaging?.code;
  const barcodes = (units ?? []).flatMap(({ barcode }) =>
    barcode?.value ? [{ barcode: { value: barcode.value, source: 'PALLETWAYS' as const } }] : [],
  );
  return {
    quantity: quantity ?? 0,
    total_weight_kg: weight ?? 0,
    ...(size ? { packaging_type: { packaging_size: { code: size } } } : {}),
    ...(adr === 'ADR' || adr === 'LIMITED_QUANTITY' ? { adr_type: adr } : {}),
    ...(barcodes.length === 0 ? {} : { handling_units: barcodes }),
  };
}

/** Only what says something. */
function filled<T extends Readonly<Record<string, unknown>>>(
  values: T,
): { readonly [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== null && value !== undefined && value !== ''),
  ) as {
    readonly [K in keyof T]?: NonNullable<T[K]>;
  };
}

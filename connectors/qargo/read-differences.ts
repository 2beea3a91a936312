/** Reading back: is what Qargo has what it is owed? Pure. */
import type { OrderContent } from '../../domain/facts/content.ts';
import type { QargoAccess } from './config.ts';
import { goodRead } from './read-order-status.ts';
import * as wire from './wire.ts';
import { country, orderFields, type PlaceFields, type StopFields } from './write-order-fields.ts';

type StopRead = wire.OrderRead['consignments'][number]['pickup_stop'];

/**
 * The fields in which an order read back (either of Qargo's order answers) differs from what is owed; empty means
 * confirmed. Case and white space do not count, nor what we never write. Barcodes are compared where they are known.
 * An answer that is no order gives `['order']`.
 */
export function findDifferences(content: OrderContent, orderRead: unknown, access: QargoAccess): string[] {
  const parsed = wire.orderRead.safeParse(orderRead);
  const consignment = parsed.success ? parsed.data.consignments[0] : undefined;
  if (!parsed.success || consignment === undefined) return ['order'];
  const order = parsed.data;
  const owed = orderFields(content, access);
  const goods = (consignment.goods ?? []).map((good) => goodRead(good, access));
  return [
    differs('customer_reference_number', owed.number, order.customer_reference_number),
    differs('planning_instructions', owed.instructions, order.planning_instructions),
    differs('service_level.code', owed.service, order.service_level?.code),
    differs('transport_service.code', access.transportService, order.transport_service?.code),
    differs('consignment.consignment_reference_number', owed.number, consignment.consignment_reference_number),
    differs('consignment.planning_instructions', owed.remarks, consignment.planning_instructions),
    differs(
      'consignment.transport_network.collection_depot_code',
      owed.collectionDepot,
      consignment.transport_network?.collection_depot_code,
    ),
    differs(
      'consignment.transport_network.delivery_depot_code',
      owed.deliveryDepot,
      consignment.transport_network?.delivery_depot_code,
    ),
    stop('pickup_stop', owed.pickup, consignment.pickup_stop, access),
    stop('delivery_stop', owed.delivery, consignment.delivery_stop, access),
    set(
      'goods',
      owed.goods.map((line) => `${line.packaging}x${line.quantity}`),
      goods.map((good) => `${good.packaging}x${good.quantity}`),
    ),
    set(
      'goods.adr_type',
      owed.goods.map((line) => `${line.adr}`),
      goods.map((good) => `${good.adr}`),
    ),
    weight(
      owed.goods.map((line) => line.weight),
      goods.map((good) => good.weight ?? 0),
    ),
    content.barcodes.length === 0
      ? []
      : set(
          'goods.handling_units',
          [...new Set(content.barcodes)],
          goods.flatMap((good) => good.handlingUnits),
        ),
  ].flat();
}

function stop(name: string, owed: StopFields, read: StopRead, access: QargoAccess): string[] {
  const ours = [access.tailLiftExtra, access.bookInExtra];
  const extras = (read.extras ?? []).flatMap((extra) => (extra.code && ours.includes(extra.code) ? [extra.code] : []));
  return [
    differs(`${name}.date`, owed.date ?? '', read.date),
    differs(`${name}.reference_number`, owed.reference_number, read.reference_number),
    differs(
      `${name}.phone_number`,
      owed.phone_number.replaceAll(/[\s()-]/g, ''),
      read.phone_number?.replaceAll(/[\s()-]/g, ''),
    ),
    differs(`${name}.note`, owed.note, read.note),
    differs(`${name}.planning_instructions`, owed.planning_instructions, read.planning_instructions),
    differs(`${name}.time_window`, span(owed.window), span(read.time_window)),
    set(`${name}.extras`, owed.extras, extras),
    place(name, owed, read.location ?? {}),
  ].flat();
}

function place(name: string, owed: StopFields, read: NonNullable<StopRead['location']>): string[] {
  if (owed.depotCode !== '' && read.code === owed.depotCode) return [];
  return (Object.keys(owed.place) as (keyof PlaceFields)[]).flatMap((key) => {
    const there = read[key] ?? '';
    return differs(`${name}.location.${key}`, owed.place[key], key === 'country' ? country(there) : there);
  });
}

function span(
  window: { readonly start_time?: string | null; readonly end_time?: string | null } | null | undefined,
): string {
  if (!window?.start_time && !window?.end_time) return '';
  return `${window.start_time?.slice(0, 5)}-${window.end_time?.slice(0, 5)}`;
}

function differs(name: string, owed: string, read: string | null | undefined): string[] {
  return plain(owed) === plain(read ?? '') ? [] : [name];
}

function plain(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim().toLowerCase();
}

function set(name: string, owed: readonly string[], read: readonly string[]): string[] {
  return JSON.stringify([...owed].sort()) === JSON.stringify([...read].sort()) ? [] : [name];
}

/** Kilograms, to 10 g a line. */
function weight(owed: readonly number[], read: readonly number[]): string[] {
  const sum = (weights: readonly number[]) => weights.reduce((total, one) => total + one, 0);
  return Math.abs(sum(owed) - sum(read)) < 0.01 * Math.max(1, owed.length) ? [] : ['goods.total_weight_kg'];
}

/** Messages as both sides push them, many at once or large. */
import type { Message } from '../../store/record/journal.ts';

const json = (organisation: string, channel: Message['channel'], body: unknown): Message => ({
  organisation,
  channel,
  contentType: 'application/json',
  body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
});

/** A pallet of an order was scanned. */
export function scanOf(organisation: string, order: string, barcode: string, nth: number): Message {
  const timestamp = new Date(Date.now() - 3_600_000 + nth * 1_000).toISOString();
  const stop = { id: 'stop-1', stop_type: 'PICKUP', status: 'AT_STOP' };
  const update = {
    type: 'HandlingUnit',
    status: 'SCANNED_OUT',
    timestamp,
    barcode: { value: barcode, source: 'PALLETWAYS' },
    stop,
  };
  const of = { id: order, order_name: 'OR-1', customer_reference_number: null, status: 'PLANNED', stops: [] };
  return json(organisation, 'qargo visibility', { events: [{ timestamp, update }], order: of });
}

/** Events that are none: `{"events":[1,1,...]}` of so many bytes. */
export function nonsense(organisation: string, bytes: number): Message {
  return json(organisation, 'qargo visibility', `{"events":[${'1,'.repeat(Math.floor(bytes / 2) - 1)}1]}`);
}

/** One push of so many new consignments. `from`: the first one's number. */
export function manifest(organisation: string, consignments: number, from: number): Message {
  const all = Array.from({ length: consignments }, (_, nth) => consignment(from + nth));
  const account = { Name: 'Northern Tiles', Code: '434481', Consignment: all };
  const at = new Date().toISOString();
  return json(organisation, 'palletways push', {
    Event: 'CREATED',
    Manifest: { Date: at.slice(0, 10), Time: at.slice(11, 19), Depot: { Number: 564, Account: account } },
  });
}

function consignment(number: number) {
  const address = {
    CompanyName: 'Northern Tiles',
    Line: '1 Kiln Road',
    Town: 'Stoke',
    PostCode: 'ST1 1AA',
    Country: 'GB',
  };
  return {
    Number: `${number}-564`,
    TrackingID: `6${number}`,
    ResponseID: number,
    Type: 'D',
    Lifts: 2,
    Weight: '110.00',
    DueDate: '2026-11-24',
    BillUnit: [{ Type: 'FP', Amount: 2 }],
    Service: { Type: 'delivery', Code: 'A', Surcharge: 'DY' },
    Address: [
      { Type: 'Collection', ...address },
      { Type: 'Delivery', ...address },
    ],
  };
}

/** Learns from the answers of Qargo (register 38, 40, 46, 48, 53, 55, 56, 60, 61, 64, 68, 94, 155, 158, 177). Pure. */
import type { QargoAccess } from '../../connectors/qargo/config.ts';
import type { QargoProbeAnswer } from '../../connectors/qargo/probe.ts';
import { isJson, listIn, shipmentsOf, textIn } from './ask-qargo.ts';
import { confirmed, contradicted, type Finding, notSeen } from './finding.ts';
import { listed } from './listed.ts';

type Tables = Pick<
  QargoAccess,
  'incidentCodes' | 'documentTypes' | 'collected' | 'tailLiftExtra' | 'bookInExtra' | 'networkField'
>;

const isGood = ({ status }: QargoProbeAnswer) => status >= 200 && status < 300;

export function learnQargo(answers: readonly QargoProbeAnswer[], tables: Tables): Finding[] {
  const of = (path: QargoProbeAnswer['path']) => answers.filter((answer) => answer.path === path);
  const statuses = of('orderStatus')
    .filter(isGood)
    .map(({ json }) => json);
  const stops = statuses.flatMap((status) => listIn(status, 'stops'));
  return [
    learnHost(of('me'), of('webhook')),
    learnUnknown(of('order')),
    learnLimits(answers),
    ...learnStops(statuses, stops),
    learnIncidents(stops, tables),
    learnSignatures(statuses),
    learnDocuments(of('orderDocuments'), tables),
    ...learnTrips(of('trip'), statuses),
    learnCharges(of('orderCharges')),
    learnExtras(stops, tables),
    statuses.length === 0
      ? notSeen(94)
      : notSeen(94, `statuses of orders: ${listed(statuses.map((each) => textIn(each, 'status')))}`),
  ];
}

function learnHost(me: readonly QargoProbeAnswer[], webhook: readonly QargoProbeAnswer[]): Finding {
  const [first] = me;
  if (first === undefined) return contradicted(177, 'no token is given, or no host answers');
  const login = webhook[0]?.status ?? 0;
  if (!isGood(first) && first.status !== 404) return contradicted(177, `/me answers ${first.status}`);
  if (login === 401 || login === 403) return contradicted(177, `the webhook's credentials are answered with ${login}`);
  return confirmed(177, `/me answers ${first.status}, the webhook's credentials ${login}`);
}

function learnUnknown(orders: readonly QargoProbeAnswer[]): Finding {
  const unknown = orders.find(({ id }) => id.startsWith('00000000-'));
  if (unknown === undefined) return notSeen(64);
  const letters: Readonly<Record<number, string>> = { 400: '64a', 422: '64b', 403: '64c', 200: '64d' };
  const { status } = unknown;
  if (status === 404) return confirmed(64, 'an id that nobody has is answered with 404');
  const alternative = letters[status];
  return contradicted(
    64,
    `an id that nobody has is answered with ${status}`,
    alternative === undefined ? {} : { alternative },
  );
}

function learnLimits(answers: readonly QargoProbeAnswer[]): Finding {
  const busy = answers.filter(({ status }) => status === 429);
  if (answers.length === 0) return notSeen(62);
  if (busy.length === 0) return confirmed(62, `${answers.length} calls, none answered with 429`);
  return contradicted(62, `${busy.length} of ${answers.length} calls answered with 429`, { alternative: '62b' });
}

function learnStops(statuses: readonly unknown[], stops: readonly Readonly<Record<string, unknown>>[]): Finding[] {
  if (statuses.length === 0) return [38, 40, 46].map((id) => notSeen(id));
  const failed = stops.filter((stop) => listIn(stop, 'incidents').length > 0);
  const how = listed(failed.map((stop) => textIn(stop, 'status')));
  const letters: Readonly<Record<string, string>> = {
    BLOCKED: '38a',
    COMPLETED: '38b',
    TO_PLAN: '38c',
    CANCELLED: '38d',
  };
  const other = failed.map((stop) => letters[textIn(stop, 'status')]).find((letter) => letter !== undefined);
  const odd = statuses.filter(
    (status) => listIn(status, 'stops').length > 2 || listIn(status, 'consignments').length > 1,
  ).length;
  const ended = stops.filter((stop) => textIn(stop, 'status') === 'COMPLETED');
  const same = ended.filter((stop) => textIn(stop, 'start_timestamp') === textIn(stop, 'end_timestamp')).length;
  return [
    failed.length === 0
      ? notSeen(38)
      : other === undefined
        ? confirmed(38, `stops with an incident: ${how}`)
        : contradicted(38, `stops with an incident: ${how}`, { alternative: other }),
    odd === 0
      ? confirmed(40, `${statuses.length} orders, each with one consignment and at most two stops`)
      : contradicted(40, `${odd} of ${statuses.length} orders have more stops or consignments`, { alternative: '40a' }),
    ended.length === 0
      ? notSeen(46)
      : same > 0
        ? contradicted(46, `${same} of ${ended.length} completed stops end when they start`, { alternative: '46b' })
        : notSeen(46, `${ended.length} completed stops, none ends when it starts`),
  ];
}

function learnIncidents(stops: readonly Readonly<Record<string, unknown>>[], { incidentCodes }: Tables): Finding {
  const incidents = stops.flatMap((stop) => listIn(stop, 'incidents'));
  if (incidents.length === 0) return notSeen(56);
  const bare = incidents.some((incident) => textIn(incident, 'code') === '');
  const words = incidents.map((incident) => textIn(incident, 'code') || `(no code: ${textIn(incident, 'name')})`);
  const unknown = words.filter((word) => !Object.hasOwn(incidentCodes, word));
  if (unknown.length === 0) return confirmed(56, `incidents: ${listed(words)}`);
  return contradicted(
    56,
    `wire.qargo.incidentCodes has no line for ${listed(unknown)}`,
    bare ? { alternative: '56a' } : {},
  );
}

function learnSignatures(statuses: readonly unknown[]): Finding {
  const signatures = statuses.flatMap((status) =>
    listIn(status, 'consignments').flatMap((consignment) => listIn(consignment, 'signatures')),
  );
  if (signatures.length === 0) return notSeen(48);
  const types = listed(signatures.map((signature) => textIn(signature, 'type')));
  if (!types.includes('CONSIGNEE')) return contradicted(48, `signatures: ${types}`, { alternative: '48d' });
  return confirmed(48, `signatures: ${types}`);
}

/** A table's key may end with `*`. */
const isIn = (table: Readonly<Record<string, unknown>>, type: string) =>
  Object.keys(table).some((key) => (key.endsWith('*') ? type.startsWith(key.slice(0, -1)) : key === type));

function learnDocuments(answers: readonly QargoProbeAnswer[], tables: Tables): Finding {
  const documents = answers
    .filter(isGood)
    .flatMap(({ json }) => (Array.isArray(json) ? json.filter(isJson) : listIn(json, 'documents')));
  if (documents.length === 0) return notSeen(53);
  const types = documents.map((document) => textIn(document, 'document_type') || textIn(document, 'type'));
  const unowed = types.filter(
    (type) => !isIn(tables.documentTypes, type) && !isIn(tables.collected.documentTypes, type),
  );
  const owed = types.length - unowed.length;
  if (owed === 0)
    return contradicted(53, `none of these proves a delivery by wire.qargo.documentTypes: ${listed(types)}`, {
      alternative: '53a',
    });
  return confirmed(53, `${owed} documents prove a delivery; besides: ${listed(unowed) || 'none'}`);
}

function learnTrips(trips: readonly QargoProbeAnswer[], statuses: readonly unknown[]): Finding[] {
  const shipments = statuses.flatMap(shipmentsOf);
  const filled = shipments.filter(({ orders }) => orders !== null && orders.length > 0);
  const [trip] = trips;
  return [
    trip === undefined
      ? notSeen(60)
      : isGood(trip)
        ? confirmed(60, 'a trip was read')
        : contradicted(60, `a trip is answered with ${trip.status}`, trip.status === 403 ? { alternative: '60a' } : {}),
    shipments.length === 0
      ? notSeen(61)
      : filled.length > 0
        ? confirmed(61, `${filled.length} of ${shipments.length} shipments name their orders`)
        : contradicted(61, `none of ${shipments.length} shipments names its orders`, { alternative: '61a' }),
  ];
}

function learnCharges(charges: readonly QargoProbeAnswer[]): Finding {
  const [first] = charges;
  if (first === undefined) return notSeen(68);
  if (!isGood(first))
    return contradicted(
      68,
      `charges are answered with ${first.status}`,
      first.status === 403 ? { alternative: '68d' } : {},
    );
  return confirmed(68, `${listIn(first.json, 'charges').length} charges were read`);
}

function learnExtras(stops: readonly Readonly<Record<string, unknown>>[], tables: Tables): Finding {
  const extras = stops.flatMap((stop) => listIn(stop, 'extras')).map((extra) => textIn(extra, 'code'));
  if (extras.length === 0) return notSeen(155);
  const ours = [tables.tailLiftExtra, tables.bookInExtra];
  return extras.some((code) => ours.includes(code))
    ? confirmed(155, `extras: ${listed(extras)}`)
    : contradicted(155, `extras: ${listed(extras)}, none of them ours`);
}

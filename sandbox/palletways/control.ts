/** The control API (sandbox/README.md): what a test or the player of a depot's day does to this Palletways. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { type Faults, faultsSchema } from '../server/faults.ts';
import type { Late } from '../server/late.ts';
import type { CallLog } from './calls.ts';
import { realTime } from './clock.ts';
import { wholeOf } from './consignment.ts';
import type { Deeds } from './deeds.ts';
import { standardWords } from './dialect.ts';
import { pull } from './feed.ts';
import { assumptions, flips } from './flips.ts';
import type { Limits } from './limit.ts';
import type { Network, NetworkNote } from './network.ts';
import { numberOf } from './note-rows.ts';
import { type Organisation, organisationName, organisationSchema } from './organisation.ts';
import { pushSchema } from './push.ts';
import type { FileStore } from './store.ts';
import type { Teller } from './teller.ts';
import { fromJson } from './tree.ts';
import type { Consignment, Note, World } from './world.ts';

export interface ControlParts {
  world: World;
  deeds: Deeds;
  network: Network;
  teller: Teller;
  faults: Faults;
  late: Late;
  limits: Limits;
  calls: CallLog;
  files: FileStore;
}

/** What is wrong with a control call; its answer is 404. */
export class NotFound extends Error {}
/** What cannot be done as things stand; its answer is 409. */
export class Refused extends Error {}

const since = z.object({ since: z.coerce.number().default(0), organisation: z.string().optional() });
const byOrganisation = z.object({ organisation: organisationName });
const byResponseId = z.object({ responseId: z.string() });
const tree = z.record(z.string(), z.unknown());
const push = pushSchema.default(true);
const creation = z.strictObject({
  organisation: z.string(),
  consignment: tree,
  trackingDelayMs: z.number().nonnegative().default(0),
  conNo: z
    .string()
    .regex(/^\d+-\d+$/)
    .optional(),
  shared: z.array(z.string()).max(5).optional(),
  requesting: z.string().min(1).optional(),
  push,
});
const amendment = z.strictObject({ changes: tree, push });
const labelling = z.strictObject({
  readyDelayMs: z.number().nonnegative().default(0),
  reissue: z.boolean().default(false),
  push,
});
const cancellation = z.strictObject({ push, note: z.boolean().default(true) });
const redirection = z.strictObject({ push, note: z.boolean().default(true), gone: z.boolean().default(false) });
const telling = z.strictObject({ push });
const instant = z.iso.datetime({ offset: true }).transform((at) => Date.parse(at));
const text = z.string().max(1_000).default('');
/** `statusCode` 0: the note sets none. `bookIn` in the depot's local time, as getNotes has it. */
const noting = z.strictObject({
  group: z.string().min(1),
  type: z.string().min(1),
  description: text,
  text,
  barcode: text,
  customerName: text,
  at: instant.optional(),
  statusCode: z.number().int().min(0).max(999).default(0),
  codeId: z.string().default(''),
  bookIn: z
    .strictObject({
      date: z.iso.date(),
      time: z.string().refine((time) => realTime(time) !== null, 'not HH:MM or HH:MM:SS'),
      contact: z.string().default(''),
      reference: z.string().default(''),
    })
    .optional(),
  /** When it was delivered, where the note's own time is another. */
  pod: z
    .strictObject({
      date: z.iso.date(),
      time: z.string().refine((time) => realTime(time) !== null, 'not HH:MM or HH:MM:SS'),
    })
    .optional(),
});
const failing = z.strictObject({ at: instant.optional(), reason: text });
const hiding = z.strictObject({ as: z.enum(['none', 'error', 'empty']).nullable() });
const archiving = z.strictObject({ archived: z.boolean().default(true), naming: z.boolean().default(true) });
const owning = z.strictObject({ organisation: z.string(), everyMs: z.number().int().nonnegative() });
const pulling = z.strictObject({
  url: z.url(),
  user: z.string().optional(),
  password: z.string().optional(),
  token: z.string().optional(),
  cursor: z.string().nullable().optional(),
});
const taking = z.strictObject({ organisation: z.string(), name: z.string().optional() });

export function serveControl(app: FastifyInstance, parts: ControlParts): void {
  app.get('/control/health', () => ({ ok: true }));
  app.get('/control/character', () => parts.world.character);
  app.put('/control/character', (request) => {
    const settings = parts.world.setCharacter(request.body);
    for (const organisation of Object.values(parts.world.state.organisations)) parts.files.prepare(organisation);
    return settings;
  });
  app.get('/control/flips', () => ({ flips, assumptions }));

  app.put('/control/organisations/:organisation', (request) => {
    const { organisation: name } = byOrganisation.parse(request.params);
    const organisation = { ...organisationSchema.parse(request.body), name };
    parts.world.state.organisations[name] = organisation;
    parts.files.prepare(organisation);
    parts.world.touch();
    return { ok: true };
  });

  app.post('/control/organisations/:organisation/pull', (request) => {
    const { organisation: name } = byOrganisation.parse(request.params);
    if (parts.world.organisation(name) === null) throw new NotFound(`no organisation ${name}`);
    return pull(parts.world, name, pulling.parse(request.body));
  });

  app.get('/control/pending', () => ({
    pushes: parts.teller.pending,
    uploads: 0,
    late: parts.late.pending + parts.teller.late,
  }));
  app.get('/control/faults', () => ({ faults: parts.faults.list() }));
  app.put('/control/faults', (request) => {
    parts.faults.set(faultsSchema.parse(request.body).faults);
    return { faults: parts.faults.list() };
  });

  serveConsignments(app, parts);
  serveEvidence(app, parts);

  app.post('/control/reset', async () => {
    parts.deeds.stop();
    parts.late.clear();
    parts.files.stop();
    await parts.teller.reset();
    parts.world.reset();
    parts.calls.clear();
    parts.faults.set([]);
    parts.limits.clear();
    await parts.files.reset();
    for (const organisation of Object.values(parts.world.state.organisations)) parts.files.prepare(organisation);
    return { ok: true };
  });

  app.all('/control/*', (request) => {
    throw new NotFound(`no control call ${request.method} ${request.url}`);
  });
}

type Find = (params: unknown) => { consignment: Consignment; organisation: Organisation };

function serveConsignments(app: FastifyInstance, parts: ControlParts): void {
  const { world } = parts;
  const found: Find = (params) => {
    const { responseId } = byResponseId.parse(params);
    const consignment = world.ofResponseId(responseId);
    const organisation = consignment === null ? null : world.organisation(consignment.organisation);
    if (consignment === null || organisation === null) throw new NotFound(`no consignment ${responseId}`);
    return { consignment, organisation };
  };
  serveCustomer(app, parts, found);
  serveNetwork(app, parts, found);
}

/** What the customer, or the depot that entered it, does with a consignment. */
function serveCustomer(app: FastifyInstance, { world, deeds, network }: ControlParts, found: Find): void {
  app.post('/control/consignments', (request) => {
    const body = creation.parse(request.body);
    const organisation = world.organisation(body.organisation);
    if (organisation === null) throw new NotFound(`no organisation ${body.organisation}`);
    const { trackingDelayMs, conNo: number, push, shared, requesting } = body;
    for (const name of shared ?? [])
      if (world.organisation(name) === null) throw new NotFound(`no organisation ${name}`);
    const options = { trackingDelayMs, conNo: number, push, shared, requesting, confirmed: true };
    const consignment = deeds.create(organisation, fromJson(body.consignment), options);
    const { responseId, conNo, trackingId } = consignment;
    return { responseId, conNo, trackingId };
  });

  app.get('/control/consignments/:responseId', (request) => view(found(request.params).consignment));

  app.post('/control/consignments/:responseId/amend', (request) => {
    const { consignment, organisation } = found(request.params);
    const { changes, push } = amendment.parse(request.body);
    deeds.amend(organisation, consignment, fromJson(changes), push);
    return view(consignment);
  });

  app.post('/control/consignments/:responseId/label', (request) => {
    const { consignment } = found(request.params);
    const { readyDelayMs, push, reissue } = labelling.parse(request.body ?? {});
    deeds.label(consignment, readyDelayMs, push, reissue);
    return view(consignment);
  });

  app.post('/control/consignments/:responseId/cancel', (request) => {
    const { consignment, organisation } = found(request.params);
    deeds.cancel(organisation, consignment, cancellation.parse(request.body ?? {}));
    return view(consignment);
  });

  app.post('/control/consignments/:responseId/redirect', (request) => {
    const { consignment, organisation } = found(request.params);
    network.redirect(organisation, consignment, redirection.parse(request.body ?? {}));
    return view(consignment);
  });
}

/** What the network does with a consignment, and what it shows of it. */
function serveNetwork(app: FastifyInstance, { world, deeds, network }: ControlParts, found: Find): void {
  app.post('/control/consignments/:responseId/tell', (request) => {
    const { consignment } = found(request.params);
    deeds.tell(consignment, telling.parse(request.body ?? {}).push);
    return view(consignment);
  });

  app.post('/control/consignments/:responseId/note', (request) => {
    const { consignment } = found(request.params);
    const { bookIn, pod, at, ...note } = noting.parse(request.body);
    const delivered = pod === undefined ? {} : { pod: { date: pod.date, time: realTime(pod.time) ?? '' } };
    const noted = { ...note, ...bookedOf(bookIn), ...delivered, at: at ?? Date.now() };
    const kept = network.note(consignment, noted);
    return { sysNote: kept.sysNote, shown: numberOf(world, kept) };
  });

  app.post('/control/consignments/:responseId/fail', (request) => {
    const { consignment } = found(request.params);
    const { at, reason } = failing.parse(request.body ?? {});
    network.fail(consignment, at ?? Date.now(), reason);
    return view(consignment);
  });

  app.post('/control/consignments/:responseId/collect', (request) => {
    const { consignment, organisation } = found(request.params);
    return view(network.collect(organisation, consignment));
  });

  app.post('/control/consignments/:responseId/hide', (request) => {
    const { consignment } = found(request.params);
    deeds.hide(consignment, hiding.parse(request.body).as);
    return view(consignment);
  });

  app.post('/control/consignments/:responseId/revive', (request) => {
    const { consignment } = found(request.params);
    const { push } = telling.parse(request.body ?? {});
    if (!consignment.cancelled) throw new Refused(`consignment ${consignment.responseId} was not cancelled`);
    deeds.revive(consignment, push);
    return view(consignment);
  });

  app.post('/control/consignments/:responseId/archive', (request) => {
    const { consignment } = found(request.params);
    const { archived, naming } = archiving.parse(request.body ?? {});
    deeds.archive(consignment, archived ? (naming ? 'named' : 'unnamed') : null);
    return view(consignment);
  });
}

function bookedOf(bookIn: z.infer<typeof noting>['bookIn']): Pick<NetworkNote, 'bookIn' | 'bookInReference'> {
  if (bookIn === undefined) return {};
  const { date, time, contact, reference } = bookIn;
  return { bookInReference: reference, bookIn: { date, time: realTime(time) ?? '', contact } };
}

function serveEvidence(app: FastifyInstance, { world, calls, files }: ControlParts): void {
  app.get('/control/said', (request) => {
    const { since: n, organisation } = since.parse(request.query);
    const { said } = world.state;
    const items = said.filter(
      (entry) => entry.n > n && (organisation === undefined || entry.organisation === organisation),
    );
    return { items, next: said.at(-1)?.n ?? n };
  });

  app.get('/control/held', () => {
    const { notes, files: held, consignments } = world.state;
    return {
      identities: consignments.map(identityOf),
      notes: notes.filter((note) => note.received !== null).map((note) => heldNote(world, note)),
      pulled: world.state.pulled ?? [],
      files: held.map(({ path: _path, ...file }) => ({ copies: 1, takenAt: null, ...file })),
    };
  });

  app.get('/control/calls', (request) => {
    const { since: n, organisation } = since.parse(request.query);
    return { items: calls.since(n, organisation ?? null), next: Math.max(n, calls.last) };
  });

  /** Beyond the contract: the owner of the FTP folder takes a file, or all, away. */
  app.post('/control/files/take', async (request) => {
    const { organisation, name } = taking.parse(request.body);
    return { taken: await files.takeAway(organisation, name ?? null) };
  });

  app.put('/control/files/owner', (request) => {
    const { organisation, everyMs } = owning.parse(request.body);
    if (world.organisation(organisation) === null) throw new NotFound(`no organisation ${organisation}`);
    files.own(organisation, everyMs);
    return { organisation, everyMs };
  });
}

/** Under which names it went, for a judge: also those it has no more. */
function identityOf({ organisation, responseId, conNo, trackingId, former, enteredAt }: Consignment): unknown {
  const trackingIds = [...(former ?? []).map((one) => one.trackingId), ...(trackingId === null ? [] : [trackingId])];
  return { organisation, responseId, conNo, trackingIds, enteredAt };
}

function view(consignment: Consignment): unknown {
  const { organisation, responseId, conNo, trackingId, status, version, cancelled, barcodes } = consignment;
  const former = (consignment.former ?? []).map((one) => one.trackingId);
  const { archived = null, hidden = null } = consignment;
  const whole = wholeOf(consignment, { responseId: true });
  const identifiers = { organisation, responseId, conNo, trackingId, former };
  return { ...identifiers, status, version, cancelled, archived, hidden, barcodes, consignment: whole };
}

/** `... <instant with offset> #<ref>` at the end of the free text (wire-assumptions 2.3). */
const REFERENCE = /(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d))\s+#([0-9a-z]{10})\s*$/;

function heldNote(world: World, note: Note): unknown {
  const [, instant, ref] = REFERENCE.exec(note.text) ?? [];
  const at = instant === undefined ? Number.NaN : Date.parse(instant);
  return {
    organisation: note.organisation,
    sysNote: note.sysNote,
    responseId: note.responseId,
    trackingId: world.ofResponseId(note.responseId)?.trackingId ?? null,
    barcode: note.barcode === '' ? null : note.barcode,
    group: note.meant?.group ?? note.group,
    type: note.meant?.type ?? note.type,
    ...(note.meant !== undefined && {
      [note.asText === true ? 'keptAs' : 'sentAs']: { group: note.group, type: note.type },
    }),
    date: note.received?.date ?? '',
    time: note.received?.time ?? '',
    customerName: note.customerName,
    description: standardWords(world.organisation(note.organisation)?.dialect, note.description),
    freeText: note.text,
    instant: Number.isNaN(at) ? null : new Date(at).toISOString(),
    ref: ref ?? null,
    at: note.received?.at ?? 0,
  };
}

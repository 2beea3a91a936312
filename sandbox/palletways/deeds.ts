/** What happens in the network: consignments are entered, amended, labelled, cancelled, get their tracking id. */
import { isDeepStrictEqual } from 'node:util';
import { localTime } from './clock.ts';
import { identifiersOf, liftsOf, normalise, wholeOf, withDefaults } from './consignment.ts';
import { written, zoneOf } from './dialect.ts';
import type { Organisation } from './organisation.ts';
import { ALL, type Push, withOnly } from './push.ts';
import type { PushEvent, Teller } from './teller.ts';
import { type Tree, text } from './tree.ts';
import type { Consignment, Hidden, Note, World } from './world.ts';

/** Status codes of apis 1.8 that deeds here set. */
const NOT_BARCODED = 100;
const IN_COLLECTION_DEPOT = 300;
const CANCELLED = { group: 'CAN', type: 'CAN' };
const GENERAL = { group: 'JIN', type: 'GIN' };

export interface CreateOptions {
  trackingDelayMs: number;
  confirmed: boolean;
  /** The whole number, also one that was given before: numbers are not unique (apis 1.3). */
  conNo?: string | undefined;
  push?: Push;
  shared?: string[] | undefined;
  requesting?: string | undefined;
}

/** What a note of the network carries; `at` in epoch ms. */
export type NetworkNote = Pick<Note, 'group' | 'type'> &
  Partial<
    Pick<
      Note,
      'text' | 'barcode' | 'customerName' | 'description' | 'statusCode' | 'codeId' | 'bookInReference' | 'bookIn'
    >
  > & {
    at: number;
  };

/** `setTimeout` takes no more. */
const LONGEST_TIMER_MS = 2_147_483_647;

export class Deeds {
  readonly #world: World;
  readonly #teller: Teller;
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(world: World, teller: Teller) {
    this.#world = world;
    this.#teller = teller;
  }

  /** Takes up tracking ids that were still to come when the twin ended. */
  resume(): void {
    for (const consignment of this.#world.state.consignments)
      if (consignment.trackingId === null) this.#trackLater(consignment);
  }

  create(organisation: Organisation, input: Tree, options: CreateOptions): Consignment {
    const now = Date.now();
    const number = options.conNo === undefined ? text(input, 'Number') || String(this.#world.next('consignment')) : '';
    const trackingId = String(this.#world.next('trackingId'));
    const consignment: Consignment = {
      organisation: organisation.name,
      responseId: String(this.#world.next('responseId')),
      conNo: options.conNo ?? `${number}-${organisation.depot}`,
      trackingId: options.trackingDelayMs > 0 ? null : trackingId,
      trackingIdToCome: trackingId,
      trackingIdAt: now + options.trackingDelayMs,
      enteredAt: now,
      entered: localTime(now, zoneOf(organisation)),
      confirmed: options.confirmed,
      cancelled: false,
      status: NOT_BARCODED,
      version: 1,
      fields: withDefaults(normalise(input), organisation),
      barcodes: [],
      labelReadyAt: null,
      push: options.push ?? ALL,
      ...(options.shared === undefined ? {} : { shared: options.shared }),
      ...(options.requesting === undefined ? {} : { requesting: options.requesting }),
      former: [],
      archived: null,
    };
    this.#world.add(consignment);
    if (consignment.trackingId === null) this.#trackLater(consignment);
    if (consignment.confirmed) this.#tellCreated(consignment, now, options.push ?? ALL);
    return consignment;
  }

  /** manifestConsignment: what was stored with `Confirm` no is told to the depot (apis 1.3). */
  confirm(consignment: Consignment): void {
    if (consignment.confirmed) return;
    consignment.confirmed = true;
    this.#world.touch();
    this.#tellCreated(consignment, Date.now(), ALL);
  }

  /** Merges `changes` element by element: what is named is replaced whole, a list too. */
  amend(organisation: Organisation, consignment: Consignment, changes: Tree, push: Push): void {
    const now = Date.now();
    const changed: Tree = {};
    for (const [name, value] of Object.entries(normalise(changes))) {
      if (isDeepStrictEqual(consignment.fields[name], value)) continue;
      changed[name] = value;
      consignment.fields[name] = value;
    }
    consignment.version += 1;
    // a read gives the consignment as it is now: what an earlier amendment said is not to be seen any more
    if (Object.keys(changed).length > 0) this.#teller.unreadable(consignment, 'edited');
    this.#world.touch();
    const whole = wholeOf(consignment, { responseId: true });
    const content = { consignment: whole, version: consignment.version };
    const id = this.#teller.say(consignment, { kind: 'edited', atMs: now, event: push !== false, content });
    const told = organisation.push.partial === true ? { ...identifiersOf(consignment), ...changed } : whole;
    this.#push('AMENDED', consignment, told, push, now, id);
  }

  /** One barcode per lift; labelled again, a lift keeps the one it has, unless all are issued anew. `B` and 9 hexadecimal characters (F PW-DOC25 examples). */
  label(consignment: Consignment, readyDelayMs: number, push: Push, reissue = false): void {
    const now = Date.now();
    if (reissue) consignment.barcodes.length = 0;
    const lifts = liftsOf(consignment.fields);
    consignment.barcodes.length = Math.min(consignment.barcodes.length, lifts);
    while (consignment.barcodes.length < lifts) {
      const number = this.#world.next('barcode');
      consignment.barcodes.push(`B${number.toString(16).toUpperCase().padStart(9, '0')}`);
    }
    consignment.labelReadyAt = now + readyDelayMs;
    consignment.status = Math.max(consignment.status, IN_COLLECTION_DEPOT);
    this.#world.touch();
    const barcodes = [...consignment.barcodes];
    const id = this.#teller.say(consignment, {
      kind: 'labelled',
      atMs: now,
      event: push !== false,
      content: { barcodes },
    });
    this.#push('LABELLED', consignment, { ...identifiersOf(consignment), Pallet: barcodes }, push, now, id);
  }

  /** There is no cancel method (apis 1.3): a depot hears of it by push, by a note of group CAN, or by both. */
  cancel(organisation: Organisation, consignment: Consignment, told: { push: Push; note: boolean }): void {
    const now = Date.now();
    consignment.cancelled = true;
    if (told.note)
      this.#note(
        consignment,
        { ...written(organisation, CANCELLED), codeId: '90', text: 'Consignment cancelled.' },
        now,
      );
    this.#world.touch();
    const id = this.#teller.say(consignment, {
      kind: 'cancelled',
      atMs: now,
      event: told.push !== false,
      content: {},
      readable: told.note,
    });
    this.#push('CANCELLED', consignment, identifiersOf(consignment), told.push, now, id);
  }

  /**
   * It gets another tracking id. Seen in the wild as a note whose text names the new one (field notes: "Redireccionada
   * 6001..."); that TRACKED is pushed, and what the old id finds from then on, is assumed (wire-assumptions 2.2).
   */
  redirect(
    organisation: Organisation,
    consignment: Consignment,
    told: { push: Push; note: boolean; gone: boolean },
  ): void {
    const now = Date.now();
    const old = consignment.trackingId;
    const trackingId = String(this.#world.next('trackingId'));
    if (old !== null) consignment.former = [...(consignment.former ?? []), { trackingId: old, gone: told.gone }];
    Object.assign(consignment, { trackingId, trackingIdToCome: trackingId, trackingIdAt: now });
    this.#world.reindex(consignment);
    if (told.note) {
      const text = `Redireccionada ${trackingId}`;
      this.#note(
        consignment,
        { ...written(organisation, GENERAL), codeId: '31', text, ...(old !== null && { trackingId: old }) },
        now,
      );
    }
    this.tell(consignment, told.push);
  }

  /** TRACKED: says nothing but which identifiers are of one consignment. */
  tell(consignment: Consignment, push: Push): void {
    this.#push('TRACKED', consignment, identifiersOf(consignment), push, Date.now(), null);
  }

  /**
   * The network says something of it: a scan at a hub, a status, stock held, rejected, booked in. Group and type codes are
   * not public (apis 1.7), so any will do. A status code is what status reads show from now on. Answers the note's number.
   */
  networkNote(consignment: Consignment, said: NetworkNote): string {
    const { at, ...note } = said;
    const sysNote = this.#note(consignment, note, at);
    if (note.statusCode !== undefined && note.statusCode > 0) consignment.status = note.statusCode;
    this.#world.touch();
    this.#teller.say(consignment, { kind: 'network', atMs: at, event: false, content: { sysNote, ...note } });
    return sysNote;
  }

  /** Reads of it answer so from now on, null as always. Lists leave it out. */
  hide(consignment: Consignment, hidden: Hidden | null): void {
    consignment.hidden = hidden;
    this.#world.touch();
  }

  /** A cancelled one lives again, whole as it is now. Only the push tells it. */
  revive(consignment: Consignment, push: Push): void {
    const now = Date.now();
    consignment.cancelled = false;
    consignment.version += 1;
    this.#teller.unreadable(consignment, 'cancelled');
    this.#world.touch();
    const whole = wholeOf(consignment, { responseId: true });
    const content = { consignment: whole, version: consignment.version };
    const id = this.#teller.say(consignment, {
      kind: 'revived',
      atMs: now,
      event: push !== false,
      content,
      readable: false,
    });
    this.#push('CREATED', consignment, whole, push, now, id);
  }

  archive(consignment: Consignment, archived: Consignment['archived']): void {
    consignment.archived = archived ?? null;
    this.#world.touch();
  }

  /** Ends the timers. */
  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  #tellCreated(consignment: Consignment, now: number, push: Push): void {
    const whole = wholeOf(consignment, { responseId: true });
    const content = { consignment: whole, version: consignment.version };
    const id = this.#teller.say(consignment, { kind: 'created', atMs: now, event: push !== false, content });
    this.#push('CREATED', consignment, whole, push, now, id);
  }

  /** To everybody who has a part in it; what was said counts as told once its first organisation was. */
  #push(event: PushEvent, consignment: Consignment, told: Tree, push: Push, now: number, saidId: string | null): void {
    if (push === false) return;
    const { organisation, shared = [], requesting } = consignment;
    for (const [nth, name] of [organisation, ...shared].entries()) {
      const to = this.#world.organisation(name);
      if (to !== null) this.#teller.push(to, event, withOnly(told, push), now, nth === 0 ? saidId : null, requesting);
    }
  }

  /** A note of the network itself, of the time `atMs`; it is entered now, which is what the delta goes by. */
  #note(consignment: Consignment, note: Pick<Note, 'group' | 'type'> & Partial<Note>, atMs: number): string {
    const organisation = this.#world.organisation(consignment.organisation);
    const { date, time } = localTime(atMs, organisation === null ? 'UTC' : zoneOf(organisation));
    const sysNote = String(this.#world.next('sysNote'));
    this.#world.state.notes.push({
      organisation: consignment.organisation,
      sysNote,
      responseId: consignment.responseId,
      barcode: '',
      delta: Math.floor(Date.now() / 1000),
      noteDate: date,
      noteTime: time,
      statusCode: 0,
      codeId: '',
      text: '',
      customerName: '',
      description: '',
      bookInReference: '',
      ...note,
      received: null,
    });
    return sysNote;
  }

  #trackLater(consignment: Consignment): void {
    const wait = Math.min(Math.max(0, consignment.trackingIdAt - Date.now()), LONGEST_TIMER_MS);
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#track(consignment);
    }, wait);
    this.#timers.add(timer);
  }

  #track(consignment: Consignment): void {
    consignment.trackingId = consignment.trackingIdToCome;
    this.#world.reindex(consignment);
    if (consignment.confirmed) this.tell(consignment, consignment.push ?? ALL);
  }
}

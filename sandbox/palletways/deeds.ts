/** What happens in the network: consignments are entered, amended, labelled, cancelled, get their tracking id. */
import { isDeepStrictEqual } from 'node:util';
import { localTime } from './clock.ts';
import { identifiersOf, liftsOf, normalise, wholeOf, withDefaults } from './consignment.ts';
import type { Organisation } from './organisation.ts';
import type { Teller } from './teller.ts';
import { type Tree, text } from './tree.ts';
import type { Consignment, World } from './world.ts';

/** Status codes of apis 1.8 that deeds here set. */
const NOT_BARCODED = 100;
const IN_COLLECTION_DEPOT = 300;
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
    for (const consignment of this.#world.state.consignments) if (consignment.trackingId === null) this.#trackLater(consignment);
  }

  create(organisation: Organisation, input: Tree, options: { trackingDelayMs: number; confirmed: boolean }): Consignment {
    const now = Date.now();
    const number = text(input, 'Number') || String(this.#world.next('consignment'));
    const trackingId = String(this.#world.next('trackingId'));
    const consignment: Consignment = {
      organisation: organisation.name,
      responseId: String(this.#world.next('responseId')),
      conNo: `${number}-${organisation.depot}`,
      trackingId: options.trackingDelayMs > 0 ? null : trackingId,
      trackingIdToCome: trackingId,
      trackingIdAt: now + options.trackingDelayMs,
      enteredAt: now,
      entered: localTime(now, organisation.zone),
      confirmed: options.confirmed,
      cancelled: false,
      status: NOT_BARCODED,
      version: 1,
      fields: withDefaults(normalise(input), organisation),
      barcodes: [],
      labelReadyAt: null,
    };
    this.#world.add(consignment);
    if (consignment.trackingId === null) this.#trackLater(consignment);
    if (consignment.confirmed) this.#tellCreated(organisation, consignment, now);
    return consignment;
  }

  /** manifestConsignment: what was stored with `Confirm` no is told to the depot (apis 1.3). */
  confirm(organisation: Organisation, consignment: Consignment): void {
    if (consignment.confirmed) return;
    consignment.confirmed = true;
    this.#world.touch();
    this.#tellCreated(organisation, consignment, Date.now());
  }

  /** Merges `changes` element by element: what is named is replaced whole, a list too. */
  amend(organisation: Organisation, consignment: Consignment, changes: Tree): void {
    const now = Date.now();
    const changed: Tree = {};
    for (const [name, value] of Object.entries(normalise(changes))) {
      if (isDeepStrictEqual(consignment.fields[name], value)) continue;
      changed[name] = value;
      consignment.fields[name] = value;
    }
    consignment.version += 1;
    this.#world.touch();
    const whole = wholeOf(consignment, { responseId: true });
    const content = { consignment: whole, version: consignment.version };
    const id = this.#teller.say(consignment, { kind: 'edited', atMs: now, event: true, content });
    const told = organisation.push.partial === true ? { ...identifiersOf(consignment), ...changed } : whole;
    this.#teller.push(organisation, 'AMENDED', told, now, id);
  }

  /** One barcode per lift; labelled again, a lift keeps the one it has. `B` and 9 hexadecimal characters (F PW-DOC25 examples). */
  label(organisation: Organisation, consignment: Consignment, readyDelayMs: number): void {
    const now = Date.now();
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
    const id = this.#teller.say(consignment, { kind: 'labelled', atMs: now, event: true, content: { barcodes } });
    this.#teller.push(organisation, 'LABELLED', { ...identifiersOf(consignment), Pallet: barcodes }, now, id);
  }

  /** There is no cancel method (apis 1.3): a depot hears of it by push, by a note of group CAN, or by both. */
  cancel(organisation: Organisation, consignment: Consignment, told: { push: boolean; note: boolean }): void {
    const now = Date.now();
    consignment.cancelled = true;
    if (told.note) this.#cancelNote(organisation, consignment, now);
    this.#world.touch();
    const id = this.#teller.say(consignment, { kind: 'cancelled', atMs: now, event: told.push, content: {} });
    if (told.push) this.#teller.push(organisation, 'CANCELLED', identifiersOf(consignment), now, id);
  }

  /** Ends the timers. */
  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  #tellCreated(organisation: Organisation, consignment: Consignment, now: number): void {
    const whole = wholeOf(consignment, { responseId: true });
    const content = { consignment: whole, version: consignment.version };
    const id = this.#teller.say(consignment, { kind: 'created', atMs: now, event: true, content });
    this.#teller.push(organisation, 'CREATED', whole, now, id);
  }

  #cancelNote(organisation: Organisation, consignment: Consignment, now: number): void {
    const { date, time } = localTime(now, organisation.zone);
    this.#world.state.notes.push({
      organisation: organisation.name,
      sysNote: String(this.#world.next('sysNote')),
      responseId: consignment.responseId,
      barcode: '',
      delta: Math.floor(now / 1000),
      noteDate: date,
      noteTime: time,
      statusCode: 0,
      group: 'CAN',
      type: 'CAN',
      codeId: '90',
      text: 'Consignment cancelled.',
      customerName: '',
      description: '',
      bookInReference: '',
      received: null,
    });
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
    const organisation = this.#world.organisation(consignment.organisation);
    if (organisation === null || !consignment.confirmed) return;
    this.#teller.push(organisation, 'TRACKED', identifiersOf(consignment), Date.now(), null);
  }
}

/** What becomes of a consignment: it is entered, amended, labelled, cancelled, gets its tracking id. */
import { isDeepStrictEqual } from 'node:util';
import { epochOf, localTime } from './clock.ts';
import { liftsOf, normalise, wholeOf, withDefaults } from './consignment.ts';
import { written } from './dialect.ts';
import { isOwnEntry, requestingOf, unitsOf } from './entry.ts';
import type { Organisation } from './organisation.ts';
import { ALL, type Push, withOnly } from './push.ts';
import { dueOf, headingOf, isReadable, partOf, pushOf } from './shape.ts';
import type { PushEvent, Teller } from './teller.ts';
import { all, type Tree, text } from './tree.ts';
import type { Consignment, Hidden, Note, Said, World } from './world.ts';

/** Status codes of apis 1.8 that deeds here set. */
const NOT_BARCODED = 100;
const REJECTED = 15;
const IN_COLLECTION_DEPOT = 300;
const CANCELLED = { group: 'CAN', type: 'CAN' };
const GENERAL = { group: 'JIN', type: 'GIN' };
/** Flip 23c: when barcodes become others. */
const OTHER_BARCODES_MS = 10 * 60_000;

export interface CreateOptions {
  trackingDelayMs: number;
  confirmed: boolean;
  /** The whole number, also one that was given before: numbers are not unique (apis 1.3). */
  conNo?: string | undefined;
  push?: Push;
  shared?: string[] | undefined;
  requesting?: string | undefined;
}

/** `setTimeout` takes no more. */
const LONGEST_TIMER_MS = 2_147_483_647;

interface Happening {
  kind: Said['kind'];
  /** Epoch ms. */
  now: number;
  push: Push;
  content: unknown;
  isShown: boolean;
}

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
    const fields = unitsOf(this.#world, withDefaults(normalise(input), organisation));
    const requesting = options.requesting ?? requestingOf(this.#world, fields, organisation);
    const push = this.#pushed(options.push ?? ALL);
    const consignment: Consignment = {
      organisation: organisation.name,
      responseId: String(this.#world.next('responseId')),
      conNo: options.conNo ?? `${number}-${(this.#world.isPublished && requesting) || organisation.depot}`,
      trackingId: options.trackingDelayMs > 0 ? null : trackingId,
      trackingIdToCome: trackingId,
      trackingIdAt: now + options.trackingDelayMs,
      enteredAt: now,
      entered: localTime(now, this.#world.zoneOf(organisation)),
      confirmed: options.confirmed,
      cancelled: false,
      status: NOT_BARCODED,
      version: 1,
      fields,
      barcodes: [],
      labelReadyAt: null,
      push,
      ...(options.shared === undefined ? {} : { shared: options.shared }),
      ...(requesting === undefined ? {} : { requesting }),
      former: [],
      archived: null,
    };
    if (this.#world.plays('23e')) this.#barcode(consignment);
    this.#world.add(consignment);
    if (consignment.trackingId === null) this.#trackLater(consignment);
    if (consignment.confirmed) this.#tellCreated(consignment, now, push);
    return consignment;
  }

  /** manifestConsignment: what was stored with `Confirm` no is told to the depot (apis 1.3). */
  confirm(consignment: Consignment): void {
    if (consignment.confirmed) return;
    consignment.confirmed = true;
    this.#world.touch();
    this.#tellCreated(consignment, Date.now(), this.#pushed(ALL));
  }

  /** Merges `changes` element by element: what is named is replaced whole, a list too. */
  amend(organisation: Organisation, consignment: Consignment, changes: Tree, asked: Push): void {
    const now = Date.now();
    const push = this.#pushed(asked);
    const changed: string[] = [];
    for (const [name, value] of Object.entries(normalise(changes))) {
      if (isDeepStrictEqual(consignment.fields[name], value)) continue;
      changed.push(name);
      consignment.fields[name] = value;
    }
    consignment.version += 1;
    // a read gives the consignment as it is now: what an earlier amendment said is not to be seen any more
    if (changed.length > 0) this.#teller.unreadable(consignment, 'edited');
    this.#world.touch();
    const isShown = changed.length === 0 || isReadable(this.#world, changed);
    const id = this.#say(consignment, { kind: 'edited', now, push, content: this.#content(consignment), isShown });
    const partial = organisation.push.partial === true || this.#world.plays('71c');
    const told = partial ? partOf(this.#world, consignment, changed) : pushOf(this.#world, consignment);
    this.#push('AMENDED', consignment, told, push, now, id);
  }

  /** One barcode per lift; labelled again, a lift keeps the one it has, unless all are issued anew. */
  label(consignment: Consignment, readyDelayMs: number, asked: Push, reissue = false): void {
    const now = Date.now();
    const push = this.#pushed(asked);
    if (reissue) consignment.barcodes.length = 0;
    this.#barcode(consignment);
    consignment.labelReadyAt = now + readyDelayMs;
    consignment.status = Math.max(consignment.status, IN_COLLECTION_DEPOT);
    this.#world.touch();
    const id = this.#sayBarcodes(consignment, now, push);
    this.#push('LABELLED', consignment, partOf(this.#world, consignment, ['Pallet']), push, now, id);
    if (!this.#world.plays('23c')) return;
    this.#later(this.#world.paced(OTHER_BARCODES_MS), () => {
      consignment.barcodes.length = 0;
      this.#barcode(consignment);
      this.#teller.unreadable(consignment, 'labelled');
      this.#sayBarcodes(consignment, Date.now(), false);
    });
  }

  #sayBarcodes(consignment: Consignment, now: number, push: Push): string {
    const content = { barcodes: [...consignment.barcodes] };
    return this.#say(consignment, { kind: 'labelled', now, push, content, isShown: true });
  }

  /** `B` and 9 hexadecimal characters (F PW-DOC25 examples). */
  #barcode({ fields, barcodes }: Consignment): void {
    const units = all(fields, 'BillUnit').map((unit) => (typeof unit === 'string' ? 0 : Number(text(unit, 'Amount'))));
    const wanted = this.#world.plays('23b') ? units.reduce((sum, amount) => sum + amount, 0) : liftsOf(fields);
    barcodes.length = Math.min(barcodes.length, wanted);
    while (barcodes.length < wanted) {
      const number = this.#world.next('barcode');
      barcodes.push(`B${number.toString(16).toUpperCase().padStart(9, '0')}`);
    }
  }

  /**
   * There is no cancel method (apis 1.3). How a depot hears of it is open (27): by push and, in the former character, by a
   * note of group CAN; `told` can leave both out.
   */
  cancel(organisation: Organisation, consignment: Consignment, told: { push: Push; note: boolean }): void {
    const world = this.#world;
    const now = Date.now();
    const otherwise = world.plays('27a') || world.plays('27b') || world.plays('27c') || world.plays('27d');
    const push = otherwise ? false : this.#pushed(told.push);
    const code = world.plays('27d') ? GENERAL : CANCELLED;
    const note = told.note && (world.plays('27d') || world.plays('27e') || (!world.isPublished && !otherwise));
    consignment.cancelled = true;
    if (note)
      this.note(consignment, { ...written(organisation, code), codeId: '90', text: 'Consignment cancelled.' }, now);
    if (world.plays('27a')) consignment.status = REJECTED;
    if (world.plays('27b')) consignment.hidden = 'none';
    world.touch();
    const isShown = note || world.plays('27a') || world.plays('27b');
    const id = this.#say(consignment, { kind: 'cancelled', now, push, content: {}, isShown });
    this.#push('CANCELLED', consignment, partOf(world, consignment, []), push, now, id);
  }

  /** TRACKED: says nothing but which identifiers are of one consignment. */
  tell(consignment: Consignment, asked: Push): void {
    const push = this.#world.plays('71d') ? false : this.#pushed(asked);
    this.#push('TRACKED', consignment, partOf(this.#world, consignment, []), push, Date.now(), null);
  }

  /** Reads of it answer so from now on, null as always. Lists leave it out. */
  hide(consignment: Consignment, hidden: Hidden | null): void {
    consignment.hidden = hidden;
    this.#world.touch();
  }

  /** A cancelled one lives again, whole as it is now. Only the push tells it. */
  revive(consignment: Consignment, asked: Push): void {
    const now = Date.now();
    const push = this.#pushed(asked);
    consignment.cancelled = false;
    if (this.#world.plays('27b')) consignment.hidden = null;
    consignment.version += 1;
    this.#teller.unreadable(consignment, 'cancelled');
    this.#world.touch();
    const content = this.#content(consignment);
    const id = this.#say(consignment, { kind: 'revived', now, push, content, isShown: false });
    this.#push('CREATED', consignment, pushOf(this.#world, consignment), push, now, id);
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
    const content = this.#content(consignment);
    const id = this.#say(consignment, { kind: 'created', now, push, content, isShown: true });
    this.#push('CREATED', consignment, pushOf(this.#world, consignment), push, now, id);
  }

  /** The consignment as it is, with the date that every reader is shown. */
  #content(consignment: Consignment): unknown {
    const { DueDate } = dueOf(this.#world, consignment);
    const shown = DueDate === undefined ? {} : { DueDate };
    const whole = { ...wholeOf(consignment, { responseId: true }), ...shown };
    return { consignment: whole, version: consignment.version };
  }

  /**
   * Says what happened. A read can tell it where it is shown at all (`isShown`), from when on the consignment can be found:
   * it is listed, or a push or a note of it was there.
   */
  #say(consignment: Consignment, { kind, now, push, content, isShown }: Happening): string {
    const event = push !== false && !this.#world.plays('1b');
    const isFile = push !== false && !event;
    const isFound = isFile || this.#isListed(consignment) || (kind !== 'created' && (event || consignment.announced));
    const readable = isFile || (isShown && (isFound ? true : 'once found'));
    if (event || isFile) consignment.announced = true;
    return this.#teller.say(consignment, { kind, atMs: now, event, content, readable });
  }

  /** Whether consEntered lists it. */
  #isListed(consignment: Consignment): boolean {
    if (!this.#world.isPublished || this.#world.plays('6d')) return true;
    const owner = this.#world.organisation(consignment.organisation);
    return owner !== null && isOwnEntry(this.#world, owner, consignment);
  }

  /** Whether what is asked to be pushed is: there may be no pushes at all. */
  #pushed(asked: Push): Push {
    return this.#world.plays('1a') ? false : asked;
  }

  /** To everybody who has a part in it; what was said counts as told once its first organisation was. */
  #push(event: PushEvent, consignment: Consignment, told: Tree, push: Push, now: number, saidId: string | null): void {
    if (push === false) return;
    const { organisation, shared = [] } = consignment;
    for (const [nth, name] of [organisation, ...shared].entries()) {
      const to = this.#world.organisation(name);
      if (to === null) continue;
      const heading = headingOf(this.#world, to, consignment);
      this.#teller.push(to, event, { consignment: withOnly(told, push), heading }, now, nth === 0 ? saidId : null);
    }
  }

  /** A note of the network itself, of the time `atMs`; it is entered now. Answers it with its number. */
  note(consignment: Consignment, note: Pick<Note, 'group' | 'type'> & Partial<Note>, atMs: number): Note {
    const zone = this.#world.zoneOf(this.#world.organisation(consignment.organisation));
    const { date, time } = localTime(atMs, zone);
    if (consignment.trackingId !== null && !this.#isListed(consignment) && !this.#world.plays('2a')) {
      consignment.announced = true;
      this.#teller.nowReadable(consignment);
    }
    return this.#world.addNote({
      organisation: consignment.organisation,
      responseId: consignment.responseId,
      barcode: '',
      delta: Math.floor(Date.now() / 1000),
      ownDelta: Math.floor((epochOf(date, time, zone) ?? atMs) / 1000),
      noteDate: date,
      noteTime: time,
      statusCode: 0,
      codeId: '',
      text: '',
      customerName: '',
      description: '',
      bookInReference: '',
      before: consignment.status,
      ...note,
      received: null,
    });
  }

  #trackLater(consignment: Consignment): void {
    this.#later(consignment.trackingIdAt - Date.now(), () => this.#track(consignment));
  }

  #later(ms: number, act: () => void): void {
    const timer = setTimeout(
      () => {
        this.#timers.delete(timer);
        act();
      },
      Math.min(Math.max(0, ms), LONGEST_TIMER_MS),
    );
    this.#timers.add(timer);
  }

  #track(consignment: Consignment): void {
    consignment.trackingId = consignment.trackingIdToCome;
    this.#world.reindex(consignment);
    if (consignment.confirmed) this.tell(consignment, consignment.push ?? ALL);
  }
}

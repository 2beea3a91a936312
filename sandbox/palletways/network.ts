/** What the network does with a consignment: notes of its own, a redirect, a failed attempt elsewhere, a collection. */
import { daysLater } from './clock.ts';
import type { Deeds } from './deeds.ts';
import { written } from './dialect.ts';
import type { Organisation } from './organisation.ts';
import { ALL, type Push } from './push.ts';
import type { Teller } from './teller.ts';
import { type Tree, text } from './tree.ts';
import type { Consignment, Note, World } from './world.ts';

/** Status codes of apis 1.8. */
const IN_COLLECTION_DEPOT = 300;
const STOCK_HELD = 675;
const AT_DELIVERY_DEPOT = 700;
const JOB_COMPLETE = 900;
const GENERAL = { group: 'JIN', type: 'GIN' };
/** The published example of a note: a delivery that operations booked again. */
const BOOKING = { group: 'BIN', type: 'BIN' };
const BOOKING_CODE = '32';
const REBOOKED_TIME = '20:00:00';

/** What a note of the network carries; `at` in epoch ms. */
export type NetworkNote = Pick<Note, 'group' | 'type'> &
  Partial<
    Pick<
      Note,
      | 'text'
      | 'barcode'
      | 'customerName'
      | 'description'
      | 'statusCode'
      | 'codeId'
      | 'bookInReference'
      | 'bookIn'
      | 'pod'
    >
  > & { at: number };

export class Network {
  readonly #world: World;
  readonly #teller: Teller;
  readonly #deeds: Deeds;

  constructor(world: World, teller: Teller, deeds: Deeds) {
    this.#world = world;
    this.#teller = teller;
    this.#deeds = deeds;
  }

  /**
   * The network says something of it: a scan at a hub, a status, stock held, rejected, booked in. Group and type codes are
   * not public (apis 1.7), so any will do. A status code is what status reads show from now on.
   */
  note(consignment: Consignment, noted: NetworkNote): Note {
    const { at, ...note } = noted;
    const kept = this.#deeds.note(consignment, note, at);
    if (note.statusCode !== undefined && note.statusCode > 0) consignment.status = note.statusCode;
    if (note.bookIn !== undefined) this.#book(consignment, note.bookIn, note.bookInReference ?? '');
    this.#world.touch();
    const { sysNote } = kept;
    this.#teller.say(consignment, { kind: 'network', atMs: at, event: false, content: { sysNote, ...note } });
    return kept;
  }

  /**
   * It gets another tracking id. In the sample a BIN/BIN note of the old id names the new one in `BookInReference`; that
   * TRACKED is pushed, and what the old id finds from then on, is open (12). With `gone` the old id finds nothing.
   */
  redirect(
    organisation: Organisation,
    consignment: Consignment,
    told: { push: Push; note: boolean; gone: boolean },
  ): void {
    const now = Date.now();
    const old = consignment.trackingId;
    const trackingId = String(this.#world.next('trackingId'));
    const gone = told.gone || this.#world.plays('12b');
    if (old !== null) consignment.former = [...(consignment.former ?? []), { trackingId: old, gone }];
    Object.assign(consignment, { trackingId, trackingIdToCome: trackingId, trackingIdAt: now });
    this.#world.reindex(consignment);
    if (told.note && !this.#world.plays('12b')) {
      const of = old === null ? {} : { trackingId: old };
      this.#deeds.note(consignment, { ...this.#redirection(organisation, trackingId), ...of }, now);
    }
    this.#deeds.tell(consignment, told.push);
  }

  /** Another depot, or ours by other means, could not deliver it at `at` (epoch ms). How that is shown is open (13). */
  fail(consignment: Consignment, at: number, reason: string): void {
    const world = this.#world;
    if (world.plays('13b')) consignment.status = STOCK_HELD;
    if (world.plays('13b')) consignment.status = AT_DELIVERY_DEPOT;
    else if (world.plays('13c')) this.note(consignment, { ...GENERAL, text: `Not delivered: ${reason}`, at });
    else if (world.plays('13d'))
      this.note(consignment, { group: 'POD', type: 'POD', customerName: 'Rechazada', text: reason, at });
    else if (world.plays('13e')) this.note(consignment, { group: 'REJ', type: 'REJ', text: reason, at });
    else this.rebook(consignment, at, reason);
    if (world.plays('11a') && (world.plays('13b') || world.plays('13c') || world.plays('13d') || world.plays('13e')))
      this.rebook(consignment, at, reason);
    world.touch();
  }

  /** Operations book it again for the next day: the published example of a note. */
  rebook(consignment: Consignment, at: number, reason: string): void {
    const date = daysLater(text(consignment.fields, 'DueDate'), 1) || daysLater(consignment.entered.date, 1);
    const bookIn = { date, time: REBOOKED_TIME, contact: '' };
    const words = { text: `Re-planned by operations. ${reason}`.trim(), bookInReference: 'Rechazada.' };
    this.note(consignment, { ...BOOKING, codeId: BOOKING_CODE, ...words, bookIn, at });
  }

  /** A collection came into the collecting depot. What becomes of it is open (26). Answers the consignment that goes on. */
  collect(organisation: Organisation, consignment: Consignment): Consignment {
    const world = this.#world;
    consignment.status = world.plays('26c') ? JOB_COMPLETE : Math.max(consignment.status, IN_COLLECTION_DEPOT);
    world.touch();
    const delivery: Tree = { Type: 'D', CollectionDepot: organisation.depot };
    if (world.plays('26a')) this.#deeds.amend(organisation, consignment, delivery, ALL);
    if (!world.plays('26b')) return consignment;
    const input = { ...consignment.fields, ...delivery };
    return this.#deeds.create(organisation, input, {
      trackingDelayMs: 0,
      confirmed: true,
      requesting: consignment.requesting,
    });
  }

  #book(consignment: Consignment, { date, time }: { date: string; time: string }, reference: string): void {
    consignment.booked = { date, time, reference };
  }

  /** What a note of a redirect says, by the character. */
  #redirection(organisation: Organisation, trackingId: string): Pick<Note, 'group' | 'type'> & Partial<Note> {
    const world = this.#world;
    const named = `${world.plays('12d') ? 'Redirected to' : 'Redireccionada'} ${trackingId}`;
    if (!world.isPublished) return { ...written(organisation, GENERAL), codeId: '31', text: named };
    const code = { ...written(organisation, BOOKING), codeId: BOOKING_CODE };
    if (world.plays('12a')) return { ...code, text: named };
    return { ...code, text: 'Re-planned by operations.', bookInReference: named };
  }
}

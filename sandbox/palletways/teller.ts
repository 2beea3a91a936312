/** Says what happened: an entry in the list of things said, and a push to the organisation (wire-assumptions 2.1). */
import { randomUUID } from 'node:crypto';
import type { Faults } from '../server/faults.ts';
import { Pusher } from '../server/pushes.ts';
import { localTime, wholeSecond } from './clock.ts';
import { type Heading, manifestOf } from './consignment.ts';
import { elementName, eventName, pushFormatOf, spoken } from './dialect.ts';
import { toJson, toXml } from './encode.ts';
import type { Organisation } from './organisation.ts';
import type { FileStore } from './store.ts';
import type { Tree } from './tree.ts';
import type { Consignment, Said, WaitingPush, World } from './world.ts';

export type PushEvent = 'CREATED' | 'AMENDED' | 'LABELLED' | 'TRACKED' | 'CANCELLED';

interface Telling {
  kind: Said['kind'];
  atMs: number;
  event: boolean;
  content: unknown;
  /** False: no read tells it. `once found`: from when on the consignment is found ({@link Teller.nowReadable}). */
  readable?: boolean | 'once found';
}

export class Teller {
  readonly #world: World;
  readonly #options: { tries: number; pace: number; faults: Faults };
  readonly #files: FileStore;
  #pusher: Pusher;
  /** Of what is said, and of pushes that wait, by id. */
  readonly #said = new Map<string, Said>();
  readonly #waiting = new Map<string, WaitingPush>();

  constructor(world: World, files: FileStore, options: { tries: number; pace: number; faults: Faults }) {
    this.#world = world;
    this.#files = files;
    this.#options = options;
    this.#pusher = this.#newPusher();
    for (const said of world.state.said) this.#said.set(said.id, said);
  }

  get pending(): number {
    return this.#pusher.pending;
  }

  get late(): number {
    return this.#pusher.late;
  }

  /** Sends again what a restart interrupted. */
  resume(): void {
    for (const push of this.#world.state.pushes) this.#send(push);
  }

  /** Notes that a thing was said, and answers its id. `saidAt` is corrected to the first try once that was made. */
  say(consignment: Consignment, said: Telling): string {
    const { organisation, responseId, trackingId, conNo } = consignment;
    const entry: Said = {
      n: this.#world.next('said'),
      id: randomUUID(),
      organisation,
      kind: said.kind,
      at: wholeSecond(said.atMs),
      saidAt: Date.now(),
      event: said.event,
      subject: { responseId, trackingId, conNo },
      content: structuredClone(said.content),
      readable: (said.readable ?? true) === true ? { from: Date.now(), until: null } : null,
      ...(said.readable === 'once found' && { isWaiting: true }),
      push: said.event ? { tries: 0, delivered: false, deliveredAt: null } : null,
    };
    this.#world.state.said.push(entry);
    this.#said.set(entry.id, entry);
    this.#world.touch();
    return entry.id;
  }

  /** What was said of this kind so far is read no more. */
  unreadable({ responseId }: Consignment, kind: Said['kind']): void {
    for (const said of this.#world.state.said) {
      if (said.kind !== kind || said.subject.responseId !== responseId) continue;
      if (said.readable) said.readable.until ??= Date.now();
      delete said.isWaiting;
    }
  }

  /** The consignment can be found from now on: a read could tell what waited for that. */
  nowReadable({ responseId }: Consignment): void {
    for (const said of this.#world.state.said) {
      if (said.isWaiting !== true || said.subject.responseId !== responseId) continue;
      said.readable = { from: Date.now(), until: null };
      delete said.isWaiting;
    }
  }

  /** Pushes an event. `saidId` is null for TRACKED, which says nothing a depot acts on. */
  push(
    organisation: Organisation,
    event: PushEvent,
    told: { consignment: Tree; heading: Heading },
    atMs: number,
    saidId: string | null,
  ): void {
    const moment = localTime(atMs, this.#world.zoneOf(organisation));
    const manifest = manifestOf(told.heading, moment, told.consignment, true);
    const document = spoken(organisation, { Event: eventName(organisation, event), Manifest: manifest });
    if (this.#world.plays('1b')) {
      const name = `${event.toLowerCase()}-${this.#world.next('push')}.xml`;
      this.#files.put(organisation.name, `/out/${name}`, toXml('Notification', document));
      return;
    }
    const xml = pushFormatOf(organisation) === 'xml';
    const push: WaitingPush = {
      id: saidId ?? `push-${this.#world.next('push')}`,
      organisation: organisation.name,
      event,
      contentType: xml ? 'application/xml' : 'application/json',
      body: xml ? toXml(elementName(organisation, 'Notification'), document) : JSON.stringify(toJson(document)),
      tries: 0,
    };
    this.#world.state.pushes.push(push);
    this.#world.touch();
    this.#send(push);
  }

  /** Forgets pushes that wait. */
  async reset(): Promise<void> {
    const old = this.#pusher;
    this.#said.clear();
    this.#waiting.clear();
    this.#pusher = this.#newPusher();
    await old.close();
  }

  close(): Promise<void> {
    return this.#pusher.close();
  }

  #send(push: WaitingPush): void {
    const to = this.#world.organisation(push.organisation)?.push;
    if (to === undefined) return;
    const { url, user, password } = to;
    this.#waiting.set(push.id, push);
    const { organisation, contentType, body, event } = push;
    const about = event === undefined ? {} : { about: event };
    this.#pusher.send({ organisation, url, user, password, contentType, body, saidIds: [push.id], ...about });
  }

  #newPusher(): Pusher {
    const onTry = (ids: string[], at: number, _first: boolean, ok: boolean) => {
      for (const id of ids) this.#tried(id, at, ok);
    };
    return new Pusher({ ...this.#options, onTry });
  }

  #tried(id: string, at: number, ok: boolean): void {
    const { state } = this.#world;
    const push = this.#waiting.get(id);
    if (push === undefined) return;
    push.tries += 1;
    const said = this.#said.get(id);
    if (said !== undefined) {
      if (push.tries === 1) said.saidAt = at;
      said.push = { tries: push.tries, delivered: ok, deliveredAt: ok ? Date.now() : null };
    }
    if (ok || push.tries >= this.#options.tries) {
      this.#waiting.delete(id);
      state.pushes.splice(state.pushes.indexOf(push), 1);
    }
    this.#world.touch();
  }
}

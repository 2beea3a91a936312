/** Says what happened: an entry in the list of things said, and a push to the organisation (wire-assumptions 2.1). */
import { randomUUID } from 'node:crypto';
import type { Faults } from '../server/faults.ts';
import { Pusher } from '../server/pushes.ts';
import { wholeSecond } from './clock.ts';
import { manifestOf } from './consignment.ts';
import { toJson, toXml } from './encode.ts';
import type { Organisation } from './organisation.ts';
import type { Tree } from './tree.ts';
import type { Consignment, Said, WaitingPush, World } from './world.ts';

export type PushEvent = 'CREATED' | 'AMENDED' | 'LABELLED' | 'TRACKED' | 'CANCELLED';

export class Teller {
  readonly #world: World;
  readonly #options: { tries: number; pace: number; faults: Faults };
  #pusher: Pusher;

  constructor(world: World, options: { tries: number; pace: number; faults: Faults }) {
    this.#world = world;
    this.#options = options;
    this.#pusher = this.#newPusher();
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
  say(consignment: Consignment, said: { kind: Said['kind']; atMs: number; event: boolean; content: unknown }): string {
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
      push: said.event ? { tries: 0, delivered: false, deliveredAt: null } : null,
    };
    this.#world.state.said.push(entry);
    this.#world.touch();
    return entry.id;
  }

  /** Pushes an event. `saidId` is null for TRACKED, which says nothing a depot acts on. */
  push(organisation: Organisation, event: PushEvent, consignment: Tree, atMs: number, saidId: string | null): void {
    const manifest = manifestOf(organisation, atMs, consignment, true);
    const document: Tree = { Event: event, Manifest: manifest };
    const xml = organisation.push.format === 'xml';
    const push: WaitingPush = {
      id: saidId ?? `push-${this.#world.next('push')}`,
      organisation: organisation.name,
      event,
      contentType: xml ? 'application/xml' : 'application/json',
      body: xml ? toXml('Notification', document) : JSON.stringify(toJson(document)),
      tries: 0,
    };
    this.#world.state.pushes.push(push);
    this.#world.touch();
    this.#send(push);
  }

  /** Forgets pushes that wait. */
  async reset(): Promise<void> {
    const old = this.#pusher;
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
    const push = state.pushes.find((waiting) => waiting.id === id);
    if (push === undefined) return;
    push.tries += 1;
    const said = state.said.findLast((entry) => entry.id === id);
    if (said !== undefined) {
      if (push.tries === 1) said.saidAt = at;
      said.push = { tries: push.tries, delivered: ok, deliveredAt: ok ? Date.now() : null };
    }
    if (ok || push.tries >= this.#options.tries) state.pushes = state.pushes.filter((waiting) => waiting !== push);
    this.#world.touch();
  }
}

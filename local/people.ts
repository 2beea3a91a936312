import { call } from './loopback.ts';
import type { Sources } from './settle.ts';
import { caseList, chargeList, heldList, type Question, questionList, saidOrders, workList } from './shapes.ts';

/** Where Palletways fetches an organisation's exceptions, with the login of its pushes. */
export interface Feed {
  readonly organisation: string;
  readonly url: string;
  readonly user: string;
  readonly password: string;
}

const who = 'Priya of the day';
/** Of the orders that were edited in Qargo so many are looked at in a round: no list names their questions. */
const lookedAt = 6;

/**
 * The people of a day: who does at the operations API what the product asks a person for (an edit that comes when the goods are
 * loaded already), and of a full story who fetches exceptions at Palletways. They see only what the screens show.
 */
export class People {
  readonly #sources: Sources;
  readonly #feeds: readonly Feed[];
  readonly #answered = new Set<string>();
  /** Orders that a planner edited; the next to be looked at first. */
  #edited: string[] = [];
  #said = 0;
  readonly done = { fetched: 0, answered: 0, keyedIn: 0, resolved: 0 };

  constructor(sources: Sources, feeds: readonly Feed[]) {
    this.#sources = sources;
    this.#feeds = feeds;
  }

  /** Does what there is to do now, `all`: in one go; answers how much it was. */
  async round(all = false): Promise<number> {
    const before = this.#total();
    await this.#fetch();
    await this.#answer(all ? Number.POSITIVE_INFINITY : lookedAt);
    await this.#keyIn();
    await this.#resolve();
    return this.#total() - before;
  }

  /** Rounds until the signal; a service or twin that is down is found up by the next one. */
  async work(signal: AbortSignal, everyMs = 3_000): Promise<void> {
    while (!signal.aborted) {
      await this.round().catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
  }

  report(): string {
    const { fetched, answered, keyedIn, resolved } = this.done;
    return `people fetched ${fetched} exceptions, answered ${answered} questions, keyed in ${keyedIn} charges, ended ${resolved} cases`;
  }

  #total(): number {
    return Object.values(this.done).reduce((sum, one) => sum + one, 0);
  }

  async #fetch(): Promise<void> {
    for (const { organisation, ...feed } of this.#feeds) {
      const pulled = await call('POST', `${this.#sources.palletways}/control/organisations/${organisation}/pull`, feed);
      const { items } = pulled as { items: readonly unknown[] };
      this.done.fetched += items.length;
    }
  }

  /** What the list of work names, and orders that were edited in Qargo: of those no list tells. */
  async #answer(looks: number): Promise<void> {
    const { service, qargo } = this.#sources;
    const work = workList.parse(await call('GET', `${service}/operations/work`));
    const asked = work.filter(({ cause }) => cause.startsWith('a person decides')).flatMap(({ examples }) => examples);
    const said = saidOrders.parse(await call('GET', `${qargo}/control/said?since=${this.#said}`));
    this.#said = said.next;
    this.#edited.push(...said.items.flatMap(({ kind, subject }) => (kind === 'order edited' && subject.conNo ? [subject.conNo] : [])));
    const edited = this.#edited.splice(0, looks);
    this.#edited.push(...edited);
    for (const reference of new Set([...asked, ...edited])) {
      for (const story of questionList.parse(await call('GET', `${service}/operations/consignments/${reference}`)))
        for (const question of story.questions) await this.#settle(reference, question);
    }
  }

  async #settle(reference: string, { edit, stage, fields }: Question): Promise<void> {
    if (this.#answered.has(`${reference} ${edit}`)) return;
    // What is on the vehicle is delivered; what came back may be cancelled. Changes of the order are as the customer wants them.
    const verdict = fields.length > 0 || stage === 'failed' ? 'accepted' : 'refused';
    const answer = { who, why: 'asked the customer', verdict, edit };
    await call('POST', `${this.#sources.service}/operations/consignments/${reference}/verdict`, answer);
    this.#answered.add(`${reference} ${edit}`);
    this.done.answered += 1;
  }

  /** What Qargo takes by no call is typed into Qargo, then said to be done. */
  async #keyIn(): Promise<void> {
    const { service, qargo } = this.#sources;
    const open = chargeList.parse(await call('GET', `${service}/operations/charges`));
    for (const { obligation, keyIn, trackingId, side, what } of open) {
      if (!keyIn || trackingId === null) continue;
      const [order] = questionList.parse(await call('GET', `${service}/operations/consignments/${trackingId}`));
      if (side === 'qargo' && order?.qargoOrder)
        await call('POST', `${qargo}/control/orders/${order.qargoOrder}/charges`, { charges: [{ name: what }] });
      await call('POST', `${service}/operations/consignments/${trackingId}/charges/done`, { who, obligation });
      this.done.keyedIn += 1;
    }
  }

  /** Of the exceptions that hold an invoice every other case is over; the rest stays open, and is listed. */
  async #resolve(): Promise<void> {
    const { service } = this.#sources;
    const held = heldList.parse(await call('GET', `${service}/operations/close-outs/held`));
    const references = new Set(
      held.filter(({ holds }) => holds.some((one) => one.startsWith('exception open'))).map((one) => one.reference),
    );
    if (references.size === 0) return;
    for (const { id, reference } of caseList.parse(await call('GET', `${service}/operations/cases`))) {
      if (id % 2 === 1 || !references.has(reference)) continue;
      await call('POST', `${service}/operations/cases/${id}`, { who, why: 'credit agreed', step: 'resolved' });
      this.done.resolved += 1;
    }
  }
}

import { call } from './loopback.ts';
import type { Sources } from './settle.ts';
import { caseList, chargeList, heldList, type Question, questionList, storyList } from './shapes.ts';

/** Where Palletways fetches an organisation's exceptions, with the login of its pushes. */
export interface Feed {
  readonly organisation: string;
  readonly url: string;
  readonly user: string;
  readonly password: string;
}

const who = 'Priya of the day';

/**
 * The people of a day: who does at the operations API what the product asks a person for (an edit that comes when the goods are
 * loaded already), and of a full story who fetches exceptions at Palletways. They see only what the screens show.
 */
export class People {
  readonly #sources: Sources;
  readonly #feeds: readonly Feed[];
  readonly #answered = new Set<string>();
  readonly done = { fetched: 0, answered: 0, keyedIn: 0, resolved: 0 };

  constructor(sources: Sources, feeds: readonly Feed[]) {
    this.#sources = sources;
    this.#feeds = feeds;
  }

  /** Does what there is to do now; answers how much it was. */
  async round(): Promise<number> {
    const before = this.#total();
    await this.#fetch();
    await this.#answer();
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

  async #answer(): Promise<void> {
    for (const question of questionList.parse(await call('GET', `${this.#sources.service}/operations/questions`)))
      await this.#settle(question);
  }

  async #settle({ consignment, edit, stage, fields }: Question): Promise<void> {
    if (this.#answered.has(`${consignment} ${edit}`)) return;
    // What is on the vehicle is delivered; what came back may be cancelled. Changes of the order are as the customer wants them.
    const decision = fields.length > 0 || stage === 'failed' ? 'accepted' : 'refused';
    const answer = { who, why: 'asked the customer', decision, edit };
    await call('POST', `${this.#sources.service}/operations/consignments/${consignment}/decision`, answer);
    this.#answered.add(`${consignment} ${edit}`);
    this.done.answered += 1;
  }

  /** What Qargo takes by no call is typed into Qargo, then said to be done. */
  async #keyIn(): Promise<void> {
    const { service, qargo } = this.#sources;
    const open = chargeList.parse(await call('GET', `${service}/operations/charges`));
    for (const { obligation, keyIn, trackingId, side, what } of open) {
      if (!keyIn || trackingId === null) continue;
      const [order] = storyList.parse(await call('GET', `${service}/operations/consignments/${trackingId}`));
      if (side === 'qargo' && order?.qargoOrder)
        await call('POST', `${qargo}/control/orders/${order.qargoOrder}/charges`, { charges: [{ name: what }] });
      await call('POST', `${service}/operations/consignments/${trackingId}/charges/done`, { who, obligation });
      this.done.keyedIn += 1;
    }
  }

  /** Of the exceptions that hold an invoice every other case is over; the rest stays open, and is listed. */
  async #resolve(): Promise<void> {
    const { service } = this.#sources;
    const held = heldList.parse(await call('GET', `${service}/operations/close-outs/held?limit=100`));
    const references = new Set(
      held.filter(({ holds }) => holds.some((one) => one.startsWith('exception open'))).map((one) => one.reference),
    );
    if (references.size === 0) return;
    for (const { id, reference } of caseList.parse(await call('GET', `${service}/operations/cases?limit=500`))) {
      if (id % 2 === 1 || !references.has(reference)) continue;
      await call('POST', `${service}/operations/cases/${id}`, { who, why: 'credit agreed', step: 'resolved' });
      this.done.resolved += 1;
    }
  }
}

/** The two twins as the day's people use them: typed calls, and one look at the orders of an organisation for all who wait. */
import { z } from 'zod';
import { Control } from './http.ts';

const createdSchema = z.object({ responseId: z.coerce.string(), conNo: z.string(), trackingId: z.string().nullish() });

const texts = z.union([z.array(z.string()), z.string().transform((one) => (one === '' ? [] : [one]))]);
const consignmentSchema = z.object({ barcodes: texts.nullish(), Pallet: texts.nullish() });
/** The consignment itself, or wrapped in `consignment`; barcodes beside it or as its `Pallet`. */
const consignmentAnswer = z
  .looseObject({ consignment: consignmentSchema.nullish(), ...consignmentSchema.shape })
  .transform(
    (answer) => answer.barcodes ?? answer.Pallet ?? answer.consignment?.barcodes ?? answer.consignment?.Pallet ?? [],
  );

const barcodeSchema = z.union([
  z.string(),
  z.looseObject({ value: z.string().nullish() }).transform((barcode) => barcode.value ?? ''),
]);
const unitSchema = z.union([
  z.string(),
  z.looseObject({ barcode: barcodeSchema.nullish() }).transform((unit) => unit.barcode ?? ''),
]);
const goodSchema = z
  .looseObject({
    barcodes: z.array(barcodeSchema).nullish(),
    handlingUnits: z.array(unitSchema).nullish(),
    handling_units: z.array(unitSchema).nullish(),
  })
  .transform((good) => good.barcodes ?? good.handlingUnits ?? good.handling_units ?? []);

const orderSchema = z
  .looseObject({
    id: z.string(),
    customerReference: z.string().nullish(),
    status: z.string(),
    goods: z.array(goodSchema).nullish(),
  })
  .transform(({ id, customerReference, status, goods }) => ({
    id,
    customerReference: customerReference ?? null,
    status,
    barcodes: (goods ?? []).flat(),
  }));
const ordersAnswer = z.union([
  z.array(orderSchema),
  z.object({ orders: z.array(orderSchema) }).transform((answer) => answer.orders),
  z.object({ items: z.array(orderSchema) }).transform((answer) => answer.items),
]);

export type Order = z.output<typeof orderSchema>;
export type Created = z.output<typeof createdSchema>;

const saidAnswer = z.object({ items: z.array(z.object({ kind: z.string() })), next: z.number() });
const pendingAnswer = z.object({ pushes: z.number().default(0), uploads: z.number().default(0) });

const LOOK_EVERY_MS = 500;

interface Waiting {
  conNo: string;
  ready: (order: Order) => boolean;
  until: number;
  resolve: (order: Order) => void;
  reject: (error: Error) => void;
}

/** Looks at the orders of one organisation while somebody waits for one, at most twice a second. */
class OrderBook {
  readonly #qargo: Control;
  readonly #organisation: string;
  #waiting: Waiting[] = [];
  #looking = false;

  constructor(qargo: Control, organisation: string) {
    this.#qargo = qargo;
    this.#organisation = organisation;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  find(conNo: string, ready: Waiting['ready'], timeoutMs: number): Promise<Order> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ conNo, ready, until: Date.now() + timeoutMs, resolve, reject });
      if (!this.#looking) void this.#look();
    });
  }

  async #look(): Promise<void> {
    this.#looking = true;
    while (this.#waiting.length > 0) {
      try {
        this.#serve(
          await this.#qargo.get(ordersAnswer, `/control/orders?organisation=${encodeURIComponent(this.#organisation)}`),
        );
      } catch (error) {
        this.#serve([]);
        if (error instanceof z.ZodError) this.giveUp(error);
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
    this.#looking = false;
  }

  #serve(orders: Order[]): void {
    const rest: Waiting[] = [];
    for (const waiting of this.#waiting) {
      const order = orders.find(
        (one) => one.customerReference === waiting.conNo && one.status !== 'CANCELLED' && waiting.ready(one),
      );
      if (order !== undefined) waiting.resolve(order);
      else if (Date.now() > waiting.until) waiting.reject(new Error(`${waiting.conNo} never came to Qargo as awaited`));
      else rest.push(waiting);
    }
    this.#waiting = rest;
  }

  giveUp(error: Error): void {
    for (const waiting of this.#waiting) waiting.reject(error);
    this.#waiting = [];
  }
}

export class Twins {
  readonly palletways: Control;
  readonly qargo: Control;
  readonly #books = new Map<string, OrderBook>();
  readonly #next = { palletways: 0, qargo: 0 };

  constructor(urls: { palletways: string; qargo: string }) {
    this.palletways = new Control(urls.palletways);
    this.qargo = new Control(urls.qargo);
  }

  create(organisation: string, consignment: unknown, trackingDelayMs: number): Promise<Created> {
    const body = {
      organisation,
      consignment,
      ...(trackingDelayMs > 0 && { trackingDelayMs: Math.round(trackingDelayMs) }),
    };
    return this.palletways.post(createdSchema, '/control/consignments', body);
  }

  barcodes(responseId: string): Promise<string[]> {
    return this.palletways.get(consignmentAnswer, `/control/consignments/${responseId}`);
  }

  /** The order of a consignment once it is at Qargo and `ready`. */
  order(
    organisation: string,
    conNo: string,
    timeoutMs: number,
    ready: (order: Order) => boolean = () => true,
  ): Promise<Order> {
    let book = this.#books.get(organisation);
    if (book === undefined) {
      book = new OrderBook(this.qargo, organisation);
      this.#books.set(organisation, book);
    }
    return book.find(conNo, ready, timeoutMs);
  }

  get waiting(): number {
    return [...this.#books.values()].reduce((sum, book) => sum + book.waiting, 0);
  }

  /** Kinds said by either twin since the last time this was asked. */
  async saidSince(): Promise<string[]> {
    const kinds: string[] = [];
    for (const twin of ['palletways', 'qargo'] as const) {
      const answer = await this[twin].get(saidAnswer, `/control/said?since=${this.#next[twin]}`);
      this.#next[twin] = answer.next;
      kinds.push(...answer.items.map((item) => item.kind));
    }
    return kinds;
  }

  /** Pushes that wait for a try, in both twins. */
  async pending(): Promise<number> {
    const answers = await Promise.all(
      [this.palletways, this.qargo].map((twin) => twin.get(pendingAnswer, '/control/pending')),
    );
    return answers.reduce((sum, answer) => sum + answer.pushes + answer.uploads, 0);
  }

  /** Nobody waits for an order any more. */
  giveUp(why: string): void {
    for (const book of this.#books.values()) book.giveUp(new Error(why));
  }

  async close(): Promise<void> {
    await Promise.all([this.palletways.close(), this.qargo.close()]);
  }
}

import { z } from 'zod';

/**
 * What other processes answer that we start but import nothing of: the service's operations API, the twins, the judge.
 * Read loosely: fields that we do not use may come and go.
 */
export const owedAnswer = z.object({ owed: z.number(), waiting: z.number().default(0) });

export const readsAnswer = z.object({ due: z.number() });
export const readsAsked = z.object({ asked: z.number() });

const sweep = z.object({ organisation: z.string(), startedAt: z.union([z.string(), z.number()]), found: z.number() });

/** `{sweeps:[{organisation, startedAt, found}]}`, the list alone, or `{organisation: {startedAt, found}}`; null: none has ended yet. */
export const sweepsAnswer = z.union([
  z.object({ sweeps: z.array(sweep) }).transform(({ sweeps }) => sweeps),
  z.array(sweep),
  z
    .record(z.string(), z.union([sweep.omit({ organisation: true }), z.null()]))
    .transform((record) =>
      Object.entries(record).flatMap(([organisation, one]) => (one === null ? [] : [{ organisation, ...one }])),
    ),
]);
export type Sweep = z.infer<typeof sweep>;

export const pendingAnswer = z.object({ pushes: z.number(), uploads: z.number().default(0) });

export const countsAnswer = z.object({
  facts: z.record(z.string(), z.number()),
  receipts: z.record(z.string(), z.number()),
  waits: z.record(z.string(), z.object({ p50: z.number(), p99: z.number() })).default({}),
});
export type Counts = z.infer<typeof countsAnswer>;

const judgedKind = z.object({
  kind: z.string(),
  said: z.number(),
  arrived: z.number(),
  lost: z.number(),
  doubled: z.number(),
  void: z.number().default(0),
  neverHeard: z.number().default(0),
  refused: z.number().default(0),
  withheld: z.number().default(0),
  p50: z.number().nullish(),
  p99: z.number().nullish(),
});
export type JudgedKind = z.infer<typeof judgedKind>;

/** `{rows:[{kind, said, arrived, lost, doubled, void, neverHeard, refused, withheld, p50, p99}], total:{p50, p99}}`. */
export const judgeAnswer = z
  .object({ rows: z.array(judgedKind), total: z.object({ p50: z.number().nullish(), p99: z.number().nullish() }) })
  .transform(({ rows, total }) => ({ kinds: rows, p50: total.p50, p99: total.p99 }));
export type Judged = z.infer<typeof judgeAnswer>;

export const organisationsAnswer = z.array(z.object({ id: z.string() }));

/** What the people of a day look at. */
const question = z.object({
  consignment: z.string(),
  edit: z.string(),
  stage: z.string(),
  fields: z.array(z.string()),
});
export type Question = z.infer<typeof question>;
export const questionList = z.array(question);
export const storyList = z.array(z.object({ qargoOrder: z.string().nullable() }));
export const chargeList = z.array(
  z.object({
    obligation: z.string(),
    keyIn: z.boolean(),
    trackingId: z.string().nullable(),
    side: z.string(),
    what: z.string(),
  }),
);
export const caseList = z.array(z.object({ id: z.number(), reference: z.string().nullable() }));
const heldCloseOut = z.object({
  organisation: z.string(),
  reference: z.string().nullable(),
  holds: z.array(z.string()),
});
export type HeldCloseOut = z.infer<typeof heldCloseOut>;
export const heldList = z.array(heldCloseOut);

const closedRow = z.object({
  organisation: z.string(),
  consignment: z.string(),
  reference: z.string().nullable(),
  qargoOrder: z.string().nullable(),
  adjustment: z.number(),
  outcome: z.enum(['delivered', 'cancelled']),
  billUnits: z.array(z.object({ type: z.string(), amount: z.number() })),
  weight: z.number(),
});
export type ClosedRow = z.infer<typeof closedRow>;
export const closedList = z.object({ rows: z.array(closedRow) });

/** An order of the Qargo twin, its goods in the words of bill units. */
const qargoGood = z
  .object({
    quantity: z.number().nullish(),
    total_weight_kg: z.number().nullish(),
    packaging_type: z.object({ packaging_size: z.object({ code: z.string() }).nullish() }).nullish(),
  })
  .transform((good) => ({
    type: good.packaging_type?.packaging_size?.code ?? '',
    amount: good.quantity ?? 0,
    weight: good.total_weight_kg ?? 0,
  }));
const qargoOrder = z.object({ id: z.string(), status: z.string(), goods: z.array(qargoGood) });
export type QargoOrder = z.infer<typeof qargoOrder>;
export const finalOrders = z.object({ orders: z.array(qargoOrder) });

/** Goods and handling units in a partial update: by id what stays, created what is new, deleted what is gone. Pure. */
import type { EditField } from '../../domain/policy/edits.ts';
import type { QargoAccess } from './config.ts';
import { packagingOf } from './mapping.ts';
import { type GoodFields, splitWeight, spread } from './write-order-fields.ts';

/** A good as Qargo has it. */
export interface GoodRead {
  readonly id: string;
  /** The bill unit that its `packaging_size.code` stands for. */
  readonly packaging: string | null;
  readonly quantity: number | null;
  /** kg; left out where it was not read. */
  readonly weight?: number | null;
  /** Left out where it was not read. */
  readonly adr?: string | null;
  /** Value of measured dimensions (`domain/policy/charges.ts`). */
  readonly size?: string | null;
  /** Barcodes. */
  readonly handlingUnits: readonly string[];
}

type Source = 'EXTERNAL';

interface BarcodeData {
  readonly barcode: { readonly value: string; readonly source: Source };
}

export interface GoodChange {
  readonly unit_length_m?: number;
  readonly unit_width_m?: number;
  readonly unit_height_m?: number;
  readonly quantity?: number;
  readonly total_weight_kg?: number;
  readonly packaging_type?: { readonly packaging_size: { readonly code: string } } | null;
  readonly adr_type?: 'ADR' | 'LIMITED_QUANTITY' | null;
}

export type HandlingUnitUpdate =
  | { readonly update: { readonly operation: 'CREATE'; readonly data: BarcodeData } }
  | {
      readonly match: {
        readonly matches_all: readonly [
          { readonly handling_unit: { readonly barcode: { readonly matches_any: readonly [string] } } },
        ];
      };
      readonly update: { readonly operation: 'DELETE' };
    };

export interface GoodUpdate {
  readonly match?: {
    readonly matches_all: readonly [{ readonly good: { readonly id: { readonly matches_any: readonly [string] } } }];
  };
  readonly update?:
    | { readonly operation: 'UPDATE'; readonly data: GoodChange }
    | { readonly operation: 'CREATE'; readonly data: GoodChange & { readonly handling_units?: readonly BarcodeData[] } }
    | { readonly operation: 'DELETE' };
  readonly handling_unit?: { readonly updates: readonly HandlingUnitUpdate[] };
}

/**
 * A line keeps its good, and with it the scans of its pallets, as long as there is one for it: the good of the
 * same packaging and quantity, else of the same packaging, else any that no line claims. What is over is deleted.
 * @param before the lines as last told, null where unknown; only asked for what was not read. What is a planner's (`theirs`) stays.
 * @param barcodes all that are owed; undefined leaves the barcodes of goods that stay alone.
 */
export function goodUpdates(
  owed: {
    readonly before: readonly GoodFields[] | null;
    readonly after: readonly GoodFields[];
    readonly theirs: readonly EditField[];
  },
  goods: readonly GoodRead[],
  barcodes: readonly string[] | undefined,
  tables: Pick<QargoAccess, 'packagings'>,
): GoodUpdate[] {
  const { theirs } = owed;
  const regraded = theirs.includes('billUnits') && goods.length > 0;
  const [before, after] = regraded ? [null, asGraded(owed.after, goods)] : [owed.before, owed.after];
  const pairs = pair(after, goods);
  const kept = new Set(pairs.flatMap((good) => (good === undefined ? [] : [good.id])));
  const dropped = goods.filter((good) => !kept.has(good.id));
  const all = goods.flatMap((good) => good.handlingUnits);
  const labelled = barcodes ?? [...new Set(all)];
  // One that is held twice is deleted, each of it, and made once: an update of the order may add what it names (assumption 58).
  const isDoubled = (value: string) => all.indexOf(value) !== all.lastIndexOf(value);
  const held = pairs.map((good) =>
    (good?.handlingUnits ?? []).filter((value) => labelled.includes(value) && !isDoubled(value)),
  );
  const there = new Set(held.flat());
  const added = spread(
    labelled.filter((value) => !there.has(value)),
    after.map((line, index) => line.quantity - (held[index]?.length ?? 0)),
  );

  const lines = after.flatMap((line, index): GoodUpdate[] => {
    const news = added[index] ?? [];
    const good = pairs[index];
    if (good === undefined) return [creation(line, news, tables)];
    const data = change(before?.[index], line, good, { ...tables, theirs });
    const units: HandlingUnitUpdate[] = [
      ...[...new Set(good.handlingUnits)]
        .filter((value) => !labelled.includes(value) || isDoubled(value))
        .map(unitGone),
      ...news.map((value): HandlingUnitUpdate => ({ update: { operation: 'CREATE', data: barcode(value) } })),
    ];
    if (Object.keys(data).length === 0 && units.length === 0) return [];
    return [
      {
        match: byId(good.id),
        ...(Object.keys(data).length === 0 ? {} : { update: { operation: 'UPDATE' as const, data } }),
        ...(units.length === 0 ? {} : { handling_unit: { updates: units } }),
      },
    ];
  });
  return [...lines, ...dropped.map((good): GoodUpdate => ({ match: byId(good.id), update: { operation: 'DELETE' } }))];
}

/** The lines as a planner graded them anew: one a good; the weight of all is split as ever where it is another. */
function asGraded(lines: readonly GoodFields[], goods: readonly GoodRead[]): GoodFields[] {
  const weights = splitWeight(
    lines.reduce((sum, { weight }) => sum + weight, 0),
    goods.map(({ quantity }) => quantity ?? 0),
  );
  const same =
    Math.abs(goods.reduce((sum, { weight }) => sum + (weight ?? 0), 0) - weights.reduce((sum, each) => sum + each, 0)) <
    0.005;
  return goods.map(({ packaging, quantity, weight }, index) => ({
    packaging,
    quantity: quantity ?? 0,
    weight: (same ? weight : weights[index]) ?? 0,
    adr: lines[0]?.adr ?? null,
  }));
}

function pair(lines: readonly GoodFields[], goods: readonly GoodRead[]): (GoodRead | undefined)[] {
  const free = [...goods];
  const found: (GoodRead | undefined)[] = lines.map(() => undefined);
  const suited: ((line: GoodFields, good: GoodRead) => boolean)[] = [
    (line, good) => line.packaging === good.packaging && line.quantity === good.quantity,
    (line, good) => line.packaging === good.packaging,
    () => true,
  ];
  for (const suits of suited) {
    for (const [index, line] of lines.entries()) {
      if (found[index] !== undefined) continue;
      const at = free.findIndex((good) => suits(line, good));
      if (at >= 0) found[index] = free.splice(at, 1)[0];
    }
  }
  return found;
}

function change(
  before: GoodFields | undefined,
  line: GoodFields,
  good: GoodRead,
  { theirs, ...tables }: Pick<QargoAccess, 'packagings'> & { readonly theirs: readonly EditField[] },
): GoodChange {
  const is = (field: EditField) => theirs.includes(field);
  const weightThere = good.weight === undefined ? before?.weight : good.weight;
  const adrThere = good.adr === undefined ? before?.adr : good.adr;
  const sameWeight = typeof weightThere === 'number' && Math.abs(weightThere - line.weight) < 0.005;
  return {
    ...(good.quantity === line.quantity ? {} : { quantity: line.quantity }),
    ...(sameWeight || is('weight') ? {} : { total_weight_kg: line.weight }),
    ...(good.packaging === line.packaging ? {} : { packaging_type: packaging(line, tables) }),
    ...(adrThere === line.adr || (adrThere === undefined && line.adr === null) || is('hazardous')
      ? {}
      : { adr_type: line.adr }),
  };
}

function creation(line: GoodFields, barcodes: readonly string[], tables: Pick<QargoAccess, 'packagings'>): GoodUpdate {
  const data = {
    quantity: line.quantity,
    total_weight_kg: line.weight,
    ...(line.packaging === null ? {} : { packaging_type: packaging(line, tables) }),
    ...(line.adr === null ? {} : { adr_type: line.adr }),
    ...(barcodes.length === 0 ? {} : { handling_units: barcodes.map(barcode) }),
  };
  return { update: { operation: 'CREATE', data } };
}

function packaging(
  line: GoodFields,
  { packagings }: Pick<QargoAccess, 'packagings'>,
): { readonly packaging_size: { readonly code: string } } | null {
  return line.packaging === null ? null : { packaging_size: { code: packagingOf(line.packaging, packagings) } };
}

/** In a partial update the source is the constant `EXTERNAL` (appendix D, UpdateBarcodeInput). */
function barcode(value: string): BarcodeData {
  return { barcode: { value, source: 'EXTERNAL' } };
}

function unitGone(value: string): HandlingUnitUpdate {
  return {
    match: { matches_all: [{ handling_unit: { barcode: { matches_any: [value] } } }] },
    update: { operation: 'DELETE' },
  };
}

function byId(id: string): NonNullable<GoodUpdate['match']> {
  return { matches_all: [{ good: { id: { matches_any: [id] } } }] };
}

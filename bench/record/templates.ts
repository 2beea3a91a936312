/** Lives are played through the product's own intake and sending, once each: facts, receipts, and all that is derived of them. */
import { counterpartOf, lanes } from '../../domain/obligations/lanes.ts';
import { lookAtCloseOut } from '../../store/close-out/close-out.ts';
import { takeWork } from '../../store/due/take.ts';
import { ingest } from '../../store/intake/ingest.ts';
import { type Item, intend, markSending, type Outcome, settle } from '../../store/outbox/receipts.ts';
import { type Database, inTransaction } from '../../store/postgres/database.ts';
import { closeConsignment, planOf } from '../../store/record/plan.ts';
import { type LifeShape, lifeOf } from './lives.ts';

export interface Template {
  readonly consignment: string;
  readonly shape: LifeShape;
  readonly mark: string;
}

/** Plays a life; answers its consignment. */
export async function playLife(db: Database, organisation: string, shape: LifeShape, mark: string): Promise<Template> {
  let consignment: string | null = null;
  for (const { at, ...heard } of lifeOf(shape, mark).heard) {
    const context = { organisation, journal: null, heard: at, via: 'push' } as const;
    ({ consignment } = await inTransaction(db, (tx) => ingest(tx, heard, context)));
    if (consignment === null) throw new Error(`${shape.name}: it was parked`);
    if (shape.untold !== true) await sendAll(db, organisation, consignment, shape);
  }
  if (consignment === null) throw new Error(`${shape.name}: nothing was said`);
  await db.query(
    `update consignment set qargo = qargo || jsonb_build_object('orderId', $2::text, 'orderIdentifier', $3::text) where id = $1`,
    [consignment, `0f${mark}a`, `PWQ${mark}`],
  );
  if (shape.until === 'signed') await lookAtCloseOut(db, consignment, 'export');
  if (shape.closed === true) await close(db, organisation, consignment);
  return { consignment, shape, mark };
}

async function close(db: Database, organisation: string, consignment: string): Promise<void> {
  await db.query(`update status set quiet_at = quiet_at - interval '30 days' where consignment = $1`, [consignment]);
  const { version, page } = await planOf(db, consignment);
  if (!(await closeConsignment(db, consignment, version)))
    throw new Error(`${organisation} ${consignment} cannot be closed: ${JSON.stringify(page.outstanding)}`);
}

/** Sends what is due, and what becomes due by that, with the outcome that the shape names. */
async function sendAll(db: Database, organisation: string, consignment: string, shape: LifeShape): Promise<void> {
  for (let round = 0; round < 10; round += 1) {
    let sent = 0;
    for (const lane of lanes) {
      const due = (await takeWork(db, organisation, consignment, lane)).items.filter(
        ({ kind }) => shape.left?.[kind] !== 'open',
      );
      if (due.length === 0) continue;
      await send(
        db,
        { organisation, consignment, counterpart: counterpartOf(lane), sender: 'bench', doubtMs: 0 },
        due,
        shape,
      );
      sent += due.length;
    }
    if (sent === 0) return;
  }
}

async function send(
  db: Database,
  owner: Parameters<typeof intend>[1],
  due: readonly Item[],
  shape: LifeShape,
): Promise<void> {
  await intend(
    db,
    owner,
    due.map((item) => ({ item })),
  );
  await markSending(
    db,
    owner,
    due.map(({ key }) => key),
  );
  const outcomes = due.map((item): Outcome => {
    const state = shape.left?.[item.kind] ?? 'met';
    return state === 'met' || state === 'open'
      ? { item, state: 'met', proof: { note: '123456', at: 'read back' } }
      : {
          item,
          state,
          cause:
            state === 'refused' ? { code: 'unmapped', table: 'service', value: 'no code' } : { code: 'answer lost' },
          reason: 'the far side said no',
        };
  });
  await inTransaction(db, (tx) => settle(tx, owner, outcomes));
}

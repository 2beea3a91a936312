/** What a send takes, and what the note desk sends, while a row of the integration is switched off meanwhile. */
import { expect, test } from 'vitest';
import type { DecisionFact, NewFact } from '../../domain/facts/facts.ts';
import { lanes } from '../../domain/obligations/lanes.ts';
import type { Row, Switch } from '../../domain/policy/rows.ts';
import { keepDecision } from '../../store/decisions/decisions.ts';
import { takeWork } from '../../store/due/take.ts';
import { claimWaiting, notesAtHand, returnToWaiting } from '../../store/outbox/notes.ts';
import { type Item, intend } from '../../store/outbox/receipts.ts';
import { inTransaction } from '../../store/postgres/database.ts';
import { askRefresh } from '../../store/record/commands.ts';
import { useRecord } from './record.ts';
import { outstandingKeys, setPolicy } from './rows.ts';
import { milestone, minute, order, said, scan, trackingFact } from './said.ts';

const record = useRecord();
const names = { trackingId: '60012340167' };

const consigned = (...facts: readonly NewFact[]) =>
  record().heard(names, [order('one', 0), trackingFact(0, names.trackingId), ...facts]);

/** Everything that sends take of a consignment while these rows are switched so. */
async function taken(consignment: string, rows: Partial<Record<Row, Switch>> = {}): Promise<Item[]> {
  const { db, organisation } = record();
  await setPolicy(record(), { rows });
  const items: Item[] = [];
  for (const lane of lanes) items.push(...(await takeWork(db, organisation, consignment, lane)).items);
  return items;
}
const kindsTaken = async (consignment: string, rows: Partial<Record<Row, Switch>> = {}) =>
  (await taken(consignment, rows)).map(({ kind }) => kind).sort();

const busy = () => consigned(scan(3), milestone('delivered', 4));

test('all on: everything is taken', async () => {
  expect(await kindsTaken(await busy())).toEqual(['evidence', 'milestone', 'order', 'references', 'scan']);
});

test('what is off is left out and stays outstanding until it is on again; a read is never off', async () => {
  const { db, organisation } = record();
  const consignment = await busy();
  await askRefresh(db, { organisation, consignment }, { who: 'Jo', why: 'is it there?' });
  const held = { scans: 'off', milestones: 'shadow', labels: 'off' } as const;
  expect(await kindsTaken(consignment, held)).toEqual(['evidence', 'order', 'refresh', 'refresh']);
  expect(await outstandingKeys(record(), consignment)).toEqual(
    expect.arrayContaining([
      'references',
      `milestone:stop-1:delivered:${minute(4)}`,
      `scan:B00432B6FE:load:${minute(3)}`,
    ]),
  );
  expect(await kindsTaken(consignment)).toEqual([
    'evidence',
    'milestone',
    'order',
    'references',
    'refresh',
    'refresh',
    'scan',
  ]);
});

test('where nothing is left nothing is taken', async () => {
  expect(await kindsTaken(await consigned(), { orders: 'off', labels: 'shadow' })).toEqual([]);
});

test('of decisions and files the fact says whose they are: those on cancellations and photos of exceptions stay with their rows', async () => {
  const document = (document: string, role: 'signature' | 'exception-photo'): NewFact => {
    return { ...said(6), kind: 'document', id: `qg:document:${document}`, source: 'qargo', document, role };
  };
  const { db, organisation } = record();
  const consignment = await consigned(document('signature', 'signature'), document('damage', 'exception-photo'));
  const judged = (on: string, decision: DecisionFact['decision']) =>
    inTransaction(db, (tx) => {
      return keepDecision(tx, consignment, organisation, {
        on,
        decision,
        stage: 'loaded',
        fields: [],
        attempt: 0,
        tell: ['palletways'],
      });
    });
  const draws = new Map([
    [(await judged('an edit', 'refused')).id, 'edit'],
    [(await judged('cancel', 'refused')).id, 'refusal'],
    ['qg:document:signature', 'signature'],
    ['qg:document:damage', 'damage'],
  ]);
  const handed = async (rows: Partial<Record<Row, Switch>>) =>
    (await taken(consignment, rows))
      .flatMap(({ kind, fact }) => (kind === 'decision' || kind === 'file' ? (draws.get(fact) ?? []) : []))
      .sort();
  expect(await handed({ cancellations: 'shadow', exceptions: 'off' })).toEqual(['edit', 'signature']);
  expect(await handed({ orders: 'off', pod: 'shadow' })).toEqual(['damage', 'refusal']);
  expect(await handed({ orders: 'off', cancellations: 'off', pod: 'off', exceptions: 'shadow' })).toEqual([]);
  expect(await handed({})).toEqual(['damage', 'edit', 'refusal', 'signature']);
});

test('a note that waits is not sent while its row is off or in shadow, and goes when it is on again', async () => {
  const { db, organisation } = record();
  const consignment = await consigned(scan(3));
  const [item] = (await taken(consignment)).filter(({ kind }) => kind === 'scan');
  if (item === undefined) throw new Error('no scan is taken');
  const owner = { organisation, consignment, counterpart: 'palletways', sender: 'me', doubtMs: 1 } as const;
  await intend(db, owner, [{ item, waiting: { ref: 'r', payload: { at: minute(3) } } }]);
  const claimed = async () => {
    const notes = await claimWaiting(db, organisation, 10, 'desk', 60_000);
    await returnToWaiting(db, notes, 'desk');
    return notes.map((note) => note.item.key);
  };
  for (const at of ['off', 'shadow'] as const) {
    await setPolicy(record(), { rows: { scans: at } });
    expect([(await notesAtHand(db, organisation)).waiting, await claimed()]).toEqual([false, []]);
  }
  await setPolicy(record(), {});
  expect([(await notesAtHand(db, organisation)).waiting, await claimed()]).toEqual([true, [item.key]]);
});

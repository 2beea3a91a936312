/** What looks like a cancellation at Palletways, and is none that the account's tables know (wire assumption 27). */
import { expect, test } from 'vitest';
import { readCancelStatuses } from '../../connectors/palletways/read-cancel-signs.ts';
import { conStatus } from '../../connectors/palletways/wire.ts';
import { stageOf } from '../../domain/state/state.ts';
import { settleQuestion } from '../../store/decisions/decisions.ts';
import { notePresence } from '../../store/intake/presence.ts';
import { inTransaction, now } from '../../store/postgres/database.ts';
import { attention } from '../../store/views/attention.ts';
import { useRecord } from './record.ts';
import { order, trackingFact } from './said.ts';
import { noteOf, sweepOnce } from './swept-palletways.ts';

const record = useRecord();
let made = 0;

async function begun(): Promise<{ readonly consignment: string; readonly trackingId: string }> {
  const trackingId = `6001238${String(++made).padStart(4, '0')}`;
  const consignment = await record().heard({ trackingId }, [order('one', 0), trackingFact(0, trackingId)]);
  await record().db.query(
    `update consignment set tracking_id = $2, palletways_read_at = clock_timestamp(), created_at = clock_timestamp() - interval '2 days' where id = $1`,
    [consignment, trackingId],
  );
  return { consignment, trackingId };
}

const lines = async () =>
  (await attention(record().db, { organisation: record().organisation })).lines.filter(
    ({ kind }) => kind === 'decision',
  );
const stage = async (consignment: string) => stageOf((await record().state(consignment)).state);
const settle = (consignment: string, decision: 'accepted' | 'refused') =>
  settleQuestion(record().db, record().organisation, consignment, { decision, who: 'Ana', why: 'asked' }, () => []);

const notes = (...told: readonly ReturnType<typeof noteOf>[]) => ({
  getNotes: async () => ({ notes: told, problems: [] }),
});
const status = (
  said: (trackingId: string) => { readonly statusCode?: string; readonly statusDescription?: string },
) => ({
  getDynConStatus: async (trackingId: string) => [
    {
      ...conStatus({ name: 'Data', text: '', children: [] }),
      trackingId,
      statusCode: '100',
      statusDescription: 'NOT BARCODED',
      ...said(trackingId),
    },
  ],
});

test.for(['Consignment cancelled.', 'ENVIO ANULADO por el cliente', 'Pedido cancelado'])(
  'a note that says "%s" in free text is a question that names it, and never a cancellation by itself',
  async (NoteText) => {
    const { consignment, trackingId } = await begun();
    const note = noteOf(1, trackingId, { NoteGroup: 'JIN', NoteType: 'GIN', NoteText });
    await sweepOnce(record(), notes(note));
    expect(await stage(consignment)).toBe('announced');
    const [line, ...others] = await lines();
    expect(others).toEqual([]);
    expect(line).toMatchObject({ consignment, owner: 'depot' });
    expect(line?.what).toContain('JIN/GIN');
    expect(line?.next).toContain('wire.palletways.cancelCodes');
    await settle(consignment, 'accepted');
    expect(await stage(consignment)).toBe('cancelled');
    expect(await lines()).toEqual([]);
  },
);

test.for(['Please scan all pallets', 'Granular goods, manual handling', 'ETA 12:00'])(
  'a note that says "%s" asks nobody',
  async (NoteText) => {
    const { trackingId } = await begun();
    await sweepOnce(record(), notes(noteOf(1, trackingId, { NoteGroup: 'JIN', NoteType: 'GIN', NoteText })));
    expect(await lines()).toEqual([]);
  },
);

test('status 15 is a question with the setting that would make it a cancellation; answered with no, the same status asks no more', async () => {
  const { consignment, trackingId } = await begun();
  const client = status((id) => (id === trackingId ? { statusCode: '15', statusDescription: 'REJECTED' } : {}));
  await sweepOnce(record(), client);
  expect(await stage(consignment)).toBe('announced');
  const [line] = await lines();
  expect(line?.what).toContain('15 REJECTED');
  expect(line?.next).toContain('wire.palletways.cancelStatuses');
  await settle(consignment, 'refused');
  expect(await lines()).toEqual([]);
  await record().db.query(
    `update consignment set palletways_status_at = clock_timestamp() - interval '2 days' where id = $1`,
    [consignment],
  );
  await sweepOnce(record(), client);
  expect(await lines()).toEqual([]);
  expect(await stage(consignment)).toBe('announced');
});

test('the answer of a read that it is there withdraws no sign of a cancellation, and what was left asks again once it is not there', async () => {
  const { consignment, trackingId } = await begun();
  await sweepOnce(record(), notes(noteOf(1, trackingId, { NoteGroup: 'JIN', NoteType: 'GIN', NoteText: 'Cancelled' })));
  const seen = async (present: boolean) => {
    const heard = {
      organisation: record().organisation,
      journal: null,
      heard: await now(record().db),
      via: 'read',
    } as const;
    await inTransaction(record().db, (tx) => notePresence(tx, consignment, present, heard));
  };
  await seen(true);
  expect(await lines()).toHaveLength(1);
  await settle(consignment, 'refused');
  expect(await lines()).toEqual([]);
  await seen(false);
  expect(await lines()).toMatchObject([{ cause: { code: 'missing at Palletways' } }]);
});

test('a status that nothing says of, and statuses of the published table, ask nobody', async () => {
  const { trackingId } = await begun();
  for (const statusCode of ['', '100', '700', '900', '957'])
    await sweepOnce(
      record(),
      status((id) => (id === trackingId ? { statusCode, statusDescription: '' } : {})),
    );
  expect(await lines()).toEqual([]);
});

test('a status whose name says that it was cancelled is a question, whatever its number', async () => {
  const { trackingId } = await begun();
  await sweepOnce(
    record(),
    status((id) => (id === trackingId ? { statusCode: '957', statusDescription: 'CANCELADO' } : {})),
  );
  expect((await lines())[0]?.what).toContain('957 CANCELADO');
});

test('a status that the account takes for a cancellation is one, and what the table lets pass asks nobody', async () => {
  const { trackingId } = await begun();
  const row = { ...conStatus({ name: 'Data', text: '', children: [] }), trackingId, statusCode: '15' };
  const context = { zone: 'UTC', receivedAt: '2026-11-24T07:00:00.000Z', digest: () => '' };
  const facts = (means: 'cancelled' | 'nothing') =>
    readCancelStatuses([row], { ...context, cancelStatuses: { '15': means } }).heard.flatMap((heard) => heard.facts);
  expect(facts('nothing')).toEqual([]);
  const { consignment } = await record().hear({ trackingId }, facts('cancelled'));
  expect(await stage(consignment ?? '')).toBe('cancelled');
});

import { expect, it } from 'vitest';
import { defaultNetworkCodes, defaultNetworkStatuses } from '../../../connectors/palletways/config.ts';
import { readNotes } from '../../../connectors/palletways/read.ts';
import type { PalletwaysNote } from '../../../connectors/palletways/wire.ts';
import { noteRead } from './note-read.ts';

const network = { codes: defaultNetworkCodes, statuses: defaultNetworkStatuses };
const context = {
  zone: 'Europe/Madrid',
  receivedAt: '2026-11-23T12:00:00.000Z',
  digest: (text: string) => `<${text}>`,
};

const note = (more: Partial<PalletwaysNote>) =>
  noteRead({ NoteGroup: 'JIN', NoteType: 'GIN', NoteTime: '06:10', StatusCode: '0', ...more });
const facts = (...notes: PalletwaysNote[]) =>
  readNotes(notes, { ...context, network }).heard.flatMap((heard) => heard.facts);

it.each(Object.entries(defaultNetworkStatuses))('status %s of a note is %s', (StatusCode, code) => {
  expect(facts(note({ StatusCode })).filter(({ kind }) => kind !== 'presence')).toEqual([
    expect.objectContaining({
      kind: 'network',
      id: 'pw:network:60012340167:991',
      code,
      at: '2026-11-23T05:10:00.000Z',
      zone: 'Europe/Madrid',
    }),
  ]);
});

it('group and type come before the status, and a note that no table names says nothing', () => {
  const news = (said: Partial<PalletwaysNote>) => facts(note(said)).filter(({ kind }) => kind === 'network');
  expect(news({ NoteGroup: 'HLD', NoteType: 'STK', StatusCode: '700' })).toMatchObject([{ code: 'STOCK_HELD' }]);
  expect(news({ NoteGroup: 'REJ', NoteType: 'ANY' })).toMatchObject([{ code: 'REJECTED' }]);
  expect(facts(note({ NoteGroup: 'JIN', NoteType: 'GIN' }))).toEqual([]);
});

it.each([
  ['what went wrong', { NoteGroup: 'HLD', NoteType: 'STK' }, ['network', 'exception']],
  ['a failed attempt', { NoteGroup: 'STS', NoteType: 'FLD' }, ['network', 'exception']],
  [
    'a weight that a hub measured',
    { NoteGroup: 'CHG', NoteType: 'WGT', NoteText: '640 kg', StatusCode: '500' },
    ['network', 'charge'],
  ],
])('a note that tells %s besides is two facts, each with an id of its own', (_, said, kinds) => {
  const told = facts(note(said));
  expect(told.map(({ kind }) => kind)).toEqual(kinds);
  expect(new Set(told.map(({ id }) => id)).size).toBe(2);
  const unread = readNotes([note({ ...said, NoteDate: '', NoteTime: '', Delta: null })], { ...context, network });
  expect(new Set(unread.problems.map(({ field }) => field)).size).toBe(unread.problems.length);
});

it('a book-in keeps its local date and time; contact and reference travel as a digest', () => {
  const bin = note({
    NoteGroup: 'BIN',
    NoteType: 'BIN',
    BookInDate: '2026-11-25',
    BookInTime: '10:30:00',
    BookInContact: 'Ana Ruiz',
    BookInReference: 'SLOT-9',
  });
  const [fact] = facts(bin);
  expect(fact).toMatchObject({
    code: 'BOOKED',
    bookIn: { date: '2026-11-25', time: '10:30', digest: '<Ana Ruiz\nSLOT-9>' },
  });
  const { body, ...travels } = fact ?? {};
  expect(body).toMatchObject({ contact: 'Ana Ruiz', reference: 'SLOT-9', date: '2026-11-25', time: '10:30' });
  expect(JSON.stringify({ ...travels, bookIn: undefined })).not.toContain('Ana');
  const bad = readNotes([{ ...bin, BookInDate: '25/13/26' }], { ...context, network });
  expect(bad.problems).toEqual([
    { field: 'Detail.Data[0].BookInDate', message: 'is not a date YYYY-MM-DD of this century' },
  ]);
  expect(bad.heard[0]?.facts[0]).not.toHaveProperty('bookIn');
});

it('our own notes are echo, a cancellation is one whatever the tables say, and without tables nothing is heard', () => {
  const ours = 'DLV 2026-11-23T05:12:33+00:00 #abcdefgh12';
  expect(facts(note({ NoteGroup: 'STS', NoteType: 'DLV', StatusCode: '900', NoteText: ours }))).toEqual([]);
  expect(
    facts(note({ NoteGroup: 'STS', NoteType: 'DLV', NoteText: 'by depot 312', PodSignature: 'J Doe' })),
  ).toMatchObject([{ code: 'DELIVERED', body: { signedBy: 'J Doe' } }]);
  expect(facts(note({ NoteGroup: 'CAN', NoteType: 'CAN', StatusCode: '15' }))).toMatchObject([
    { kind: 'cancellation' },
  ]);
  expect(readNotes([note({ StatusCode: '500' })], context).heard).toEqual([]);
});

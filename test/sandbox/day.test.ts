import { createHash } from 'node:crypto';
import { fileTypeFromBuffer } from 'file-type';
import { PDFDocument } from 'pdf-lib';
import { describe, expect, test } from 'vitest';
import { type Evidence, makeEvidence } from '../../sandbox/day/evidence.ts';
import { LIFE, lifeSteps } from '../../sandbox/day/life.ts';
import { plan } from '../../sandbox/day/plan.ts';
import { type Plan, READ_AFTER_MS, type Step } from '../../sandbox/day/steps.ts';
import { THREE_DAYS_MS } from '../../sandbox/day/story.ts';

const NOW = Date.parse('2026-11-23T17:00:00Z');
const options = { consignments: 24, seed: 1, organisations: 4, pace: 1, now: NOW };

/** The steps with what a driver sends late in its place. */
const flat = ({ steps }: Plan): Step[] =>
  steps.flatMap((step): Step[] => (step.kind === 'offline' ? [step, ...step.deeds] : [step]));
const files = (day: Plan): Evidence[] =>
  flat(day).flatMap((step) => {
    if (step.kind === 'pod') return step.documents;
    return step.kind === 'stop' ? (step.incident?.photos ?? []) : [];
  });

describe('plan of a day', () => {
  test('the same seed gives the same plan, another seed another one', () => {
    expect(plan(options)).toEqual(plan(options));
    expect(plan({ ...options, seed: 2 })).not.toEqual(plan(options));
  });

  test.each([24, 60, 200])('%i consignments: every kind of step and every fate is in it', (consignments) => {
    const day = plan({ ...options, consignments });
    const kinds = new Set(flat(day).map((step) => step.kind));
    expect([...kinds].sort()).toEqual([
      'cancel',
      'create',
      'edit',
      'label',
      'offline',
      'plan',
      'pod',
      'remove',
      'scan',
      'stop',
    ]);
    const stops = flat(day).filter((step) => step.kind === 'stop');
    expect(stops.some((step) => step.status === 'FAILED')).toBe(true);
    expect(stops.some((step) => step.status === 'COMPLETED' && step.incident?.code === 'DAMAGE')).toBe(true);
    expect(day.steps.filter((step) => step.kind === 'create' && step.trackingDelayMs > 0).length).toBeGreaterThan(0);
    expect(new Set(flat(day).map((step) => step.organisation)).size).toBe(4);
  });

  test.each([24, 200])('%i consignments: never longer than about six minutes, divided by the pace', (consignments) => {
    const day = plan({ ...options, consignments });
    expect(day.length).toBeLessThan(400_000);
    expect(plan({ ...options, consignments, pace: 10 }).length).toBeCloseTo(day.length / 10, -1);
  });

  test.each([1, 2, 3, 4])('seed %i: what only a read tells stands until a read has seen it', (seed) => {
    const day = plan({ ...options, consignments: 60, seed });
    const unseen = day.steps.filter(
      (step) => step.kind === 'remove' || (step.kind === 'stop' && step.status === 'FAILED'),
    );
    expect(unseen.length).toBeGreaterThan(2);
    for (const step of unseen) {
      const again = day.steps.find(
        (later) => later.kind === 'plan' && later.at > step.at && later.keys.some((key) => step.keys.includes(key)),
      );
      if (again !== undefined) expect(again.at - step.at).toBeGreaterThanOrEqual(READ_AFTER_MS);
      if (again !== undefined) expect(again.standsFor).toBe(READ_AFTER_MS);
    }
  });

  test('instants are those of a day that ends now, in the order of each consignment’s life', () => {
    const day = plan({ ...options, consignments: 60 });
    const last = new Map<string, number>();
    for (const step of flat(day)) {
      if (!('instant' in step) || step.kind === 'pod') continue;
      const instant = Date.parse(step.instant);
      expect(instant).toBeLessThanOrEqual(NOW);
      expect(instant).toBeGreaterThan(NOW - 86_400_000);
      for (const key of step.keys) {
        expect(instant).toBeGreaterThanOrEqual(last.get(key) ?? 0);
        last.set(key, instant);
      }
    }
  });

  test('one driver is without network for two hours and sends it all later, twice and shuffled', () => {
    const offline = plan({ ...options, consignments: 60 }).steps.filter((step) => step.kind === 'offline');
    expect(offline).toHaveLength(1);
    const instants = offline.flatMap((step) => step.deeds.map((deed) => Date.parse(deed.instant)));
    expect(Math.max(...instants) - Math.min(...instants)).toBeLessThanOrEqual(2 * 3_600_000);
    expect(instants.length).toBeGreaterThan(3);
  });

  test('lifts are the sum of the bill units, before and after an edit of them', () => {
    for (const step of plan({ ...options, consignments: 200 }).steps) {
      const words = step.kind === 'create' ? step.consignment : step.kind === 'edit' ? step.changes : {};
      if (words.BillUnit === undefined) continue;
      expect(words.BillUnit.reduce((sum, unit) => sum + Number(unit.Amount), 0)).toBe(Number(words.Lifts));
    }
  });

  test('scans of a consignment never ask for more pallets than it has', () => {
    const day = plan({ ...options, consignments: 200 });
    const lifts = new Map<string, number>();
    for (const step of flat(day)) {
      const [key = ''] = step.keys;
      if (step.kind === 'create') lifts.set(key, Number(step.consignment.Lifts));
      if (step.kind === 'edit' && step.changes.Lifts !== undefined) lifts.set(key, Number(step.changes.Lifts));
      if (step.kind === 'scan') expect(step.lift).toBeLessThan(lifts.get(key) ?? 0);
    }
  });
});

describe('a full story', () => {
  const told = (consignments: number) => plan({ ...options, consignments, story: 'full' });

  test('adds to the day and changes none of its steps, but for proofs of delivery that come three days later', () => {
    const day = plan({ ...options, consignments: 60 });
    const own = new Set(day.steps.map((step) => JSON.stringify(step)));
    const { steps } = told(60);
    const all = new Set(steps.map((step) => JSON.stringify(step)));
    const moved = day.steps.filter((step) => !all.has(JSON.stringify(step)));
    expect(moved.length).toBeGreaterThan(1);
    for (const step of moved) {
      const pod = steps.find((one) => one.kind === 'pod' && one.keys.join() === step.keys.join());
      const lastOfDay = Math.max(
        ...day.steps.filter(({ keys }) => keys.includes(step.keys[0] ?? '')).map(({ at }) => at),
      );
      // in its own words, its true time included
      const { push: _, ...as } = { push: undefined, ...pod } as unknown as Record<string, unknown>;
      expect(as).toEqual({ ...step, at: lastOfDay + THREE_DAYS_MS });
    }
    const added = steps.filter((step) => !own.has(JSON.stringify(step)));
    expect(new Set(added.map(({ kind }) => kind))).toEqual(
      new Set(['network', 'edit', 'desk', 'weigh', 'cancel', 'revive', 'documents', 'pod']),
    );
    expect(told(60).steps).toEqual(steps);
  });

  test.each([24, 60, 300])(
    '%i consignments: cancelled on the road, after a failure and after the delivery',
    (consignments) => {
      const steps = told(consignments).steps;
      const before = (cancel: Step) =>
        steps.slice(0, steps.indexOf(cancel)).filter((one) => one.keys.includes(cancel.keys[0] ?? ''));
      const stages = steps
        .filter((step) => step.kind === 'cancel')
        .map((cancel) =>
          before(cancel).findLast((one) => one.kind === 'stop' || one.kind === 'offline' || one.kind === 'plan'),
        )
        .map((one) => (one?.kind === 'stop' ? `${one.stop} ${one.status}` : (one?.kind ?? 'announced')));
      expect([...new Set(stages)]).toEqual(
        expect.arrayContaining(['DELIVERY COMPLETED', 'DELIVERY FAILED', 'PICKUP COMPLETED', 'announced', 'plan']),
      );
    },
  );

  test.each([24, 60, 300])('%i consignments: everything of it is there', (consignments) => {
    const steps = told(consignments).steps;
    const calls = new Set(steps.flatMap((step) => (step.kind === 'desk' ? [step.call] : [])));
    expect([...calls].toSorted()).toEqual(['charges', 'custom', 'edit', 'eta']);
    const notes = steps.flatMap((step) => (step.kind === 'network' ? [step.note] : []));
    expect(
      notes.some((note) => note.statusCode === 500) &&
        notes.some((note) => note.group === 'BIN') &&
        notes.some((note) => note.group === 'CHG'),
    ).toBe(true);
    for (const kind of ['revive', 'documents']) expect(steps.some((step) => step.kind === kind)).toBe(true);
    expect(
      steps.some(
        (step) => step.kind === 'edit' && step.changes.BillUnit !== undefined && step.changes.Lifts === undefined,
      ),
    ).toBe(true);
  });

  test('what needs an order comes after its plan, a late proof after the proof of delivery, a revival after the cancellation was read', () => {
    const steps = told(60).steps;
    const at = (key: string | undefined, fits: (step: Step) => boolean) =>
      steps.findIndex((step) => step.keys.includes(key ?? '') && fits(step));
    const proves = (step: Step): boolean =>
      step.kind === 'pod' || (step.kind === 'offline' && step.deeds.some((deed) => deed.kind === 'pod'));
    for (const [index, step] of steps.entries()) {
      const [key] = step.keys;
      if (step.kind === 'desk' || step.kind === 'documents')
        expect(index).toBeGreaterThan(at(key, (one) => one.kind === 'plan'));
      if (step.kind === 'desk' && step.call === 'eta')
        expect(index).toBeLessThan(at(key, (one) => one.kind === 'stop' || one.kind === 'offline'));
      if (step.kind === 'documents') expect(index).toBeGreaterThan(at(key, proves));
      if (step.kind === 'revive') {
        const cancelled = steps[at(key, (one) => one.kind === 'cancel')];
        expect(step.at - (cancelled?.at ?? Number.POSITIVE_INFINITY)).toBeGreaterThanOrEqual(READ_AFTER_MS);
      }
    }
  });
});

describe('evidence', () => {
  test('every file of a day is another one, and the same when it is made again', async () => {
    const day = plan({ ...options, consignments: 60 });
    const all = files(day);
    const hash = async (evidence: Evidence) =>
      createHash('sha256')
        .update((await makeEvidence(day.seed, evidence)).bytes)
        .digest('hex');
    const hashes = await Promise.all(all.map(hash));
    expect(new Set(hashes).size).toBe(all.length);
    expect(await Promise.all(all.slice(0, 10).map(hash))).toEqual(hashes.slice(0, 10));
    const [some] = all;
    if (some === undefined) throw new Error('no evidence in the day');
    expect((await makeEvidence(day.seed + 1, some)).bytes).not.toEqual((await makeEvidence(day.seed, some)).bytes);
  });

  test.each([
    ['signature', 'image/png', '89504e470d0a1a0a'],
    ['photo', 'image/jpeg', 'ffd8ff'],
    ['damage', 'image/jpeg', 'ffd8ff'],
    ['signed pod', 'application/pdf', Buffer.from('%PDF-').toString('hex')],
  ] as const)('a %s is a real %s', async (what, contentType, magic) => {
    const { bytes, contentType: told } = await makeEvidence(1, { what, id: 'x', name: 'x', signedBy: 'A. Byrne' });
    expect(told).toBe(contentType);
    expect(bytes.toString('hex').startsWith(magic)).toBe(true);
    expect((await fileTypeFromBuffer(bytes))?.mime).toBe(contentType);
  });

  test('readers of pictures accept them: sizes are read, the PNG is decoded', async () => {
    const document = await PDFDocument.create();
    const bytesOf = async (evidence: Evidence) => new Uint8Array((await makeEvidence(1, evidence)).bytes);
    const photo = await document.embedJpg(await bytesOf({ what: 'photo', id: 'x', name: 'x' }));
    expect([photo.width, photo.height]).toEqual([160, 120]);
    const ink = await document.embedPng(await bytesOf({ what: 'signature', id: 'x', name: 'x' }));
    expect([ink.width, ink.height]).toEqual([240, 100]);
    const pod = await PDFDocument.load(await bytesOf({ what: 'signed pod', id: 'x', name: 'x', signedBy: 'B' }));
    expect(pod.getPageCount()).toBe(1);
  });
});

test('a life is twelve things: as many steps as it says', () => {
  const { office, deeds } = lifeSteps('a', 1, NOW);
  expect(office.length + 1 + deeds.length).toBe(LIFE.length);
  expect(deeds.filter((deed) => deed.kind === 'scan')).toHaveLength(4);
  expect(deeds.filter((deed) => deed.kind === 'stop')).toHaveLength(3);
  const pod = deeds.find((deed) => deed.kind === 'pod');
  expect(
    pod?.kind === 'pod' && pod.documents.filter((document) => document.type === 'PHOTO_OF_GOODS_DELIVERY').length,
  ).toBe(2);
});

/** The register of wire assumptions (domain/wire/): whole, true to the configuration, and the same as the page. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { withRegister, writtenByHand } from '../../bench/wire-page.ts';
import { palletwaysWire } from '../../connectors/palletways/config.ts';
import { qargoWire } from '../../connectors/qargo/config.ts';
import { strengths } from '../../domain/wire/assumption.ts';
import { alternativeIds, assumption, assumptions } from '../../domain/wire/register.ts';
import { flips as palletwaysFlips } from '../../sandbox/palletways/flips.ts';
import { flips as qargoFlips } from '../../sandbox/qargo/flips.ts';
import { organisationSchema } from '../../store/organisations/schema.ts';
import { house } from './house.ts';
import { hasPath } from './schema-path.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/wire-assumptions.md'), 'utf8');

/** Where the rest of a path is looked up: what an account does otherwise is the connectors' own to check. */
function isSetting(path: string): boolean {
  const wires: readonly (readonly [string, z.ZodType])[] = [
    ['wire.palletways.', palletwaysWire],
    ['wire.qargo.', qargoWire],
  ];
  for (const [prefix, schema] of wires)
    if (path.startsWith(prefix)) return hasPath(schema, path.slice(prefix.length).split('.'));
  return hasPath(organisationSchema, path.split('.'));
}

describe('the register of wire assumptions', () => {
  test('has each of the 70 of the list and the further ones once, by side', () => {
    const ids = assumptions.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => id <= 70)).toEqual(Array.from({ length: 70 }, (_, place) => place + 1));
    for (const { id, side } of assumptions) {
      const expected = id <= 37 || (id > 70 && id <= 90) || (id > 100 && id < 151) ? 'palletways' : 'qargo';
      expect([id, side]).toEqual([id, expected]);
    }
  });

  test('has at least 150 alternatives of at least 70 assumptions', () => {
    expect(alternativeIds().length).toBeGreaterThanOrEqual(150);
    expect(assumptions.filter(({ alternatives }) => alternatives.length > 0).length).toBeGreaterThanOrEqual(70);
    for (const { id, alternatives } of assumptions) expect([id, alternatives.length > 0]).toEqual([id, true]);
  });

  test('leaves nothing of an entry empty, and names a source wherever there is evidence', () => {
    for (const { id, taken, evidence, settledBy, otherwise } of assumptions) {
      for (const text of [taken, settledBy, otherwise])
        expect([id, text]).toEqual([id, expect.stringMatching(/^\S.*\.$/s)]);
      expect(strengths).toContain(evidence.strength);
      if (evidence.strength !== 'nothing') expect([id, evidence.source]).toEqual([id, expect.stringMatching(/\S/)]);
    }
  });

  test('names settings that are in the configuration of an organisation', () => {
    const unknown = assumptions.flatMap(({ id, settings }) =>
      settings.filter((path) => !isSetting(path)).map((path) => `${id}: ${path}`),
    );
    expect(unknown).toEqual([]);
    expect(isSetting('wire.palletways.codes.nothing')).toBe(false);
    expect(isSetting('policy.nothing')).toBe(false);
  });

  test('names each thing that an account can say otherwise', () => {
    const named = assumptions.flatMap(({ settings }) => settings);
    const sayable = [
      ...Object.keys(palletwaysWire.shape).map((key) => `wire.palletways.${key}`),
      ...Object.keys(qargoWire.shape).map((key) => `wire.qargo.${key}`),
    ];
    expect(sayable.filter((path) => !named.some((each) => each === path || each.startsWith(`${path}.`)))).toEqual([]);
  });

  test('has every flip that the twins play, under its id', () => {
    const ours = new Set(alternativeIds());
    expect(palletwaysFlips.length).toBeGreaterThan(75);
    expect(qargoFlips.length).toBeGreaterThan(75);
    expect(
      [...palletwaysFlips, ...qargoFlips].filter(({ id }) => !ours.has(id)).map(({ id, does }) => `${id}: ${does}`),
    ).toEqual([]);
  });

  test('answers an entry by its id and refuses one that is not there', () => {
    expect(assumption(38).side).toBe('qargo');
    expect(() => assumption(999)).toThrow('no wire assumption 999');
  });
});

describe('docs/wire-assumptions.md', () => {
  test('has the register as it is now (npm run docs:wire)', () => {
    expect(page).toBe(withRegister(page));
  });

  test('names an entry wherever its own words assume something, and only entries that are there', () => {
    const ids = new Set(assumptions.map(({ id }) => id));
    const prose = writtenByHand(page);
    expect(prose.match(/[^\n]*\bassumed\b[^\n]*/gi)).toBeNull();
    const cited = [...prose.matchAll(/\bassumptions? (\d+(?:(?:, | and )\d+)*)/g)].flatMap(([, list = '']) =>
      list.split(/, | and /).map(Number),
    );
    expect(cited.length).toBeGreaterThan(50);
    expect(cited.filter((id) => !ids.has(id))).toEqual([]);
  });

  test('is what comments of the product mean: an assumption that they name by number is in the register', () => {
    const ids = new Set(assumptions.map(({ id }) => id));
    const wrong = [...house]
      .filter(([path]) => !path.startsWith('test/'))
      .flatMap(([path, text]) =>
        [...text.matchAll(/\bwire assumptions? (\d+)(?![.\d])/g)]
          .filter(([, id]) => !ids.has(Number(id)))
          .map(([words]) => `${path}: ${words}`),
      );
    expect(wrong).toEqual([]);
  });
});

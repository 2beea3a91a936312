/** The ground of a test file: a fresh record, and at the end what is derived in it is what facts and receipts make of it. */
import { afterAll, beforeAll } from 'vitest';
import { Ground } from '../../bench/ground.ts';
import type { Policy } from '../../domain/policy/settings.ts';
import { type FreshSchema, freshSchema } from '../postgres.ts';
import { expectProjected } from '../projected.ts';

export type { Ground, Letter } from '../../bench/ground.ts';

/** One ground for a test file. */
export function useGround(...policies: readonly Partial<Policy>[]): () => Ground {
  let ground: Ground | undefined;
  let schema: FreshSchema | undefined;
  beforeAll(async () => {
    schema = await freshSchema();
    ground = await Ground.open(schema, { policies });
  });
  afterAll(async () => {
    try {
      if (ground !== undefined) await expectProjected(ground.installation.db);
    } finally {
      await ground?.close();
      await schema?.close();
    }
  });
  return () => {
    if (ground === undefined) throw new Error('the ground is not open');
    return ground;
  };
}

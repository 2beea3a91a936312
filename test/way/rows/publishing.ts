/** The configuration of an organisation, read and changed over the operations API. */
import { expect } from 'vitest';
import { until } from '../../../bench/until.ts';
import type { Policy } from '../../../domain/policy/settings.ts';
import { call } from '../../../local/loopback.ts';
import type { House } from '../house.ts';

export interface Shown {
  readonly version: number;
  readonly organisation: Record<string, unknown> & {
    readonly qargo: Record<string, unknown>;
    readonly policy: Policy;
    readonly wire: { readonly palletways: Record<string, unknown>; readonly qargo: Record<string, unknown> };
  };
}
export interface Published {
  readonly version: number;
  readonly endedAt: string | null;
  readonly looked: number;
  readonly woken: number;
}

export const at = (of: House, path: string) => `${of.service}/operations/${path}`;
export const show = async (of: House, id: string) => (await call('GET', at(of, `organisations/${id}`))) as Shown;

/** Changes the configuration over the API and waits until it is published. */
export async function publish(
  of: House,
  id: string,
  change: (now: Shown['organisation']) => unknown,
): Promise<Published> {
  const { version, organisation } = await show(of, id);
  const body = { who: 'ana', why: 'a test', version, organisation: change(organisation), open: 'all' };
  const made = (await call('PUT', at(of, `organisations/${id}`), body)) as Shown;
  expect(made.version).toBe(version + 1);
  return until(
    `version ${made.version} to be published`,
    async () =>
      ((await call('GET', at(of, `organisations/${id}/publications`))) as Published[]).find(
        (each) => each.version === made.version && each.endedAt !== null,
      ),
    60_000,
  );
}

/** First contacts of the demonstration's organisations, as whoever runs the product makes them: contact, patch, contact, rows on. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { productCommand } from './product.ts';

interface Contacting {
  readonly dist: string;
  readonly env: NodeJS.ProcessEnv;
  readonly data: string;
}

const rows = [
  'orders',
  'labels',
  'cancellations',
  'planning',
  'milestones',
  'scans',
  'exceptions',
  'pod',
  'charges',
  'close-out',
];

/** Of each organisation the number of settings that its contact changed. What is left contradicted is accepted. */
export async function contactAll(ids: readonly string[], at: Contacting): Promise<Record<string, number>> {
  return Object.fromEntries(await Promise.all(ids.map(async (id) => [id, await contactOne(id, at)] as const)));
}

async function contactOne(id: string, { dist, env, data }: Contacting): Promise<number> {
  const folder = join(data, 'contact', id);
  mkdirSync(folder, { recursive: true });
  const contact = (accepted: readonly string[]) => {
    const accept = accepted.flatMap((one) => ['--accept', one]);
    return productCommand(dist, ['contact', id, '--days', '1', '--out', folder, ...accept], env);
  };
  // It ends with another code than 0 where anything contradicts; what it learned is in its files.
  const failed = await contact([]).then(
    () => null,
    (error: unknown) => error,
  );
  const { set } = patchIn(folder);
  const settings = Object.keys(set).length;
  if (settings > 0) await patch(id, join(folder, 'patch.json'), { dist, env });
  const table = readFileSync(join(folder, 'table.txt'), 'utf8');
  const contradicted = [...table.matchAll(/^\s*(\d+) {2}contradicted/gm)].flatMap(([, one]) => one ?? []);
  if (failed !== null && contradicted.length === 0) throw failed;
  if (failed !== null) await contact(contradicted);
  const file = join(folder, 'rows.json');
  const on = Object.fromEntries(rows.map((row) => [`policy.rows.${row}`, 'on']));
  writeFileSync(file, JSON.stringify({ version: patchIn(folder).version, set: on }));
  await patch(id, file, { dist, env });
  return settings;
}

const patch = (id: string, file: string, { dist, env }: Pick<Contacting, 'dist' | 'env'>) =>
  productCommand(dist, ['organisation', 'patch', id, '--file', file, '--open', 'all'], env);

const patchIn = (folder: string) =>
  JSON.parse(readFileSync(join(folder, 'patch.json'), 'utf8')) as { version: number; set: Record<string, unknown> };

/** `migrate` and `setup-temporal`: what an installation needs before its first start; both can be run again. */
import type { Command } from 'commander';
import { readEnvironment } from '../../store/organisations/installation.ts';
import { migrate } from '../../store/postgres/migrate.ts';
import { keepSearchAttributes } from '../operations/search-attributes.ts';
import { withTemporal } from './opening.ts';

/** Registers the search attributes that are missing in the namespace. */
export function registerSearchAttributes(): Promise<string[]> {
  return withTemporal(keepSearchAttributes);
}

/** Adds both commands. */
export function setup(program: Command): void {
  program
    .command('migrate')
    .description('brings the database schema up to date')
    .action(async () => {
      const env = readEnvironment({ PALLETWAYS_QARGO_BLOBS: '-', ...process.env });
      const done = await migrate({ url: env.DATABASE_URL, schema: env.DATABASE_SCHEMA });
      process.stdout.write(done.length === 0 ? 'the schema is up to date\n' : `migrated: ${done.join(', ')}\n`);
    });
  program
    .command('setup-temporal')
    .description('registers the search attributes in the Temporal namespace')
    .action(async () => {
      const made = await registerSearchAttributes();
      process.stdout.write(
        made.length === 0 ? 'all search attributes are there\n' : `registered: ${made.join(', ')}\n`,
      );
    });
}

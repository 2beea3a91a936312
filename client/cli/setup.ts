/** `migrate` and `setup-temporal`: what an installation needs before its first start; both can be run again. */
import { SearchAttributeType } from '@temporalio/common';
import protocol from '@temporalio/proto';
import type { Command } from 'commander';
import { readEnvironment } from '../../store/installation.ts';
import { migrate } from '../../store/migrate.ts';
import { searchAttributes } from '../../workflows/search-attributes.ts';
import { connectTemporal } from '../temporal.ts';

const { IndexedValueType } = protocol.temporal.api.enums.v1;
const types: Readonly<Record<string, protocol.temporal.api.enums.v1.IndexedValueType>> = {
  [SearchAttributeType.KEYWORD]: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
  [SearchAttributeType.KEYWORD_LIST]: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD_LIST,
  [SearchAttributeType.BOOL]: IndexedValueType.INDEXED_VALUE_TYPE_BOOL,
};

/** Registers the search attributes that are missing in the namespace. */
export async function registerSearchAttributes(): Promise<string[]> {
  const temporal = await connectTemporal();
  try {
    const namespace = temporal.options.namespace;
    const known = await temporal.connection.operatorService.listSearchAttributes({ namespace });
    const missing = Object.values(searchAttributes).filter(({ name }) => known.customAttributes?.[name] === undefined);
    if (missing.length > 0) {
      const wanted = Object.fromEntries(
        missing.map(({ name, type }) => [name, types[type] ?? IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD]),
      );
      await temporal.connection.operatorService.addSearchAttributes({ namespace, searchAttributes: wanted });
    }
    return missing.map(({ name }) => name);
  } finally {
    await temporal.connection.close();
  }
}

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
      process.stdout.write(made.length === 0 ? 'all search attributes are there\n' : `registered: ${made.join(', ')}\n`);
    });
}

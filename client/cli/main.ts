#!/usr/bin/env node
/** The command line: `palletways-qargo <command>`. Settings come from the environment (docs/configuration.md). */
import { Command } from 'commander';
import { adoptCommand } from './adopt.ts';
import { attentionCommand } from './attention.ts';
import { closeOutCommand } from './close-outs.ts';
import { consignmentCommands } from './consignments.ts';
import { contactCommand } from './contact.ts';
import { organisationCommands } from './organisations.ts';
import { rebuildCommand } from './rebuild.ts';
import { releaseCommand } from './release.ts';
import { scansCommand } from './scans.ts';
import { serve } from './serve.ts';
import { setup } from './setup.ts';
import { work } from './worker.ts';

const program = new Command('palletways-qargo')
  .description('Keeps Palletways and Qargo in step: one durable workflow per consignment.')
  .version('0.1.0');

program
  .command('serve')
  .description('the HTTP service: doors for pushes, operations API, dispatcher')
  .option('--port <port>', 'port to listen on', '8400')
  .option('--organisations <file>', 'organisations to begin with: JSON, read where the database has none')
  .option(
    '--host <host>',
    'address to listen on; beyond loopback PALLETWAYS_QARGO_OPERATIONS_TOKEN must be set',
    '127.0.0.1',
  )
  .action(serve);
program.command('worker').description('a worker; run as many as you like').action(work);
setup(program);
organisationCommands(program);
contactCommand(program);
adoptCommand(program);
attentionCommand(program);
consignmentCommands(program);
closeOutCommand(program);
scansCommand(program);
rebuildCommand(program);
releaseCommand(program);

program.parseAsync().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});

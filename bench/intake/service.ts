/**
 * A service as far as intake goes: the dispatcher alone, with a Temporal that takes every signal. Begins when its parent says
 * so; ends when it says so, or is gone.
 */

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { pino } from 'pino';
import { Dispatcher } from '../../client/dispatch/dispatcher.ts';
import { openInstallation } from '../../store/organisations/installation.ts';

/** What a call to a server on the same machine takes, ms. */
const signalMs = 2;

const taken = {
  connection: { withDeadline: (_: unknown, call: () => Promise<unknown>) => call() },
  workflow: { signalWithStart: () => sleep(signalMs) },
} as unknown as Client;

const installation = openInstallation('bench service', { max: 12 });
const log = pino({ level: 'warn' }, pino.destination(2));
const dispatcher = new Dispatcher({ installation, temporal: taken, log });
const delay = monitorEventLoopDelay({ resolution: 5 });
process.stdin.once('data', () => {
  delay.enable();
  dispatcher.start();
});
process.stdout.write('ready\n');
process.on('SIGTERM', () => {
  setTimeout(() => process.exit(1), 5_000).unref();
  process.stdout.write(`block ${Math.round(delay.max / 1e6)}\n`);
  void dispatcher
    .stop()
    .then(() => installation.close())
    .then(() => process.exit(0));
});
process.stdin.on('end', () => process.exit(1));
process.stdin.resume();

/**
 * Entry of the worker process. Prints `worker ready` when it polls; ends cleanly on SIGTERM. It waits out a Temporal that does not
 * answer. Where it cannot go on (its namespace is gone) it ends with 1, and whoever looks after the process starts it again.
 */
import { pino } from 'pino';
import { openInstallation } from '../activities/index.ts';
import { startWorker } from './worker.ts';

const installation = openInstallation('worker', { max: 40 });
const log = pino(
  {
    name: 'worker',
    level: installation.environment.LOG_LEVEL,
    redact: ['err.detail', 'err.where', 'err.internalQuery'],
  },
  pino.destination(2),
);
const worker = await startWorker(installation, log);
process.stdout.write('worker ready\n');
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => worker.stop());
if (process.env.PALLETWAYS_QARGO_PARENT === '1') {
  process.stdin.once('end', () => worker.stop()).once('error', () => worker.stop());
  process.stdin.resume();
}
const code = await worker.ended.then(
  () => 0,
  (error: unknown) => {
    log.fatal({ err: error }, 'the worker cannot go on and ends; it must be started again');
    return 1;
  },
);
await installation.close();
process.exit(code);

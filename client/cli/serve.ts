/** `serve`: the HTTP service and the dispatcher in one process. */
import { openInstallation } from '../../store/organisations/installation.ts';
import { Dispatcher } from '../dispatch/dispatcher.ts';
import { buildService } from '../http/server.ts';
import { beginWith } from '../operations/first-organisations.ts';
import { startSchedules } from '../operations/schedules.ts';
import { connectTemporal } from '../temporal.ts';
import { openLog, stopAsked } from './log.ts';

const loopback = new Set(['127.0.0.1', '::1', 'localhost']);

export async function serve(options: { port: string; host: string; organisations?: string }): Promise<void> {
  const operationsToken = process.env.PALLETWAYS_QARGO_OPERATIONS_TOKEN;
  const first = options.organisations ?? process.env.PALLETWAYS_QARGO_ORGANISATIONS;
  if (!loopback.has(options.host) && !operationsToken) {
    throw new Error('PALLETWAYS_QARGO_OPERATIONS_TOKEN must be set to listen beyond loopback');
  }
  const installation = openInstallation('service', { max: 24 });
  const log = openLog('service', installation.environment.LOG_LEVEL);
  if (first !== undefined && first !== '') {
    // Who starts it sees the fields that are wrong, and nothing has begun.
    const made = await beginWith(installation, first).catch(async (error: unknown) => {
      await installation.close();
      throw error;
    });
    if (made.length > 0) log.info({ file: first, organisations: made }, 'organisations were made from a file');
  }
  const temporal = await connectTemporal();
  const dispatcher = new Dispatcher({ installation, temporal, log });
  const app = buildService({ installation, temporal, log, operationsToken, stored: (bytes) => dispatcher.kick(bytes) });
  await app.listen({ port: Number(options.port), host: options.host });
  dispatcher.start();
  const schedules = startSchedules(installation, temporal, log);
  process.stdout.write(`service ready on ${options.host}:${options.port}\n`);
  await stopAsked();
  schedules.stop();
  await app.close();
  await dispatcher.stop();
  await temporal.connection.close();
  await installation.close();
}

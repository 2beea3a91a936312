/** Logs as JSON lines on standard error. Secrets and personal data are never passed to it; credentials in headers are cut out besides. */
import { pino } from 'pino';

export function openLog(name: string, level: string) {
  return pino(
    {
      name,
      level,
      redact: ['req.headers.authorization', 'headers.authorization', 'err.detail', 'err.where', 'err.internalQuery'],
    },
    pino.destination(2),
  );
}

/** Resolves at the first SIGINT or SIGTERM, or when the parent that asked to be watched has gone. */
export function stopAsked(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
    if (process.env.PALLETWAYS_QARGO_PARENT === '1') {
      process.stdin.once('end', () => resolve()).once('error', () => resolve());
      process.stdin.resume();
    }
  });
}

import { createConnection, createServer } from 'node:net';

/** Where each process listens when nothing else does. */
export const defaultPorts = {
  temporal: 7233,
  temporalUi: 8233,
  service: 8400,
  palletways: 8401,
  ftp: 2121,
  qargo: 8402,
  postgres: 5455,
} as const;

export type PortName = keyof typeof defaultPorts;
export type Ports = Record<PortName, number>;

/** The default ports, each replaced by the next free one where it is taken. Nothing holds them until the process listens. */
export async function choosePorts(preferred: Ports = defaultPorts): Promise<Ports> {
  const chosen: Ports = { ...preferred };
  const given = new Set<number>();
  for (const name of Object.keys(preferred) as PortName[]) {
    chosen[name] = await nextFree(preferred[name], given);
    given.add(chosen[name]);
  }
  return chosen;
}

/** The first free port of loopback at or after `from` that is not in `except`; at most 500 are tried. */
export async function nextFree(from: number, except: ReadonlySet<number> = new Set()): Promise<number> {
  for (let port = from; port < from + 500 && port < 65_536; port++) {
    if (!except.has(port) && (await isFree(port))) return port;
  }
  throw new Error(`no free port from ${from} on`);
}

/** Free: nobody answers there and we may listen there. (macOS lets one listen beside a listener on all addresses.) */
export async function isFree(port: number): Promise<boolean> {
  return !(await answers(port)) && (await mayListen(port));
}

/** Whether something accepts connections at this port of loopback. */
export function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port });
    const end = (yes: boolean): void => {
      socket.destroy();
      resolve(yes);
    };
    socket.setTimeout(1_000, () => end(true));
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
}

function mayListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

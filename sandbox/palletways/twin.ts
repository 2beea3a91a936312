/** Puts the twin together: state, deeds, pushes, HTTP, FTP. */
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import Fastify, { type FastifyInstance } from 'fastify';
import { ZodError } from 'zod';
import { Faults } from '../server/faults.ts';
import { Late } from '../server/late.ts';
import type { Shapes } from '../server/shapes.ts';
import { StateFile } from '../server/state.ts';
import { CallLog } from './calls.ts';
import { NotFound, Refused, serveControl } from './control.ts';
import { Deeds } from './deeds.ts';
import { FeedError } from './feed.ts';
import { FtpServer } from './ftp/server.ts';
import { serveApi } from './http.ts';
import { Limits } from './limit.ts';
import { Network } from './network.ts';
import type { Organisation } from './organisation.ts';
import { FileStore } from './store.ts';
import { Teller } from './teller.ts';
import { FormatError } from './tree.ts';
import { emptyState, World } from './world.ts';

export interface TwinOptions {
  /** 0 picks a free one. */
  port: number;
  ftpPort: number;
  /** Where state and files are kept. */
  directory: string;
  /** Multiplies the limit, divides the ban and the waits between tries of a push. */
  pace: number;
  /** How often a push is tried. */
  pushTries: number;
  /** Key and certificate, PEM; without them AUTH TLS is refused. */
  ftpTls: { key: string; cert: string } | null;
  /** What is played; left out: as it was, at first the published character. Without `flips` none is set. */
  character?: { character?: string; flips?: string[] } | undefined;
  /** Shapes of answers that a first contact saw; left out: its own. */
  shapes?: Shapes;
}

export interface Twin {
  port: number;
  ftpPort: number;
  /** Ends listening, gives up waiting pushes (they go out after the next start), saves. */
  close(): Promise<void>;
}

/** Long GETs carry whole manifests in `data` (apis 1.4: the query string is one way of sending). */
const MAX_HEADER = 1_048_576;
const MAX_BODY = 33_554_432;

export async function startTwin(options: TwinOptions): Promise<Twin> {
  const faults = new Faults();
  const late = new Late();
  const file = new StateFile(join(options.directory, 'state.json'), emptyState);
  const world = new World(file, options.pace);
  world.shapes = options.shapes?.palletways ?? {};
  if (options.character !== undefined)
    world.setCharacter({ character: world.character.character, ...options.character });
  const files = new FileStore(options.directory, world);
  const teller = new Teller(world, files, { tries: options.pushTries, pace: options.pace, faults });
  const deeds = new Deeds(world, teller);
  const network = new Network(world, teller, deeds);
  const limits = new Limits(options.pace);
  const calls = new CallLog(join(options.directory, 'calls.ndjson'));

  const app = newApp();
  serveControl(app, { world, deeds, network, teller, faults, late, limits, calls, files });
  serveApi(app, { context: { world, deeds, network, files }, faults, late, limits, calls });

  const ofUser = (user: string) => Object.values(world.state.organisations).filter(({ ftp }) => ftp.user === user);
  const login = (user: string, password: string): Organisation | null =>
    ofUser(user).find(({ ftp }) => ftp.password === password) ?? null;
  const ownerOf = (user: string) => ofUser(user)[0]?.name ?? null;
  const secure = options.ftpTls === null ? null : createSecureContext(options.ftpTls);
  const ftp = new FtpServer({ world, files, faults, late, login, ownerOf, secure });

  const address = new URL(await app.listen({ port: options.port, host: '127.0.0.1' }));
  const ftpPort = await ftp.listen(options.ftpPort);
  deeds.resume();
  teller.resume();
  files.resume();
  return {
    port: Number(address.port),
    ftpPort,
    close: async () => {
      await app.close();
      await ftp.close();
      deeds.stop();
      late.clear();
      files.stop();
      await teller.close();
      await file.save();
      await calls.close();
    },
  };
}

function newApp(): FastifyInstance {
  // Callers held in silence by a ban are cut when the twin ends.
  const app = Fastify({ forceCloseConnections: true, bodyLimit: MAX_BODY, http: { maxHeaderSize: MAX_HEADER } });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, body === '' ? {} : JSON.parse(String(body)));
    } catch {
      done(new FormatError('the body is not JSON'));
    }
  });
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.setErrorHandler((error, _request, reply) => {
    const message = error instanceof Error ? error.message : String(error);
    if (error instanceof NotFound) return reply.code(404).send({ error: message });
    if (error instanceof FeedError) return reply.code(502).send({ error: message });
    if (error instanceof Refused) return reply.code(409).send({ error: message });
    if (error instanceof ZodError || error instanceof FormatError) return reply.code(400).send({ error: message });
    process.stderr.write(`${error instanceof Error ? (error.stack ?? message) : message}\n`);
    return reply.code(500).send({ error: message });
  });
  return app;
}

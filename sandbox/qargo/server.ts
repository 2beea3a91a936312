/** The twin as a server: everything on one port of the loopback interface. */
import fastify from 'fastify';
import { serveCall } from './calls.ts';
import { serveControl } from './control.ts';
import { restCalls, serveSigned } from './rest.ts';
import { Twin, type TwinOptions } from './twin.ts';
import { Uploads } from './uploads.ts';
import { webhookCalls } from './webhooks.ts';

export interface QargoTwin {
  port: number;
  url: string;
  close: () => Promise<void>;
}

const BODY_LIMIT = 64 * 1024 * 1024;

export async function startQargoTwin(options: TwinOptions & { port: number }): Promise<QargoTwin> {
  const twin = new Twin(options);
  const uploads = new Uploads(twin);
  const app = fastify({
    bodyLimit: BODY_LIMIT,
    forceCloseConnections: true,
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: 500 },
  });
  // Bodies stay bytes: the token call sends JSON's content type with nothing in it, documents are of any type.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  for (const call of [...restCalls(twin, uploads), ...webhookCalls(twin, uploads)]) serveCall(app, twin, call);
  serveSigned(app, twin);
  serveControl(app, twin, uploads);
  await app.listen({ host: '127.0.0.1', port: options.port });
  const address = app.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : options.port;
  twin.origin = `http://127.0.0.1:${port}`;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      await app.close();
      uploads.close();
      await twin.close();
    },
  };
}

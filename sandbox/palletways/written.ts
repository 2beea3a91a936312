/** How an answer goes over the wire: status, content type, bytes. Where that is not public, the numbers of `flips.ts`. */
import { type Answer, PROSE } from './answer.ts';
import { type AnswerWriter, type Format, toXml } from './encode.ts';
import type { World } from './world.ts';

export interface Written {
  status: number;
  contentType: string;
  body: string | Uint8Array;
}

/** Flip 31d: made-up codes beside the published sentences. */
const CODES: Record<string, string> = {
  [PROSE.noKey]: 'ERROR_AUTHENTICATION',
  [PROSE.wrongKey]: 'ERROR_AUTHENTICATION',
  [PROSE.noMethod]: 'ERROR_API',
};
/** Flip 31a. */
const STATUSES: Record<string, number> = {
  [PROSE.noKey]: 401,
  [PROSE.wrongKey]: 401,
  [PROSE.noMethod]: 404,
  [PROSE.noPod]: 404,
  [PROSE.noLabel]: 404,
};
const HTML = 'text/html; charset=utf-8';

/** Everything is answered with 200; errors are sentences in HTML clothes (F PW-DOC25, PW-ODOO-A/B). */
export function write(world: World, writer: AnswerWriter, format: Format, given: Answer): Written {
  if ('pdf' in given) return { status: 200, contentType: 'application/pdf', body: given.pdf };
  if ('image' in given) return { status: 200, contentType: given.image.contentType, body: given.image.bytes };
  if ('prose' in given) return sentence(world, given.prose);
  const spoken = world.plays('30d') ? 'xml' : format;
  const options = {
    bare: given.bare === true || world.plays('30b'),
    numbers: world.plays('30c'),
    wrapped: world.plays('30f'),
  };
  const written = writer.write(spoken, given.document, options);
  if (!world.plays('30e')) return { status: 200, ...written };
  const body = Buffer.from(written.body.replace('encoding="UTF-8"', 'encoding="ISO-8859-1"'), 'latin1');
  return { status: 200, contentType: written.contentType.replace(/; charset=.*$/, ''), body: new Uint8Array(body) };
}

export function page(status: number, words: string): Written {
  const body = `<!DOCTYPE html><html><head><title>${words}</title></head><body><h1>${words}</h1></body></html>`;
  return { status, contentType: HTML, body };
}

function sentence(world: World, prose: string): Written {
  if (prose === PROSE.noMethod && world.plays('29c')) return page(404, 'Not Found');
  if (prose === '' || prose === PROSE.keyRight) return { status: 200, contentType: HTML, body: prose };
  if (world.plays('31a')) return { status: STATUSES[prose] ?? 500, contentType: HTML, body: prose };
  if (world.plays('31b')) return page(200, prose);
  if (world.plays('31c')) return { status: 200, contentType: HTML, body: '' };
  if (!world.plays('31d')) return { status: 200, contentType: HTML, body: prose };
  const Status = { Code: CODES[prose] ?? 'ERROR', Description: prose };
  return { status: 200, contentType: 'text/xml; charset=utf-8', body: toXml('Response', { Status }) };
}

/** One Palletways twin in a character, and the calls that lines of the table of flips make on its wire. */
import { Readable } from 'node:stream';
import { Client } from 'basic-ftp';
import { z } from 'zod';
import { CONSIGNMENT, Palletways, until } from '../twins-under-test.ts';

export interface Sent {
  id: string;
  group?: string;
  type?: string;
  text?: string;
  barcode?: string;
  name?: string;
}

type How = 'query' | 'form' | 'multipart' | 'mixed';

const identified = z.object({ responseId: z.string(), conNo: z.string(), trackingId: z.string() });
const view = z.looseObject({ status: z.number(), trackingId: z.string(), barcodes: z.array(z.string()) });

export class Wire {
  readonly twin = new Palletways();

  async start(character: string, flips: string[], pace: number): Promise<void> {
    await this.twin.start({ pace, character: { character, flips } });
    await this.organisation('north', '564', {});
  }

  /** The same twin, everything forgotten, in this character. */
  async again(character: string, flips: string[]): Promise<void> {
    await this.twin.control('POST', 'reset');
    await this.twin.control('PUT', 'character', { character, flips });
    this.twin.ears.heard.length = 0;
  }

  async organisation(name: string, depot: string, more: Record<string, unknown>): Promise<void> {
    await this.twin.control('PUT', `organisations/${name}`, {
      apiKey: `key-${name}`,
      account: '434481',
      depot,
      depotName: name,
      zone: 'Asia/Kolkata',
      push: { url: `${this.twin.ears.url}/push`, user: 'u', password: 'p', format: 'xml' },
      ftp: { user: name, password: 'secret' },
      ...more,
    });
  }

  stop(): Promise<void> {
    return this.twin.stop();
  }

  /** An inbound delivery of 2 lifts for our depot 564, collected by 563, with `changes`. */
  async create(changes: Record<string, unknown> = {}, more: Record<string, unknown> = {}) {
    const consignment = { ...CONSIGNMENT, Reference: 'PO 7', ManifestNote: 'Ring first', ...changes };
    const body = { organisation: 'north', consignment, push: false, ...more };
    return identified.parse(await this.twin.control('POST', 'consignments', body));
  }

  async deed(responseId: string, deed: string, body: unknown = {}) {
    return z.looseObject({}).parse(await this.twin.control('POST', `consignments/${responseId}/${deed}`, body));
  }

  async view(responseId: string) {
    return view.parse(await this.twin.control('GET', `consignments/${responseId}`));
  }

  /** A GET of the address behind the host, with the key of north; `api/` in front is the portal. */
  ask(path: string, format = 'xml', key = 'key-north'): Promise<Response> {
    return fetch(`${this.twin.base}/${path}?apikey=${key}&outputformat=${format}&output=${format}`);
  }

  async read(path: string, format = 'xml', key = 'key-north'): Promise<string> {
    return (await this.ask(path, format, key)).text();
  }

  /** The pushes that came, once none is under way. */
  async pushes(): Promise<string> {
    const pending = z.object({ pushes: z.number() });
    await until(async () => pending.parse(await this.twin.control('GET', 'pending')).pushes === 0);
    return this.twin.ears.heard.join('\n');
  }

  async notes(sent: Sent[], how: How = 'mixed', more: Record<string, string> = {}): Promise<string> {
    const parameters = { apikey: 'key-north', commit: 'yes', inputformat: 'xml', outputformat: 'xml', ...more };
    return this.post('createSystemNote', documentOf(sent), how, parameters);
  }

  async post(method: string, data: string, how: How, parameters: Record<string, string>): Promise<string> {
    const inQuery = how === 'form' ? {} : how === 'query' ? { ...parameters, data } : parameters;
    const address = `${this.twin.base}/${method}?${new URLSearchParams(inQuery).toString()}`;
    if (how === 'query') return (await fetch(address)).text();
    const fields = how === 'form' ? { ...parameters, data } : { data };
    const body = how === 'multipart' ? new FormData() : new URLSearchParams();
    for (const [name, value] of Object.entries(fields)) body.append(name, value);
    return (await fetch(address, { method: 'POST', body })).text();
  }

  /** What an FTP client does, or the error that it ends with. */
  async ftp(act: (client: Client) => Promise<unknown>): Promise<string> {
    const client = new Client(2_000);
    try {
      await client.access({ host: '127.0.0.1', port: this.twin.twin.ftpPort, user: 'north', password: 'secret' });
      return String(await act(client));
    } catch (error) {
      return `refused: ${String(error)}`;
    } finally {
      client.close();
    }
  }

  put(path: string, bytes: Buffer = JPEG): Promise<string> {
    return this.ftp(async (client) => {
      await client.uploadFrom(Readable.from([bytes]), path);
      return 'taken';
    });
  }
}

/** The smallest bytes that begin as a JPEG does. */
const JPEG = Buffer.from([0xff, 0xd8, 0xff, 0xd9]);

function documentOf(sent: Sent[]): string {
  const inner = sent.map(
    ({ id, group = 'JIN', type = 'GIN', text = 'A word', barcode = '', name = '' }) =>
      `<note><pw_id>${id}</pw_id><barcode>${barcode}</barcode><note_create_date>23/11/26</note_create_date>` +
      `<note_create_time>06:12</note_create_time><customer_name>${name}</customer_name><free_text>${text}</free_text>` +
      `<note_group>${group}</note_group><note_type>${type}</note_type></note>`,
  );
  return (
    '<notes><header><create_date>23/11/26</create_date><create_time>06:15</create_time>' +
    `<notes_qty>${sent.length}</notes_qty></header>${inner.join('')}</notes>`
  );
}

/** The texts of every element of this name, in their order. */
export function texts(xml: string, name: string): string[] {
  return [...xml.matchAll(new RegExp(`<${name}(?:/>|>([^<]*)</${name}>)`, 'g'))].map(([, value = '']) => value);
}

/** Flips of the wire itself: 18, 29 to 34. */
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Line } from './line.ts';
import type { Wire } from './wire.ts';

const ONE_SERVICE = 'availableServices/D/GB/WS13/GB/LS1';

/** What a note that is sent in this way gives. */
const sending =
  (how: 'form' | 'mixed' | 'query', text = 'A word') =>
  async (wire: Wire) =>
    wire.notes([{ id: (await wire.create()).trackingId, text }], how);

async function consignmentJson(wire: Wire): Promise<string> {
  return wire.read(`getConsignment/${(await wire.create()).trackingId}`, 'json');
}

/** What a call gives with status and body; a call that gets no answer within half a second is silence. */
async function outcome(wire: Wire, path: string, key = 'key-north'): Promise<string> {
  const address = `${wire.twin.base}/${path}?apikey=${key}`;
  try {
    const answer = await fetch(address, { signal: AbortSignal.timeout(500) });
    const body = await answer.text();
    return `${answer.status} ${body.slice(0, 60)}`;
  } catch (error) {
    return error instanceof Error && error.name === 'TimeoutError' ? 'silence' : 'reset';
  }
}

const outcomes =
  (...paths: string[]) =>
  async (wire: Wire) => {
    const given: string[] = [];
    for (const path of paths) given.push(await outcome(wire, path));
    return given.join('; ');
  };

/** Five calls a minute are allowed at this pace; the sixth begins the ban. */
const FEW = 0.05;
async function spend(wire: Wire, calls: number): Promise<void> {
  for (let nth = 0; nth < calls; nth += 1) await outcome(wire, 'version');
}

/** A photo by FTP, then what is to be had of the POD after `ms`. */
async function photographed(wire: Wire, ms: number): Promise<string> {
  const { trackingId } = await wire.create();
  await wire.put(`/pod/564/${trackingId}_01.jpg`);
  await sleep(ms);
  return trackingId;
}

const podAfter = (ms: number) => async (wire: Wire) => {
  const answer = await wire.ask(`getPodByTrackingId/${await photographed(wire, ms)}`);
  return `${answer.headers.get('content-type')} ${(await answer.text()).slice(0, 20)}`;
};

/** Flip 33b at a pace by which its ten minutes are a second. */
async function podTwice(wire: Wire): Promise<string> {
  const trackingId = await photographed(wire, 400);
  const first = await wire.read(`getPodByTrackingId/${trackingId}`);
  await sleep(1_000);
  const next = await wire.read(`getPodByTrackingId/${trackingId}`);
  return first.startsWith('%PDF') && first === next ? 'the same' : 'another';
}

async function imagesAndPod(wire: Wire): Promise<string> {
  const trackingId = await photographed(wire, 500);
  const images = await wire.read(`api/podimages/${trackingId}`);
  return `${images.slice(0, 4)} ${(await wire.read(`getPodByTrackingId/${trackingId}`)).slice(0, 4)}`;
}

async function named(wire: Wire, path: (conNo: string, trackingId: string) => string): Promise<string> {
  const { conNo, trackingId } = await wire.create();
  return wire.put(path(conNo, trackingId));
}

export const wireLines: Line[] = [
  { flip: '18a', call: sending('form'), without: /^API Key not specified\.$/, played: /not requested/ },
  {
    flip: '18b',
    call: async (wire) => (await sending('query', 'a'.repeat(8_000))(wire)).slice(0, 200),
    without: /<Code>OK</,
    played: /Request-URI Too Long/,
  },
  { flip: '18c', call: sending('mixed'), without: /<Code>OK</, played: /ERROR_FORMAT_INVALID/ },
  { flip: '18d', call: sending('form'), without: /^API Key not specified\.$/, played: /<ImportDetail>/ },
  {
    flip: '29a',
    call: outcomes('consEntered', 'keytest', 'api/keytest'),
    without: /^200 <\?xml.*; 200 <\?xml.*; 200 {/s,
    played: /^200 The requested API.*; 200 The requested API.*; 200 {/s,
  },
  {
    flip: '29b',
    call: outcomes('api/getNotes/delta/0'),
    without: /^200 The requested API/,
    played: /NO_RESULTS_FOUND/,
  },
  { flip: '29c', call: outcomes('nothing'), without: /^200 The requested API/, played: /^404 <!DOCTYPE html>/ },
  {
    flip: '30b',
    call: consignmentJson,
    without: /^{"Status":(\[)?{"Code":"OK"/,
    played: /^\[{"Manifest":/,
  },
  { flip: '30c', call: consignmentJson, without: /"Lifts":"2"/, played: /"Lifts":2,"Weight":110/ },
  { flip: '30d', call: consignmentJson, without: /^{/, played: /^<\?xml/ },
  {
    flip: '30e',
    call: async (wire) => {
      const { trackingId } = await wire.create({ CollectionReference: 'Größe' });
      const answer = await wire.ask(`getConsignment/${trackingId}`);
      return Buffer.from(await answer.arrayBuffer()).toString('latin1');
    },
    without: /encoding="UTF-8".*GrÃ¶Ã\x9fe/s,
    played: /encoding="ISO-8859-1".*Größe/s,
  },
  { flip: '30f', call: consignmentJson, without: /^{"Status"/, played: /^{"Response":{"Status"/ },
  {
    flip: '30g',
    call: async (wire) => `${await wire.read(ONE_SERVICE, 'json')} ${await consignmentJson(wire)}`,
    without: /^{"Status".* {"Status"/s,
    played: /^\[{"id":"1".* {"Status"/s,
  },
  {
    flip: '31a',
    call: async (wire) =>
      `${await outcome(wire, 'keytest', 'wrong')}; ${await outcome(wire, 'nothing')}; ${await outcome(wire, 'getPodByTrackingId/1')}`,
    without: /^200 The API key.*; 200 The requested.*; 200 ERROR/,
    played: /^401 The API key.*; 404 The requested.*; 404 ERROR/,
  },
  { flip: '31b', call: outcomes('nothing'), without: /^200 The requested/, played: /^200 <!DOCTYPE html>/ },
  { flip: '31c', call: outcomes('nothing'), without: /^200 The requested/, played: /^200 $/ },
  {
    flip: '31d',
    call: async (wire) => wire.read('keytest', 'xml', 'wrong'),
    without: /^The API key/,
    played: /<Code>ERROR_AUTHENTICATION</,
  },
  {
    flip: '32a',
    call: async (wire) => {
      await spend(wire, 6);
      return outcome(wire, 'version');
    },
    without: /^silence$/,
    played: /^429 <!DOCTYPE html>/,
    pace: FEW,
  },
  {
    flip: '32b',
    call: async (wire) => {
      await spend(wire, 5);
      return outcome(wire, 'api/version');
    },
    without: /^silence$/,
    played: /^200 /,
    pace: FEW,
  },
  {
    flip: '32c',
    call: async (wire) => {
      await spend(wire, 6);
      return outcome(wire, 'version');
    },
    without: /^silence$/,
    played: /^reset$/,
    pace: FEW,
  },
  {
    flip: '32d',
    call: async (wire) => {
      // 100 calls a minute and a ban of 15 minutes, in this pace 500 and 3 minutes: it is begun by a fault
      await wire.twin.control('PUT', 'faults', { faults: [{ match: {}, times: 1, do: { ban: true } }] });
      await outcome(wire, 'version');
      await sleep(700);
      await outcome(wire, 'version');
      await sleep(300);
      return outcome(wire, 'version');
    },
    without: /^200 /,
    played: /^silence$/,
    pace: 600,
  },
  {
    flip: '32e',
    call: async (wire) => {
      await spend(wire, 5);
      return outcome(wire, 'version', 'key-of-another');
    },
    without: /^silence$/,
    played: /^200 /,
    pace: FEW,
  },
  { flip: '33a', call: podAfter(500), without: /^application\/pdf %PDF/, played: /^text\/html.*POD not/, pace: 2_000 },
  { flip: '33b', call: podTwice, without: /^the same$/, played: /^another$/, pace: 600 },
  { flip: '33c', call: imagesAndPod, without: /^%PDF %PDF$/, played: /^%PDF ERRO$/, pace: 2_000 },
  { flip: '33d', call: podAfter(500), without: /^application\/pdf %PDF/, played: /^image\/jpeg /, pace: 2_000 },
  {
    flip: '34a',
    call: async (wire) =>
      `${await named(wire, (conNo) => `/${conNo}_01.jpg`)}; ${await named(wire, (_, id) => `/pod/564/${id}_01.jpg`)}`,
    without: /^taken; taken$/,
    played: /^taken; refused/,
  },
  {
    flip: '34b',
    call: (wire) =>
      wire.ftp(async (client) => {
        await client.uploadFrom(Readable.from(['photo']), '/pod/564/a.jpg.part');
        await client.rename('/pod/564/a.jpg.part', '/pod/564/a.jpg');
        return 'renamed';
      }),
    without: /^renamed$/,
    played: /^refused: .*550/,
  },
  {
    flip: '34c',
    call: async (wire) => (await wire.ftp(() => Promise.resolve('signed in'))).slice(0, 30),
    without: /^signed in$/,
    played: /^refused/,
  },
  {
    flip: '34d',
    call: async (wire) => {
      await named(wire, (_, id) => `/pod/564/${id}_01.jpg`);
      const listed = await wire.ftp(async (client) => (await client.list('/pod/564')).length);
      const { files } = await wire.twin.held();
      return `${listed} listed, ${files.length} held`;
    },
    without: /^1 listed, 1 held$/,
    played: /^0 listed, 1 held$/,
  },
  {
    flip: '34e',
    call: (wire) => named(wire, (_, id) => `/pod/564/${id}_01.pdf`),
    without: /^taken$/,
    played: /^refused: .*553/,
  },
];

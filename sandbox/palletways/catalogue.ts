/** Which method there is, and on which of the two hosts it lives (F PW-DOC25, apis 1.3). */
import type { Host, Method } from './answer.ts';
import { availableServices, keytest, version } from './methods/account.ts';
import { createConsignment, manifestConsignment } from './methods/create-consignment.ts';
import { createSystemNote } from './methods/create-system-note.ts';
import { getLabelsByBarcode, getPodByTrackingId, labelsBy, podImages } from './methods/documents.ts';
import { consignmentOfNotes, getNotes } from './methods/notes.ts';
import {
  byBarcode,
  byConNo,
  byEitherId,
  byResponseId,
  byTrackingId,
  consEntered,
  type Finder,
  getConsignment,
  statusBy,
} from './methods/reads.ts';
import type { World } from './world.ts';

interface Entry {
  hosts: Host[];
  run: Method;
  /** The one consignment a call is about, where it is about one: hidden, it is not read (sandbox/README.md, `hide`). */
  of?: Finder;
  /** The former character does not know it. */
  published?: true;
}

const BOTH: Host[] = ['api', 'portal'];
const API: Host[] = ['api'];
const PORTAL: Host[] = ['portal'];

const CATALOGUE: Record<string, Entry> = {
  availableServices: { hosts: BOTH, run: availableServices },
  consEntered: { hosts: BOTH, run: consEntered },
  conStatusByConNo: { hosts: BOTH, run: statusBy(byConNo), of: byConNo },
  conStatusById: { hosts: BOTH, run: statusBy(byEitherId), of: byEitherId },
  conStatusByTrackingId: { hosts: BOTH, run: statusBy(byTrackingId), of: byTrackingId },
  createConsignment: { hosts: API, run: createConsignment },
  createSystemNote: { hosts: API, run: createSystemNote },
  getConByBarcode: { hosts: PORTAL, run: statusBy(byBarcode), of: byBarcode },
  getConsignment: { hosts: API, run: getConsignment, of: byTrackingId },
  getDynConStatus: { hosts: PORTAL, run: statusBy(byTrackingId, 'dyn'), of: byTrackingId },
  getDynConStatusByConNo: { hosts: BOTH, run: statusBy(byConNo, 'dyn'), of: byConNo },
  getLabelsByBarcode: { hosts: PORTAL, run: getLabelsByBarcode, of: byBarcode, published: true },
  getLabelsByConNo: { hosts: BOTH, run: labelsBy(byConNo), of: byConNo },
  getLabelsById: { hosts: BOTH, run: labelsBy(byResponseId), of: byResponseId },
  getLabelsByTID: { hosts: BOTH, run: labelsBy(byTrackingId), of: byTrackingId },
  getNotes: { hosts: API, run: getNotes, of: consignmentOfNotes },
  getPodByTrackingId: { hosts: BOTH, run: getPodByTrackingId, of: byTrackingId },
  keytest: { hosts: BOTH, run: keytest },
  manifestConsignment: { hosts: API, run: manifestConsignment },
  podimages: { hosts: PORTAL, run: podImages, of: byTrackingId },
  version: { hosts: PORTAL, run: version },
};

const BY_LOWER = new Map(Object.entries(CATALOGUE).map(([name, entry]) => [name.toLowerCase(), { name, ...entry }]));

/** Names are compared without case (apis 1.1). A method that is not on this host is no method at all (29), unless a shape shows it there. */
export function methodOf(
  host: Host,
  name: string,
  world: World,
  isShown = false,
): { name: string; run: Method; of?: Finder } | null {
  const entry = BY_LOWER.get(name.toLowerCase());
  if (entry === undefined || (entry.published === true && !world.isPublished)) return null;
  return isShown || hostsOf(entry, world).includes(host) ? entry : null;
}

function hostsOf({ name, hosts }: { name: string; hosts: Host[] }, world: World): Host[] {
  if (name === 'consEntered' && (world.plays('6b') || world.plays('29a'))) return PORTAL;
  if (name === 'keytest' && world.plays('29a')) return PORTAL;
  return name === 'getNotes' && world.plays('29b') ? BOTH : hosts;
}

/**
 * With which status and at which stop a scan goes out. A deed tells what was done by status and type of stop; the former
 * character sends just that. The description gives the words a meaning: IN is at a pickup stop or at a depot, STORED in
 * storage, OUT is out of a depot or at a delivery stop. The published character sends those; assumption 42 has others.
 */
import { badRequest } from './errors.ts';
import type { Order, Stop, StopType } from './model.ts';
import { findStop } from './stops.ts';
import type { Twin } from './twin.ts';

type Kind = 'load' | 'unload' | 'cross-dock' | 'delivery';
type Status = 'SCANNED_IN' | 'STORED' | 'SCANNED_OUT';

interface Scanned {
  status: Status;
  stop: StopType | null;
  isExact?: boolean | undefined;
}

function kindOf(twin: Twin, { status, stop }: Scanned): Kind {
  if (status === 'STORED') return 'cross-dock';
  if (stop === 'PICKUP') return 'load';
  if (stop === 'DELIVERY') return 'delivery';
  if (status === 'SCANNED_IN') return 'unload';
  if (!twin.isPublished) throw badRequest(`${status} without a stop is no scan that is said`);
  return 'load';
}

function statusOf(twin: Twin, kind: Kind, { status, isExact }: Scanned): Status {
  if (twin.plays('42d')) return 'STORED';
  if (kind === 'load' && (twin.plays('42c') || twin.plays('42e'))) return 'SCANNED_OUT';
  if (!twin.isPublished || isExact) return status;
  return { load: 'SCANNED_IN', unload: 'SCANNED_IN', 'cross-dock': 'STORED', delivery: 'SCANNED_OUT' }[kind] as Status;
}

/** What it means stays; its words can be others. */
export function scanOnWire(twin: Twin, order: Order, scan: Scanned): { kind: Kind; status: Status; stop: Stop | null } {
  const kind = kindOf(twin, scan);
  const given = scan.stop === null ? null : findStop(order, scan.stop, false);
  if (scan.stop !== null && given === null) throw badRequest(`the order has no ${scan.stop} stop`);
  // out of the depot there is no stop to name, and the status that the deed gave is right
  const isOutOfDepot = kind === 'load' && scan.stop === null;
  const status = isOutOfDepot ? 'SCANNED_OUT' : statusOf(twin, kind, scan);
  if (kind !== 'delivery' && twin.plays('42a')) return { kind, status, stop: null };
  if (kind === 'load' && twin.plays('42e')) return { kind, status, stop: null };
  if ((kind === 'unload' || kind === 'cross-dock') && twin.plays('42b'))
    return { kind, status, stop: findStop(order, 'DELIVERY', true) ?? findStop(order, 'DELIVERY', false) };
  return { kind, status, stop: given };
}

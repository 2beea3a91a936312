/** What the record knows of a consignment before a read of its order at Qargo: what was noted, how its attempts ended, which stop is which. */
import type { Ending } from '../../domain/facts/facts.ts';
import type { Queryable } from '../postgres/database.ts';

export interface KnownBefore {
  readonly exceptions: readonly {
    readonly id: string;
    readonly stop: string;
    readonly code: string;
    /** UTC ISO. */
    readonly at: string;
  }[];
  readonly ends: readonly {
    readonly stop: string;
    readonly milestone: 'arrived' | 'delivered' | 'failed';
    /** UTC ISO. */
    readonly at: string;
    /** When it was heard, UTC ISO. */
    readonly heard: string;
  }[];
  /** As the latest event or read showed it; null where none ever showed anything but what was agreed. */
  readonly ending: Ending | null;
  /** Whether we took the order back, and nobody ordered again. */
  readonly takenBack: boolean;
  readonly types: Readonly<Record<string, string>>;
}

/** Exceptions that a scan told of a pallet are left out: no incident is one of them. */
export async function loadKnownBefore(db: Queryable, consignment: string): Promise<KnownBefore> {
  const { rows } = await db.query<KnownBefore>(
    `select (select coalesce(json_agg(json_build_object('id', id, 'stop', envelope->>'stop', 'code', envelope->>'code', 'at', envelope->>'at') order by seq), '[]')
               from fact where consignment = $1 and kind = 'exception' and (not envelope ? 'barcode' or id like 'qg:incident:%')) as exceptions,
            (select coalesce(json_agg(json_build_object('stop', envelope->>'stop', 'milestone', envelope->>'milestone', 'at', envelope->>'at', 'heard', envelope->>'heard') order by seq), '[]')
               from fact where consignment = $1 and kind = 'milestone' and envelope->>'milestone' <> 'out') as ends,
            (select envelope->>'how' from fact where consignment = $1 and kind = 'ending' order by seq desc limit 1) as ending,
            exists (select 1 from receipt where consignment = $1 and kind = 'cancel' and state = 'met')
              and not exists (select 1 from fact where consignment = $1 and kind = 'revived') as "takenBack",
            (select coalesce(json_object_agg(stop, type), '{}') from order_stop where consignment = $1) as types`,
    [consignment],
  );
  return rows[0] ?? { exceptions: [], ends: [], types: {}, ending: null, takenBack: false };
}

/** How long a note that is on the wire is in the hands of whoever sends it. */

/** SQL: whether receipt `r`, a note on the wire, is in nobody's hands any more, because its lease is over or it has none. */
export const isLeaseOver = (r: string): string => `coalesce(${r}.lease_until, '-infinity') < clock_timestamp()`;

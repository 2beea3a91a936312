/**
 * A cut-off of a depot is the time until which a thing must be done to go with the day's work. Cut-offs are local times of the depot by
 * weekday and service, and there are none on its nation's holidays. Pure: the caller gives the clock that knows zones.
 */

/** Monday is 1, Sunday 7. */
export type Weekday = 1 | 2 | 3 | 4 | 5 | 6 | 7;

export interface CutOff {
  /** The service as `<group>-<code>`, with `*` for either part; `*` alone is every service. */
  readonly service: string;
  readonly weekdays: readonly Weekday[];
  /** The local time of the depot, `HH:MM`. */
  readonly time: string;
}

export interface CutOffs {
  /** The rule that names a service most closely decides for it. If two are equally close, the earlier one in the list decides. */
  readonly rules: readonly CutOff[];
  /** The days without a cut-off because nothing is sent, `YYYY-MM-DD`, by nation (ISO 3166 alpha-2). */
  readonly holidays: Readonly<Record<string, readonly string[]>>;
}

export interface Depot {
  /** The IANA name of the zone. */
  readonly zone: string;
  /** ISO 3166 alpha-2, upper case. */
  readonly nation: string;
}

/** Converts between a zone's local time and instants; `connectors/palletways/local-time.ts` is one. */
export interface Clock {
  toLocal(instant: string, zone: string): { readonly date: string; readonly time: string };
  /** Returns the instant (UTC ISO); null where there is no such date or time. */
  toInstant(date: string, time: string, zone: string): string | null;
}

export interface NextCutOff {
  /** UTC ISO. */
  readonly at: string;
  /** The zone and the local date and time that it was made from. */
  readonly zone: string;
  readonly said: string;
}

/** No calendar closes a depot for so many days. */
const daysAhead = 370;

/**
 * Returns the next cut-off of a service after an instant (UTC ISO), or null where the service has none. A cut-off at exactly that instant
 * still counts. If the clock change in spring skips a local time, it is moved forward by the gap; if the clock change in autumn repeats
 * one, the first is meant.
 */
export function nextCutOff(
  cutOffs: CutOffs,
  depot: Depot,
  service: string,
  after: string,
  clock: Clock,
): NextCutOff | null {
  const holidays = new Set(cutOffs.holidays[depot.nation] ?? []);
  const rules = closest(cutOffs.rules, service);
  if (rules.length === 0) return null;
  const { date: today } = clock.toLocal(after, depot.zone);
  for (let ahead = 0; ahead <= daysAhead; ahead += 1) {
    const date = dateAfter(today, ahead);
    const rule = holidays.has(date) ? undefined : rules.find(({ weekdays }) => weekdays.includes(weekdayOf(date)));
    if (rule === undefined) continue;
    const at = clock.toInstant(date, rule.time, depot.zone);
    if (at !== null && at >= after) return { at, zone: depot.zone, said: `${date} ${rule.time}` };
  }
  return null;
}

/** Returns the rules for a service, the closest first. Less close rules apply on the weekdays that the closer ones leave out. */
function closest(rules: readonly CutOff[], service: string): readonly CutOff[] {
  const [group = '', code = ''] = service.split('-', 2);
  const closeness = ({ service: named }: CutOff): number => {
    if (named === service) return 4;
    if (named === `${group}-*`) return 3;
    if (named === `*-${code}`) return 2;
    return named === '*' || named === '*-*' ? 1 : 0;
  };
  return rules
    .map((rule) => ({ rule, near: closeness(rule) }))
    .filter(({ near }) => near > 0)
    .sort((a, b) => b.near - a.near)
    .map(({ rule }) => rule);
}

function dateAfter(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

function weekdayOf(date: string): Weekday {
  const day = new Date(`${date}T00:00:00Z`).getUTCDay();
  return (day === 0 ? 7 : day) as Weekday;
}

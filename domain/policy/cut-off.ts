/**
 * Cut-offs of a depot: until when a thing must be done to go with the day's work. Local times of the depot by weekday and service,
 * moved off its nation's holidays. Pure: what a zone does to a clock is given.
 */

/** Monday is 1, Sunday 7. */
export type Weekday = 1 | 2 | 3 | 4 | 5 | 6 | 7;

export interface CutOff {
  /** `<group>-<code>`, with `*` for either part; `*` is every service. */
  readonly service: string;
  readonly weekdays: readonly Weekday[];
  /** Local time of the depot, `HH:MM`. */
  readonly time: string;
}

export interface CutOffs {
  /** The rule that names a service most closely decides for it; of two alike the earlier in the list. */
  readonly rules: readonly CutOff[];
  /** Days on which nothing is cut off because nothing goes, `YYYY-MM-DD`, by nation (ISO 3166 alpha-2). */
  readonly holidays: Readonly<Record<string, readonly string[]>>;
}

export interface Depot {
  /** IANA name. */
  readonly zone: string;
  /** ISO 3166 alpha-2, upper case. */
  readonly nation: string;
}

/** How a zone's wall clock and instants go together; `connectors/palletways/local-time.ts` is one. */
export interface Clock {
  toLocal(instant: string, zone: string): { readonly date: string; readonly time: string };
  /** Null where there is no such date or time. */
  toInstant(date: string, time: string, zone: string): string | null;
}

export interface NextCutOff {
  /** UTC ISO. */
  readonly at: string;
  /** The zone and the local words it came from. */
  readonly zone: string;
  readonly said: string;
}

/** No calendar closes a depot for longer. */
const daysAhead = 370;

/**
 * The next cut-off of a service after an instant (UTC ISO), or null where the service has none. A cut-off that falls on the instant
 * itself is still ahead. A time that the spring night skips is moved forward by the gap; one that the autumn night has twice is the first.
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

/** The rules for a service, those that name it most closely first; less close ones stand for the weekdays that those leave out. */
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

/** The workflow's clock, which replay turns back: instants are UTC ISO with milliseconds, so that they compare as text. */
export const now = (): string => new Date().toISOString();

export const later = (at: string, ms: number): string => new Date(Date.parse(at) + ms).toISOString();

/** The first of some instants. */
export function earliest(...instants: readonly (string | undefined)[]): string | undefined {
  return instants.filter((at): at is string => at !== undefined).sort()[0];
}

/** The last of two, where there are two. */
export const latest = (at: string, other: string | undefined): string =>
  other === undefined || other < at ? at : other;

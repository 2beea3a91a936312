/** What the demonstration organisations are told for a full story, each otherwise, so that every row goes each of its ways. */

type Way = 'off' | 'to qargo' | 'to palletways' | 'both';
/** What a story sets of an organisation's `policy`, in the product's words. */
export interface StoryPolicy {
  readonly rows?: { readonly network: 'on' };
  readonly exceptions?: 'push' | 'pull' | 'both';
  readonly evidence?: { readonly signature?: boolean; readonly name?: boolean; readonly photos?: number };
  readonly charges?: { readonly measured: Way; readonly regrade: Way; readonly surcharge: Way };
  readonly cancellation?: { readonly loaded: 'refuse' };
  readonly closeOut?: 'qargo' | 'both';
  readonly decisions?: { readonly tell?: 'all'; readonly planner?: 'judge' };
  readonly etaMinutes?: number;
  readonly graceHours?: number;
  readonly roles?: { readonly collections: 'delivery' };
}

export const isFetched = ({ exceptions }: StoryPolicy): boolean => exceptions === 'pull' || exceptions === 'both';

/** In the product's words (docs/configuration.md, `policy`). What is not named stays as it is without a story. */
export const storyPolicies: Readonly<Record<string, StoryPolicy>> = {
  // Everything goes both ways; a finished life ends at once, so that what comes later opens it again.
  northgate: {
    rows: { network: 'on' },
    roles: { collections: 'delivery' },
    charges: { measured: 'both', regrade: 'both', surcharge: 'both' },
    closeOut: 'qargo',
    decisions: { planner: 'judge' },
    etaMinutes: 15,
    graceHours: 0,
  },
  // Palletways fetches exceptions; evidence is wanted, and what Palletways measures goes to Qargo alone.
  fenland: {
    rows: { network: 'on' },
    roles: { collections: 'delivery' },
    exceptions: 'pull',
    evidence: { signature: true, name: true, photos: 1 },
    charges: { measured: 'to qargo', regrade: 'to qargo', surcharge: 'to qargo' },
    etaMinutes: 15,
  },
  // What is loaded is never cancelled; exceptions go by note and are fetched, charges go to Palletways alone.
  clydeside: {
    rows: { network: 'on' },
    roles: { collections: 'delivery' },
    exceptions: 'both',
    cancellation: { loaded: 'refuse' },
    charges: { measured: 'to palletways', regrade: 'to palletways', surcharge: 'to palletways' },
    closeOut: 'both',
    decisions: { tell: 'all', planner: 'judge' },
    etaMinutes: 15,
    graceHours: 0,
  },
  // No charges and no estimates: what somebody weighs in Qargo is put right by the final quantities.
  liffey: { rows: { network: 'on' }, roles: { collections: 'delivery' }, evidence: { photos: 1 }, closeOut: 'both' },
};

/** The same as the judge is told of it: which ways an organisation's rows go. */
export function waysOf(organisations: readonly string[]): Record<string, object> {
  return Object.fromEntries(
    organisations.map((id) => {
      const { exceptions = 'push', charges, decisions, etaMinutes = 0, roles } = storyPolicies[id] ?? {};
      return [
        id,
        {
          exceptions,
          charges: charges?.measured ?? 'off',
          planner: decisions?.planner === 'judge',
          estimates: etaMinutes > 0,
          collections: roles?.collections ?? 'collected',
        },
      ];
    }),
  );
}

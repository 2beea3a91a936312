/** Works out which evidence a job needs, and which of it is missing. */
import type { EvidencePolicy, EvidenceWanted } from './settings.ts';

/** The evidence that there is. */
export interface Evidence {
  /** The number of files with a signature: the signature itself, or a signed POD. */
  readonly signatures: number;
  /** True where it is known who signed. */
  readonly named: boolean;
  readonly photos: number;
}

/** Returns the evidence that the end of a stop needs for a Palletways customer account. Nobody signs for a failed attempt. */
export function wantedFor(policy: EvidencePolicy, account: string, outcome: 'delivered' | 'failed'): EvidenceWanted {
  const own = Object.hasOwn(policy.customers, account) ? policy.customers[account] : undefined;
  const { signature, name, photos, failedPhotos } = { ...policy, ...own };
  return outcome === 'failed' ? { signature: false, name: false, photos: failedPhotos } : { signature, name, photos };
}

/** Whether the papers of a Palletways customer account are split into pages. */
export function wantsPages(policy: EvidencePolicy, account: string): boolean {
  const own = Object.hasOwn(policy.customers, account) ? policy.customers[account] : undefined;
  return (own?.papers ?? policy.papers) === 'photos';
}

/** Whether an organisation wants the papers of any customer split into pages. */
export function wantsAnyPages({ papers, customers }: EvidencePolicy): boolean {
  return papers === 'photos' || Object.values(customers).some((own) => own.papers === 'photos');
}

/** Whether an organisation wants evidence for any customer. */
export function wantsAny(policy: EvidencePolicy): boolean {
  const all = [policy, ...Object.values(policy.customers)];
  return all.some(
    (one) => one.signature === true || one.name === true || (one.photos ?? 0) > 0 || (one.failedPhotos ?? 0) > 0,
  );
}

/** The evidence that is missing. */
export interface PodOutstanding {
  readonly code: 'POD outstanding';
  readonly signature: boolean;
  /** True where the name of the person who signed is missing; `signature` is the same for the signature. */
  readonly name: boolean;
  /** The number of missing photos; `photosWanted` is the number that is wanted. */
  readonly photos: number;
  readonly photosWanted: number;
}

/** Returns the wanted evidence that is missing; null where nothing is. Pure. The result contains no personal data. */
export function podOutstanding(wanted: EvidenceWanted, there: Evidence): PodOutstanding | null {
  const signature = wanted.signature && there.signatures === 0;
  const name = wanted.name && !there.named;
  const photos = Math.max(0, wanted.photos - there.photos);
  if (!signature && !name && photos === 0) return null;
  return { code: 'POD outstanding', signature, name, photos, photosWanted: wanted.photos };
}

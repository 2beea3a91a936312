/** What Temporal calls the workers of a build: worker and command line must say the same. */
import { createHash } from 'node:crypto';

/** The worker deployment of this product; its versions are the builds. */
export const deploymentName = 'palletways-qargo';

/** The build id of a workflow bundle: equal where the workflows are equal, whatever else a release changes. */
export function buildIdOf(bundle: string): string {
  return createHash('sha256').update(bundle).digest('hex').slice(0, 16);
}

/** The one timer of a consignment. */
import { CancellationScope, isCancellation, sleep } from '@temporalio/workflow';

/** A durable timer that keeps running when its instant moves later, and is started again only when the instant moves earlier. */
export function lazyTimer() {
  let rings: string | undefined;
  let rang = false;
  let scope: CancellationScope | undefined;
  const stop = () => {
    scope?.cancel();
    scope = undefined;
    rings = undefined;
  };
  return {
    stop,
    fired: () => rang,
    clear: () => {
      rang = false;
    },
    set(at: string | undefined, from: string) {
      if (at === undefined || (rings !== undefined && rings <= at)) return;
      stop();
      rings = at;
      const own = new CancellationScope();
      scope = own;
      const ms = Math.max(1, Date.parse(at) - Date.parse(from));
      void own.run(async () => {
        try {
          await sleep(ms, { summary: `look again at ${at.slice(0, 19)}Z` });
          if (scope === own) {
            scope = undefined;
            rings = undefined;
            rang = true;
          }
        } catch (error) {
          if (!isCancellation(error)) throw error;
        }
      });
    },
  };
}

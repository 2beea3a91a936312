// @ts-check
/**
 * What a test can plant in a process of the product, by name. Each is a step of the product, an exported function or value of one module,
 * and what stands there in its place. It is plain JavaScript because processes of the compiled product load it (register.mjs).
 */

/**
 * @template Real
 * @typedef {{ readonly [Step in keyof Real]?: (real: Real) => Real[Step] }} Instead
 */

/**
 * Names a module of the product, by its path from the root of the repository, and what is exported in place of some of its steps.
 * @param {string} module
 * @param {Readonly<Record<string, (real: never) => unknown>>} instead
 */
const plantIn = (module, instead) => ({ module, instead });

const anotherRelease = 'another release';

export const faults = {
  /** What was met stays outstanding: nobody projects what an outcome touched. */
  metStaysOutstanding: plantIn(
    'store/record/touch.ts',
    /** @satisfies {Instead<typeof import('../../../store/record/touch.ts')>} */ ({
      touchByOutcome: () => () => undefined,
    }),
  ),
  /** Nobody writes that something is on the wire. */
  intentIsSkipped: plantIn(
    'store/outbox/receipts.ts',
    /** @satisfies {Instead<typeof import('../../../store/outbox/receipts.ts')>} */ ({
      markSending: () => async () => true,
    }),
  ),
  /** Notes that are on the wire stand in the record as if they waited. */
  intentOfNotesIsSkipped: plantIn(
    'store/outbox/notes.ts',
    /** @satisfies {Instead<typeof import('../../../store/outbox/notes.ts')>} */ ({
      claimWaiting:
        ({ claimWaiting, returnToWaiting }) =>
        async (db, organisation, limit, sender, leaseMs) => {
          const notes = await claimWaiting(db, organisation, limit, sender, leaseMs);
          await returnToWaiting(db, notes, sender);
          return notes;
        },
    }),
  ),
  /** Notes are taken from the call that has them. */
  leaseIsIgnored: plantIn(
    'store/outbox/note-lease.ts',
    /** @satisfies {Instead<typeof import('../../../store/outbox/note-lease.ts')>} */ ({
      isLeaseOver: () => () => 'true',
    }),
  ),
  /** A release whose digests of the same content are others. */
  otherDigests: plantIn(
    'domain/facts/hash.ts',
    /** @satisfies {Instead<typeof import('../../../domain/facts/hash.ts')>} */ ({
      shortHash:
        ({ shortHash }) =>
        (text) =>
          shortHash(`${anotherRelease} ${text}`),
      noteReference:
        ({ noteReference }) =>
        (...parts) =>
          noteReference(anotherRelease, ...parts),
    }),
  ),
  /** A release that makes all projections anew. */
  otherRules: plantIn('domain/receipts/projection.ts', { rulesVersion: () => 1_000 }),
  /** A release that has other words for the same order at Qargo. */
  otherWords: plantIn(
    'connectors/qargo/write-order.ts',
    /** @satisfies {Instead<typeof import('../../../connectors/qargo/write-order.ts')>} */ ({
      orderInput:
        ({ orderInput }) =>
        (content, said) => {
          const input = orderInput(content, said);
          const [consignment] = input.consignments;
          const remarks = `${consignment.planning_instructions ?? ''} (${anotherRelease})`;
          return { ...input, consignments: [{ ...consignment, planning_instructions: remarks }] };
        },
    }),
  ),
  /** A release that compares its own digests with those of an earlier one. */
  digestsOfAnEarlierRelease: plantIn(
    'domain/receipts/digests.ts',
    /** @satisfies {Instead<typeof import('../../../domain/receipts/digests.ts')>} */ ({
      digestNow:
        ({ digestNow }) =>
        (fact, key, generation) =>
          `an earlier release ${digestNow(fact, key, generation)}`,
    }),
  ),
  /** Workers of another version, whose workflows do the same. */
  secondVersion: plantIn('store/postgres/worker-version.ts', version('second')),
  thirdVersion: plantIn('store/postgres/worker-version.ts', version('third')),
};

/**
 * @param {string} name
 * @returns {Instead<typeof import('../../../store/postgres/worker-version.ts')>}
 */
function version(name) {
  return {
    buildIdOf:
      ({ buildIdOf }) =>
      (bundle) =>
        buildIdOf(`${bundle}// ${name}`),
  };
}

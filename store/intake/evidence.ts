/** What must prove the end of a stop: when it is looked for, and what of it is there. */

import type { EvidenceSearchFact, Fact, NewFact } from '../../domain/facts/facts.ts';
import { evidenceKinds } from '../../domain/facts/kinds.ts';
import { type Evidence, wantsAny } from '../../domain/policy/evidence.ts';
import type { EvidencePolicy } from '../../domain/policy/settings.ts';
import { now, type Queryable } from '../postgres/database.ts';
import { hasCode } from '../record/causes.ts';
import { isCollection } from '../record/consignments.ts';
import { storeFact } from '../record/facts.ts';

/**
 * What facts that were just stored begin or change: the end of a stop begins a look for its evidence, a piece of evidence renews
 * the looks that go on. Nothing where the organisation wants no evidence.
 */
export async function findChecks(
  tx: Queryable,
  organisation: string,
  consignment: string,
  facts: readonly Fact[],
  heard: string,
): Promise<NewFact[]> {
  const ended = facts.filter((fact) => fact.kind === 'milestone' && fact.milestone !== 'arrived');
  const pieces = facts.filter(({ kind }) => kind === 'pod' || kind === 'document');
  if (ended.length === 0 && pieces.length === 0) return [];
  const { rows } = await tx.query<{ evidence: EvidencePolicy | null }>(
    `select settings->'policy'->'evidence' as evidence from organisation where id = $1`,
    [organisation],
  );
  const policy = rows[0]?.evidence;
  if (!policy || !wantsAny(policy)) return [];
  const base = { kind: 'proof', at: heard, zone: 'UTC', source: 'engine' } as const;
  // A collection is done where the goods are handed over.
  const done = ended.length > 0 && (await isCollection(tx, consignment)) ? 'out' : 'delivered';
  const begun = ended.flatMap((fact): NewFact[] => {
    if (fact.kind !== 'milestone' || (fact.milestone !== done && fact.milestone !== 'failed')) return [];
    const { stop, at } = fact;
    const outcome = fact.milestone === 'failed' ? 'failed' : 'delivered';
    return [{ ...base, id: `proof:${stop}:${at}`, stop, outcome, ended: at, since: heard }];
  });
  const piece = pieces.at(-1);
  if (piece === undefined) return begun;
  const open = await tx.query<{ envelope: EvidenceSearchFact; refused: number | null; resent: number }>(
    `select distinct on (f.envelope->>'stop', f.envelope->>'ended') f.envelope, case when d.state = 'refused' then d.revision end as refused,
            (select coalesce(max((r.envelope->>'revision')::int), 1) from fact r where r.consignment = $1 and r.kind = 'resend') as resent
       from fact f left join receipt d
         on d.consignment = $1 and d.key = 'proof:' || (f.envelope->>'stop') || ':' || (f.envelope->>'ended')
      where f.consignment = $1 and f.kind = 'proof' and coalesce(d.state, '') not in ('met', 'void')
      order by f.envelope->>'stop', f.envelope->>'ended', f.seq`,
    [consignment],
  );
  const renewed = open.rows.map(({ envelope: { stop, outcome, ended: when, since }, refused, resent }): NewFact => {
    const key = `proof:${stop}:${when}`;
    // Nobody looks any more, and it was work for a person: what came may be what was missing.
    const again = { kind: 'resend', obligation: key, revision: Math.max(refused ?? 1, resent) + 1 } as const;
    if (refused !== null) return { ...base, ...again, id: `resend:${key}:${piece.id}`.slice(0, 200) };
    return { ...base, id: `${key}:${piece.id}`, stop, outcome, ended: when, since };
  });
  return [...begun, ...renewed];
}

/** Whether one of these signatures (fact ids), or a paper of one, was heard of before. */
export async function isSignatureKnown(
  db: Queryable,
  consignment: string,
  signatures: readonly string[],
): Promise<boolean> {
  const { rows } = await db.query<{ told: boolean }>(
    `select exists (select 1 from fact where consignment = $1 and (kind = 'pod' and id = any($2)
                       or kind = 'document' and envelope->>'role' in ('signature', 'pod'))) as told`,
    [consignment, signatures],
  );
  return rows[0]?.told !== false;
}

/** Begins and renews looks for facts that came to their consignment in another way than being heard of it. */
export async function lookAfter(
  tx: Queryable,
  organisation: string,
  consignment: string,
  facts: readonly Fact[],
): Promise<void> {
  const heard = await now(tx);
  for (const look of await findChecks(tx, organisation, consignment, facts, heard))
    await storeFact(tx, consignment, look, { organisation, journal: null, heard, via: 'push' });
}

/**
 * The evidence of a stop that ended at `ended` (UTC ISO): what is of an earlier end, or was no sound file, is none. The same stop delivered
 * at another time is no other end: its time was corrected.
 */
export async function evidenceOf(
  db: Queryable,
  consignment: string,
  { stop, ended }: Pick<EvidenceSearchFact, 'stop' | 'ended'>,
): Promise<Evidence> {
  const { rows } = await db.query<{ signatures: number; photos: number; named: boolean }>(
    `with ended as (
       select max(at) as at from fact
        where consignment = $1 and kind = 'milestone' and envelope->>'milestone' in ('delivered', 'failed') and at < $2
          and (envelope->>'milestone' <> 'delivered' or envelope->>'stop' <> $4)
     ), earlier as (
       -- Photos of a failed attempt come after it: those of the next one after it sets out.
       select coalesce(min(f.at), max(e.at), '-infinity') as at from ended e left join fact f
           on f.consignment = $1 and f.kind = 'milestone' and f.envelope->>'milestone' in ('out', 'arrived') and f.at > e.at and f.at < $2
     ), pieces as (
       -- A paper that was taken apart is its pages, and what came twice is one photo.
       select f.kind, f.envelope->>'role' as role, coalesce(t.body->>'name', '') as name,
              coalesce(d.proof ? 'pages' or ${hasCode('d.cause', 'same file')}, false) as again
         from fact f cross join earlier e
         left join content t on f.kind = 'pod' and t.id = (f.envelope->>'content')::bigint
         left join receipt d on d.consignment = f.consignment and d.key = 'document:' || (f.envelope->>'document')
        where f.consignment = $1 and f.kind = any($3) and f.at > e.at and coalesce(d.state, '') <> 'refused'
          and not ${hasCode('f.cause', 'moved')}
     )
     select count(*) filter (where role in ('signature', 'pod'))::int as signatures,
            count(*) filter (where role in ('photo', 'exception-photo') and not again)::int as photos,
            coalesce(bool_or(kind = 'pod' and name <> ''), false) as named
       from pieces`,
    [consignment, ended, evidenceKinds, stop],
  );
  return rows[0] ?? { signatures: 0, photos: 0, named: false };
}

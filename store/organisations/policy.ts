/** An organisation's policy where no secret is needed: what it set, and the defaults for the rest. */
import { defaultPolicy, type Policy } from '../../domain/policy/settings.ts';
import type { QuorumRules } from '../../domain/state/pallets.ts';
import type { Queryable } from '../postgres/database.ts';

export async function policyOf(db: Queryable, organisation: string): Promise<Policy> {
  const { rows } = await db.query<{ policy: Partial<Policy> | null }>(
    `select settings->'policy' as policy from organisation where id = $1`,
    [organisation],
  );
  return { ...defaultPolicy, ...rows[0]?.policy };
}

const quorumOf = (said: string) => (said === 'all' || said === 'any' ? said : Number(said));

export function quorumRules({ loadedQuorum, deliveredQuorum, quorumMinutes }: Policy): QuorumRules {
  return { loaded: quorumOf(loadedQuorum), delivered: quorumOf(deliveredQuorum), minutes: quorumMinutes };
}

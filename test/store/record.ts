/** A record of its own for a test file: a schema, an organisation for each test, and what is asked of both. */

import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import type { Fact, NewFact, Via } from '../../domain/facts/facts.ts';
import type { Aliases } from '../../domain/facts/reading.ts';
import type { Cause } from '../../domain/obligations/causes.ts';
import type { Ledger } from '../../domain/receipts/receipts.ts';
import { emptyState, fold, type State } from '../../domain/state/state.ts';
import { recordsOf } from '../../store/due/publication.ts';
import { ingest as hearIn, type Ingested } from '../../store/intake/ingest.ts';
import { type Database, inTransaction, type Queryable } from '../../store/postgres/database.ts';
import { type FreshSchema, freshSchema } from '../postgres.ts';
import { expectProjected } from '../projected.ts';
import { minute } from './said.ts';

export interface Told {
  readonly via?: Via;
  /** Minute at which it was heard; that of the first fact where left out. */
  readonly heard?: number;
  readonly consignment?: string;
  readonly handedOver?: boolean;
  /** The message has no time of its own. */
  readonly untimed?: boolean;
  readonly on?: Queryable;
}

export interface FactRow {
  readonly seq: number;
  readonly id: string;
  readonly kind: string;
  readonly state: string;
  readonly cause: Cause | null;
  readonly envelope: Fact;
}

export interface Recorded {
  readonly store: FreshSchema;
  readonly db: Database;
  readonly organisation: string;
  /** The same record, for an organisation besides. */
  another(): Promise<Recorded>;
  /** Takes in one message in a transaction of its own, or in the one that is given. */
  hear(aliases: Aliases, facts: readonly NewFact[], told?: Told): Promise<Ingested>;
  /** The same, where it must find or begin a consignment. */
  heard(aliases: Aliases, facts: readonly NewFact[], told?: Told): Promise<string>;
  rows<T>(sql: string, ...values: unknown[]): Promise<T[]>;
  /** Facts of a consignment in the order of arrival; null: parked. */
  facts(consignment: string | null): Promise<FactRow[]>;
  kinds(consignment: string | null): Promise<string[]>;
  mergedInto(consignment: string): Promise<string | null>;
  /** Its state and what came of its obligations, from all facts and deliveries. */
  state(consignment: string): Promise<{ readonly state: State; readonly ledger: Ledger }>;
}

let made = 0;

export function useRecord(): () => Recorded {
  let store: FreshSchema | undefined;
  let organisation = '';
  beforeAll(async () => {
    store = await freshSchema();
  });
  afterAll(() => store?.close());
  beforeEach(async () => {
    if (store !== undefined) organisation = await newOrganisation(store);
  });
  afterEach(async () => {
    if (store !== undefined) await expectProjected(store.db);
  });
  return () => {
    if (store === undefined) throw new Error('there is no record');
    return of(store, organisation);
  };
}

async function newOrganisation({ db }: FreshSchema): Promise<string> {
  const id = `org-${++made}`;
  await db.query("insert into organisation (id, name, settings, secrets, made_by) values ($1, $1, '{}', '', 'test')", [
    id,
  ]);
  return id;
}

function of(store: FreshSchema, organisation: string): Recorded {
  const { db } = store;
  const rows = async <T>(sql: string, ...values: unknown[]): Promise<T[]> => (await db.query(sql, values)).rows as T[];
  const hear = (aliases: Aliases, facts: readonly NewFact[], told: Told = {}) => {
    const context = {
      organisation,
      journal: null,
      heard: told.heard === undefined ? (facts[0]?.at ?? minute(0)) : minute(told.heard),
      via: told.via ?? 'push',
      ...(told.consignment === undefined ? {} : { consignment: told.consignment }),
      ...(told.handedOver === undefined ? {} : { handedOver: told.handedOver }),
    };
    const take = (tx: Queryable) =>
      hearIn(tx, { aliases, facts, ...(told.untimed === true ? { untimed: true as const } : {}) }, context);
    return told.on === undefined ? inTransaction(db, take) : take(told.on);
  };
  const facts = (consignment: string | null) =>
    rows<FactRow>(
      'select seq, id, kind, state, cause, envelope from fact where organisation = $1 and consignment is not distinct from $2 order by seq',
      organisation,
      consignment,
    );
  return {
    store,
    db,
    organisation,
    another: async () => of(store, await newOrganisation(store)),
    hear,
    rows,
    facts,
    heard: async (aliases, told, how) => {
      const { consignment } = await hear(aliases, told, how);
      if (consignment === null) throw new Error('it was parked');
      return consignment;
    },
    kinds: async (consignment) => (await facts(consignment)).map(({ kind }) => kind),
    mergedInto: async (consignment) =>
      (await rows<{ into: string | null }>('select merged_into as into from consignment where id = $1', consignment))[0]
        ?.into ?? null,
    state: async (consignment) => {
      const record = (await recordsOf(db, [consignment])).get(consignment);
      return { state: fold(emptyState, record?.facts ?? []), ledger: record?.ledger ?? {} };
    },
  };
}

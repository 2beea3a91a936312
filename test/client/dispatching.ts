/** A dispatcher over a record of its own and a Temporal that only notes what it is told, for tests. */
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, ServiceError } from '@temporalio/client';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { until } from '../../bench/until.ts';
import { Dispatcher, type DispatcherOptions } from '../../client/dispatch/dispatcher.ts';
import type { Fact, NewFact } from '../../domain/facts/facts.ts';
import type { Plan } from '../../domain/obligations/plan.ts';
import { addNames, createIdentity } from '../../store/identity/identity.ts';
import { type Installation, openInstallation } from '../../store/organisations/installation.ts';
import { inTransaction } from '../../store/postgres/database.ts';
import { consignmentRow } from '../../store/record/consignments.ts';
import { storeFact } from '../../store/record/facts.ts';
import { type Received, receive } from '../../store/record/journal.ts';
import { haulier } from '../cast.ts';
import { type FreshSchema, freshSchema } from '../postgres.ts';
import { expectProjected } from '../projected.ts';

/** What a workflow was told, in the order in which it was. */
export interface Signal {
  readonly workflow: string;
  readonly signal: string;
  readonly plan: Plan;
  /** It is had to ask the record; there is no plan then. */
  readonly asks: boolean;
}

/** A Temporal that takes signals, and refuses those that `refuse` says. */
export function temporal(refuse: (signal: Signal) => Error | undefined = () => undefined) {
  const signals: Signal[] = [];
  type Options = { workflowId: string; signal: string; signalArgs: [{ plan: Plan; ask?: true }] };
  const client = {
    connection: { withDeadline: (_: number, run: () => unknown) => run() },
    workflow: {
      signalWithStart: async (_: string, { workflowId, signal, signalArgs: [{ plan, ask }] }: Options) => {
        const told = { workflow: workflowId, signal, plan, asks: ask === true };
        const refused = refuse(told);
        if (refused !== undefined) throw refused;
        signals.push(told);
      },
    },
  };
  return { client: client as unknown as Client, signals };
}

export const grpc = (code: number, details: string) => {
  return new ServiceError('Failed to signal with start', {
    cause: Object.assign(new Error(details), { code, details }),
  });
};

/** A line of the dispatcher's log. */
export interface Line {
  readonly msg: string;
  readonly journal?: number;
  readonly tries?: number;
}

/** A message as the journal has it. */
export interface Kept {
  readonly id: number;
  readonly state: string;
  readonly problems: readonly { readonly field: string; readonly message: string }[];
  readonly body: Buffer;
}

export interface Dispatching {
  readonly store: FreshSchema;
  readonly installation: Installation;
  /** Of this test alone. */
  readonly organisation: string;
  /** Another organisation. */
  readonly another: () => Promise<string>;
  /** Starts one that is stopped after the test; answers it and what it logs. */
  readonly dispatcher: (
    client: Client,
    more?: Partial<DispatcherOptions>,
  ) => { readonly started: Dispatcher; readonly lines: readonly Line[] };
  /** A push of Qargo; JSON unless it is a text already. */
  readonly pushed: (body: unknown, organisation?: string) => Promise<Received>;
  /** A consignment whose order at Qargo is known. */
  readonly withOrder: (orderId: string, organisation?: string) => Promise<string>;
  /** Stores a fact as an activity does that answers the workflow itself, or as news. */
  readonly said: (consignment: string, fact: NewFact, handedOver: boolean, organisation?: string) => Promise<void>;
  readonly journalled: () => Promise<Kept[]>;
  /** All that the test pushed, once none of it waits to be taken in. */
  readonly allRead: (count: number) => Promise<Kept[]>;
  /** Facts of the organisation's consignments in the order in which they were stored; or those that are parked. */
  readonly facts: (state?: 'kept' | 'parked') => Promise<Fact[]>;
  /** Waits for so many facts, and that the workflows were told of all of them. */
  readonly told: (count: number) => Promise<Fact[]>;
  /** The id of a consignment's workflow. */
  readonly workflowOf: (consignment: string) => Promise<string>;
  /** Consignments of the organisation whose workflows are still to be told something. */
  readonly untold: () => Promise<string[]>;
  /** The record refuses a fact of the barcode `BAD`, with that SQLSTATE, so many times. */
  readonly refusing: (state: string, times: number, run: () => Promise<void>) => Promise<void>;
}

export const barcodesOf = (facts: readonly Fact[]) =>
  facts.map((fact) => (fact.kind === 'scan' ? fact.barcode : fact.kind));

export function useDispatching(): () => Dispatching {
  let store: FreshSchema | undefined;
  let installation: Installation | undefined;
  let organisation = '';
  let made = 0;
  const running: Dispatcher[] = [];
  const newOrganisation = async (): Promise<string> => {
    const id = `org-${++made}`;
    await installation?.organisations.put(haulier(id), 'test');
    return id;
  };
  beforeAll(async () => {
    store = await freshSchema();
    installation = openInstallation('dispatcher', {
      variables: {
        DATABASE_URL: store.url,
        DATABASE_SCHEMA: store.schema,
        PALLETWAYS_QARGO_MASTER_KEY: randomBytes(32).toString('base64'),
        PALLETWAYS_QARGO_BLOBS: join(tmpdir(), 'dispatcher-blobs'),
      },
    });
  });
  afterAll(async () => {
    await installation?.close();
    await store?.close();
  });
  beforeEach(async () => {
    organisation = await newOrganisation();
  });
  afterEach(async () => {
    for (const each of running.splice(0)) await each.stop();
    if (store !== undefined) await expectProjected(store.db);
  });
  return () => {
    if (store === undefined || installation === undefined) throw new Error('there is no record');
    return dispatching(store, installation, organisation, newOrganisation, running);
  };
}

function dispatching(
  store: FreshSchema,
  installation: Installation,
  organisation: string,
  another: () => Promise<string>,
  running: Dispatcher[],
): Dispatching {
  const { db, schema } = store;
  const rows = async <T extends object>(sql: string, ...values: unknown[]): Promise<T[]> =>
    (await db.query<T>(sql, values)).rows;
  const journalled = () =>
    rows<Kept>('select id, state, problems, body from journal where organisation = $1 order by id', organisation);
  const facts = async (state: 'kept' | 'parked' = 'kept') =>
    (
      await rows<{ envelope: Fact }>(
        'select envelope from fact where organisation = $1 and state = $2 order by seq',
        organisation,
        state,
      )
    ).map(({ envelope }) => envelope);
  const untold = async () =>
    (
      await rows<{ consignment: string }>(
        'select consignment from wake where organisation = $1 and pending',
        organisation,
      )
    ).map(({ consignment }) => consignment);
  return {
    store,
    installation,
    organisation,
    another,
    journalled,
    facts,
    untold,
    workflowOf: async (consignment) => (await consignmentRow(db, consignment)).workflow,
    dispatcher: (client, more = {}) => {
      const lines: Line[] = [];
      const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line) as Line) });
      const started = new Dispatcher({ installation, temporal: client, log, gatherMs: 20, pollMs: 20, ...more });
      started.start();
      running.push(started);
      return { started, lines };
    },
    pushed: (body, of = organisation) =>
      receive(db, {
        organisation: of,
        channel: 'qargo visibility',
        contentType: 'application/json',
        body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
      }),
    withOrder: (orderId, of = organisation) =>
      inTransaction(db, async (tx) => {
        const id = await createIdentity(tx, of);
        await addNames(tx, of, id, [{ kind: 'qargoOrderId', value: orderId, strong: true }]);
        return id;
      }),
    said: async (consignment, fact, handedOver, of = organisation) => {
      await inTransaction(db, (tx) =>
        storeFact(tx, consignment, fact, { organisation: of, journal: null, heard: fact.at, via: 'push', handedOver }),
      );
    },
    allRead: (count) =>
      until(`${count} messages read`, async () => {
        const all = await journalled();
        return all.length === count && all.every(({ state }) => state !== 'new') ? all : undefined;
      }),
    told: (count) =>
      until(`${count} facts told`, async () => {
        const all = await facts();
        return all.length >= count && (await untold()).length === 0 ? all : undefined;
      }),
    refusing: async (state, times, run) => {
      await db.query(`create sequence ${schema}.refused`);
      await db.query(`create or replace function ${schema}.refuse() returns trigger language plpgsql as $$
        begin if new.envelope->>'barcode' = 'BAD' and nextval('${schema}.refused') <= ${times} then
          raise exception 'refused by the test' using errcode = '${state}'; end if; return new; end $$`);
      await db.query(`create trigger refuse before insert on fact for each row execute function ${schema}.refuse()`);
      try {
        await run();
      } finally {
        for (const each of running.splice(0)) await each.stop();
        await db.query('drop trigger refuse on fact');
        await db.query(`drop sequence ${schema}.refused`);
      }
    },
  };
}

/**
 * The product but for Temporal, its record and both twins in one process. What the twins push is kept as letters, and a test says
 * when and in which order they are opened; then what is due of a consignment is delivered, as its workflow does, until nothing is.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/common';
import { sendToPalletways } from '../activities/lanes/palletways.ts';
import { sendToQargo } from '../activities/lanes/qargo.ts';
import { Counterparts } from '../activities/sending/counterparts.ts';
import { NoteBatcher } from '../activities/sending/note-batcher.ts';
import type { Services } from '../activities/sending/work.ts';
import type { ConsignmentId } from '../activities/types.ts';
import { readMessage } from '../client/dispatch/read.ts';
import { settleDecision } from '../client/operations/decisions.ts';
import { fetchToken } from '../connectors/qargo/calls.ts';
import type { Fact, NextStep } from '../domain/facts/facts.ts';
import { type Lane, lanes } from '../domain/obligations/lanes.ts';
import { withheldOf } from '../domain/policy/rows.ts';
import { defaultPolicy, type Policy } from '../domain/policy/settings.ts';
import { emptyState, fold } from '../domain/state/state.ts';
import { diagnose } from '../domain/words/diagnosis.ts';
import { questionsOf } from '../domain/words/questions.ts';
import { call } from '../local/loopback.ts';
import { demonstrations } from '../local/organisations.ts';
import { defaultPorts } from '../local/ports.ts';
import { productEnvironment } from '../local/product.ts';
import { startTwin } from '../sandbox/palletways/twin.ts';
import { startQargoTwin } from '../sandbox/qargo/server.ts';
import type { CharacterName } from '../sandbox/server/flips.ts';
import { decideCase, listCases } from '../store/close-out/cases.ts';
import { closeOutPass } from '../store/close-out/close-out.ts';
import { stateForDecisions } from '../store/decisions/decisions.ts';
import { recordsOf } from '../store/due/publication.ts';
import { matchParked } from '../store/intake/parked.ts';
import { ingestParts } from '../store/intake/parts.ts';
import { countUnused } from '../store/intake/unused.ts';
import { vouchForContact } from '../store/organisations/contacts.ts';
import { type Installation, openInstallation } from '../store/organisations/installation.ts';
import type { OrganisationDraft } from '../store/organisations/organisations.ts';
import { inTransaction } from '../store/postgres/database.ts';
import { askRefresh, askResend } from '../store/record/commands.ts';
import { findByReference } from '../store/record/consignments.ts';
import { type Channel, claimUnread, markRead, receive } from '../store/record/journal.ts';
import { planOf } from '../store/record/plan.ts';

/** Where a ground has its record. */
export interface GroundPlace {
  readonly url: string;
  /** A schema with all its tables. */
  readonly schema: string;
}

/** What a ground is other than usual. */
export interface GroundOptions {
  /** Policies, organisation by organisation: what differs from the default. */
  readonly policies: readonly Partial<Policy>[];
  /** As the product keeps it: what cannot be read of a message is a problem in its journal. Left out, it is an error. */
  readonly keepsUnread?: boolean;
  /** The twins play this character; left out they play `former`, whose reads show everything that a test may look for. */
  readonly character?: CharacterName;
}

/** A push as it came. */
export interface Letter {
  readonly organisation: string;
  readonly channel: Channel;
  readonly contentType: string;
  readonly body: Buffer;
}

/** Intervals are divided by it and call limits multiplied: nothing is waited for. */
const pace = 1_000;
/** What waits longer than this (ms) is not waited for: it is due some other day. */
const horizonMs = 1_500;
/** A consignment that is never done has a fault. */
const mostRounds = 80;

export class Ground {
  readonly palletways: string;
  readonly qargo: string;
  readonly installation: Installation;
  readonly organisations: readonly string[];
  /** An error that nobody foresaw, thrown where an item is put into words or sent. */
  fault: Services['faults'];
  readonly #services: Services;
  readonly #letters: Letter[];
  readonly #close: () => Promise<void>;
  readonly #keepsUnread: boolean;
  readonly #tokens = new Map<string, ReturnType<typeof fetchToken>>();
  #opening: Promise<void> = Promise.resolve();

  private constructor(
    of: Pick<Ground, 'palletways' | 'qargo' | 'installation' | 'organisations'>,
    letters: Letter[],
    close: () => Promise<void>,
    keepsUnread: boolean,
  ) {
    ({
      palletways: this.palletways,
      qargo: this.qargo,
      installation: this.installation,
      organisations: this.organisations,
    } = of);
    const counterparts = new Counterparts(of.installation);
    const more = {
      log: { error: logged, warn: logged },
      faults: ((point, item) => this.fault?.(point, item)) as NonNullable<Services['faults']>,
    };
    this.#services = {
      installation: of.installation,
      counterparts,
      desk: new NoteBatcher(of.installation, counterparts, more),
      ...more,
    };
    this.#letters = letters;
    this.#close = close;
    this.#keepsUnread = keepsUnread;
  }

  /** What activities work with. */
  get services(): Services {
    return this.#services;
  }

  /** Starts both twins and opens the record, which the caller has made. */
  static async open(schema: GroundPlace, options: GroundOptions): Promise<Ground> {
    const { policies, character: name = 'former' } = options;
    const character = { character: name, flips: [] };
    const data = await mkdtemp(join(tmpdir(), 'palletways-qargo-together-'));
    const letters: Letter[] = [];
    const [palletwaysTwin, qargoTwin, box] = await Promise.all([
      startTwin({
        port: 0,
        ftpPort: 0,
        directory: join(data, 'palletways'),
        pace,
        pushTries: 1,
        ftpTls: null,
        character,
      }),
      startQargoTwin({ port: 0, data: join(data, 'qargo'), pace, pushTries: 1, character }),
      letterBox(letters),
    ]);
    const env = productEnvironment({
      databaseUrl: schema.url,
      schema: schema.schema,
      temporalAddress: '',
      namespace: '',
      masterKey: randomBytes(32).toString('base64'),
      data,
      pace,
    });
    const installation = openInstallation('test', { max: 8, variables: env });
    const ports = {
      ...defaultPorts,
      palletways: palletwaysTwin.port,
      ftp: palletwaysTwin.ftpPort,
      qargo: qargoTwin.port,
      service: box.port,
    };
    const organisations = demonstrations(policies.length, data, ports);
    const [palletways, qargo] = [`http://127.0.0.1:${palletwaysTwin.port}`, qargoTwin.url];
    for (const [n, each] of organisations.entries()) {
      // No read is asked for by age, and the pace leaves nothing of a limit. A look takes its time at whatever pace.
      const policy = { ...defaultPolicy, refreshMinutes: 0, lookSeconds: 3_600, ...policies[n] };
      await installation.organisations.put({ ...(each.product as OrganisationDraft), policy }, 'test');
      await vouchForContact(installation.db, each.id, 1, { who: 'test', why: 'these are the twins' });
      await call('PUT', `${palletways}/control/organisations/${each.id}`, each.palletways);
      await call('PUT', `${qargo}/control/organisations/${each.id}`, each.qargo);
    }
    const close = async () => {
      await Promise.all([palletwaysTwin.close(), qargoTwin.close(), box.close()]);
      await installation.close();
      await rm(data, { recursive: true, force: true });
    };
    return new Ground(
      { palletways, qargo, installation, organisations: organisations.map(({ id }) => id) },
      letters,
      close,
      options.keepsUnread === true,
    );
  }

  async close(): Promise<void> {
    await this.#close();
  }

  /** What the twins pushed and was not taken yet, in the order in which it came; of one consignment where it is named. None is under way any more. */
  async letters(about = ''): Promise<Letter[]> {
    for (;;) {
      const pending = (await Promise.all(
        [this.palletways, this.qargo].map((twin) => call('GET', `${twin}/control/pending`)),
      )) as {
        pushes: number;
      }[];
      if (pending.every(({ pushes }) => pushes === 0)) {
        const all = this.#letters.splice(0);
        this.#letters.push(...all.filter(({ body }) => !body.includes(about)));
        return all.filter(({ body }) => body.includes(about));
      }
      await sleep(2);
    }
  }

  /** Stores letters and takes them in, as the dispatcher does with what waits. */
  async open(letters: readonly Letter[]): Promise<void> {
    const { db, organisations } = this.installation;
    for (const letter of letters) await receive(db, letter);
    const heardOf = new Set<string>();
    for (const row of await claimUnread(db, 1_000, 60_000)) {
      const organisation = await organisations.cached(row.organisation);
      if (organisation === undefined) throw new Error(`no organisation ${row.organisation}`);
      const reading = readMessage(row, organisation, this.installation.digestOf(row.organisation));
      const context = { organisation: row.organisation, journal: row.id, heard: row.receivedAt, via: 'push' } as const;
      const taken = await ingestParts(db, reading.heard, context);
      const problems = [...reading.problems, ...taken.problems];
      if (problems.length > 0 && !this.#keepsUnread) throw new Error(`not read: ${JSON.stringify(problems)}`);
      await countUnused(db, { ...context, channel: row.channel }, reading.unused ?? []);
      await markRead(db, row.id, problems, taken.parts === 0 && problems.length > 0);
      heardOf.add(row.organisation);
    }
    for (const organisation of heardOf) await inTransaction(db, (tx) => matchParked(tx, organisation));
  }

  /** The one consignment of this reference. */
  async find(reference: string): Promise<ConsignmentId> {
    const [row, other] = await findByReference(this.installation.db, reference);
    if (row === undefined || other !== undefined)
      throw new Error(`${reference} is not the reference of one consignment`);
    return { organisation: row.organisation, consignment: row.id };
  }

  /** Delivers until nothing is due; lanes in the order given. */
  async drive(id: ConsignmentId, order: readonly Lane[] = lanes): Promise<void> {
    for (let round = 0; ; round += 1) {
      const plan = await planOf(this.installation.db, id.consignment);
      if (Object.keys(plan.lanes).length === 0) {
        if (plan.wakeAt === undefined || Date.parse(plan.wakeAt) - Date.now() > horizonMs) return;
        await sleep(Math.max(1, Date.parse(plan.wakeAt) - Date.now() + 1));
      }
      if (round === mostRounds)
        throw new Error(`never done: ${plan.page.outstanding.map(({ key }) => key).join(', ')}`);
      for (const lane of order) {
        const deliver = lane === 'qargo' ? sendToQargo : sendToPalletways;
        if (plan.lanes[lane] !== undefined) await deliver(this.#services, { ...id, lane }).catch(heldOnly);
      }
    }
  }

  /** One send of what is due in a lane. */
  async send(id: ConsignmentId, lane: Lane): Promise<void> {
    await (lane === 'qargo' ? sendToQargo : sendToPalletways)(this.#services, { ...id, lane });
  }

  /** Takes in what the twins pushed, of whatever consignment. Whoever comes while letters are opened finds them opened. */
  async take(): Promise<void> {
    this.#opening = this.#opening.then(async () => this.open(await this.letters()));
    await this.#opening;
  }

  /** Takes in what the twins pushed, and delivers what is due of one consignment. */
  async hear(id: ConsignmentId): Promise<void> {
    await this.take();
    await this.drive(id);
  }

  /** A person has both sides read. */
  async refresh(id: ConsignmentId): Promise<void> {
    await askRefresh(this.installation.db, id, { who: 'Priya', why: 'asked by the customer' });
    await this.drive(id);
  }

  /** A person has something sent again. */
  async resend(id: ConsignmentId, obligation: string): Promise<void> {
    await askResend(this.installation.db, id, obligation, { who: 'Priya', why: 'asked by the customer' });
    await this.drive(id);
  }

  /** What a person is asked, by what it is about. */
  async questions(id: ConsignmentId): Promise<string[]> {
    return questionsOf(await stateForDecisions(this.installation.db, id.consignment)).map(({ edit }) => edit);
  }

  /** A person answers the one question that is open, or the one that is named; false where there is none. */
  async settle(id: ConsignmentId, decision: 'accepted' | 'refused', edit?: string): Promise<boolean> {
    const settled = await settleDecision(this.installation, id, {
      decision,
      edit,
      who: 'Priya',
      why: 'asked the customer',
    });
    await this.drive(id);
    return settled !== null;
  }

  /** The pass over what has ended, as every sweep makes it. */
  async closeOut(id: ConsignmentId): Promise<void> {
    const organisation = await this.installation.organisations.cached(id.organisation);
    if (organisation !== undefined)
      await closeOutPass(this.installation.db, organisation.id, organisation.policy.closeOut);
    await this.drive(id);
  }

  /** A person decides what comes after each exception that is open. */
  async decideCases(id: ConsignmentId, step: NextStep): Promise<void> {
    const { db } = this.installation;
    for (const each of (await listCases(db, 'open', { organisation: id.organisation })).rows)
      if (each.consignment === id.consignment && each.next !== step)
        await decideCase(db, each.id, { step, who: 'Priya', why: 'the customer was called' });
    await this.drive(id);
  }

  /** What a person is told of what is not delivered, where somebody must act. */
  async attention(id: ConsignmentId): Promise<string[]> {
    const record = (await recordsOf(this.installation.db, [id.consignment])).get(id.consignment);
    const organisation = await this.installation.organisations.cached(id.organisation);
    const withheld = withheldOf(organisation?.policy.rows);
    const state = fold(emptyState, record?.facts ?? []);
    const open = diagnose(state, record?.ledger ?? {}, new Date().toISOString(), [], withheld);
    return open.flatMap(({ attention, sentence }) => (attention ? [sentence] : []));
  }

  /** The order as Qargo's API answers it; no part of the product's call budget. */
  async readOrder({ organisation }: ConsignmentId, orderId: string): Promise<unknown> {
    const settings = await this.installation.organisations.cached(organisation);
    if (settings === undefined) throw new Error(`no organisation ${organisation}`);
    const { qargo } = this.#services.counterparts.accessOf(settings);
    const fetched = this.#tokens.get(organisation) ?? fetchToken(qargo);
    this.#tokens.set(organisation, fetched);
    const bearer = { authorization: `Bearer ${(await fetched).token}` };
    const answer = await fetch(`${this.qargo}/v1/orders/order/${orderId}/status`, { headers: bearer });
    if (!answer.ok) throw new Error(`order ${orderId}: ${answer.status}`);
    return answer.json();
  }

  /** The facts of a consignment in the order in which they were heard. */
  async facts(id: ConsignmentId): Promise<Fact[]> {
    const sql = 'select envelope from fact where consignment = $1 order by seq';
    return (await this.installation.db.query<{ envelope: Fact }>(sql, [id.consignment])).rows.map(
      ({ envelope }) => envelope,
    );
  }
}

/** What nobody foresaw is a fault of this project: it is shown. */
function logged(...said: unknown[]): void {
  console.error(...said);
}

/** What holds all alike is tried again, as the activity is. */
function heldOnly(error: unknown): void {
  if (!(error instanceof ApplicationFailure) || error.type !== 'Held') throw error;
}

/** Where the twins push to. */
async function letterBox(letters: Letter[]): Promise<{ port: number; close(): Promise<void> }> {
  const channels: Readonly<Record<string, Channel>> = {
    push: 'palletways push',
    visibility: 'qargo visibility',
    dispatch: 'qargo dispatch',
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const [, , organisation = '', what = ''] = (request.url ?? '').split('/');
      const channel = channels[what];
      if (channel === undefined) throw new Error(`nobody takes ${request.url}`);
      letters.push({
        organisation,
        channel,
        contentType: request.headers['content-type'] ?? '',
        body: Buffer.concat(chunks),
      });
      response.writeHead(200).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

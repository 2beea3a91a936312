import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect } from 'vitest';
import { type Entered, enter, label, noted as notedOf, ordersOf } from '../../bench/people.ts';
import { until } from '../../bench/until.ts';
import { signalNames } from '../../domain/facts/kinds.ts';
import { runToEnd } from '../../local/command.ts';
import { loopbackDirect } from '../../local/environment.ts';
import { onRealParts, useHouse } from './house.ts';

const house = useHouse({ pace: 20 });

/** The commands of the page, as a person copies them, by the name of what they send. */
const page = readFileSync(join(import.meta.dirname, '../../docs/by-hand.md'), 'utf8');
const commands = [...page.matchAll(/```sh\n(.*?)```/gs)].map(([, command = '']) => command.trim());
const commandOf = (name: RegExp) => {
  const [found, other] = commands.filter((command) => name.test(command));
  if (found === undefined || other !== undefined) throw new Error(`the page has not exactly one command for ${name}`);
  return found;
};
const signal = (name: string) => commandOf(new RegExp(`workflow signal .*--name ${name}\\b`, 's'));

let variables: Record<string, string> = {};
let made: Entered;

/** Runs a command in a shell, with the `temporal` command on its path. */
async function shell(command: string): Promise<string> {
  const { cli, address, namespace } = house().server;
  const env = {
    ...loopbackDirect(process.env),
    PATH: `${dirname(cli)}:${process.env.PATH}`,
    TEMPORAL_ADDRESS: address,
    TEMPORAL_NAMESPACE: namespace,
    ...variables,
  };
  const { code, out, err } = await runToEnd('/bin/sh', ['-c', command], { env, withinMs: 20_000 });
  if (code !== 0) throw new Error(`${command}\nended with ${code}: ${err || out}`);
  return out;
}

const noted = (what: string, count = 1) => notedOf(house(), made, what, count);

/** The facts that the record has from what people said, each with the journal's row of it. */
async function journalled(): Promise<{ kind: string; via: string }[]> {
  const { rows } = await house().installation.db.query<{ kind: string; via: string }>(
    `select f.kind, f.envelope->>'via' as via from fact f join journal j on j.id = f.journal where j.channel = 'hand' order by f.seq`,
  );
  return rows;
}

/** What of signals by hand could not be read, as the journal has it. */
async function unread(): Promise<string[]> {
  const { rows } = await house().installation.db.query<{ message: string }>(
    `select p->>'message' as message from journal j, jsonb_array_elements(j.problems) p where j.channel = 'hand' order by j.id`,
  );
  return rows.map(({ message }) => message);
}

const methodsSince = async (before: number) => {
  const { palletways, qargo } = await house().calls();
  return [...palletways, ...qargo].filter(({ at }) => at >= before).map(({ method }) => method);
};

describe('by hand, with the commands of docs/by-hand.md', () => {
  beforeAll(async () => {
    const of = house();
    made = await enter(of, 'northgate');
    const barcodes = await label(of, made);
    await of.settled();
    variables = { REFERENCE: made.conNo, BARCODE: barcodes[0] ?? '', WORKFLOW: await of.workflowOf(made.conNo) };
  }, 60_000);

  onRealParts('the page shows every signal, update and query, and the list finds the consignment', 30_000, async () => {
    for (const name of signalNames) expect([name, signal(name)]).not.toContain('');
    const list = commandOf(/workflow list/);
    await until('the consignment in the list', async () =>
      (await shell(list)).includes(variables.WORKFLOW ?? '-') ? true : undefined,
    );
  });

  onRealParts('a scan, a trip, a milestone, an exception and a proof arrive at Palletways', 60_000, async () => {
    await shell(signal('scan'));
    expect((await noted('SCN/LOD'))[0]?.barcode).toBe(variables.BARCODE);
    await shell(signal('allocation'));
    expect((await noted('PLN/ALC'))[0]?.description).toBe('R12');
    await shell(signal('milestone'));
    expect(Date.parse((await noted('STS/OFD'))[0]?.instant ?? '')).toBe(Date.parse('2026-11-23T07:30:00Z'));
    await shell(signal('exception'));
    expect((await noted('EXC/DMG'))[0]?.description).toBe('DAMAGE');
    await shell(signal('pod'));
    await noted('POD/POD');
    const said = (await journalled()).map(({ kind, via }) => `${kind} by ${via}`);
    expect(said).toEqual(['scan by hand', 'plan by hand', 'milestone by hand', 'exception by hand', 'pod by hand']);
  });

  onRealParts('several facts ride one signal, and each arrives once', 30_000, async () => {
    await shell(signal('facts'));
    expect((await noted('SCN/DEL'))[0]?.barcode).toBe(variables.BARCODE);
    await noted('STS/ARR');
    expect((await journalled()).slice(-2).map(({ kind }) => kind)).toEqual(['scan', 'milestone']);
  });

  onRealParts('an order by hand makes the consignment be read', 30_000, async () => {
    const before = Date.now();
    await shell(signal('order'));
    await until('a read', async () => ((await methodsSince(before)).includes('getConsignment') ? true : undefined));
    expect((await journalled()).at(-1)?.kind).toBe('hint');
  });

  onRealParts('what cannot be read is counted, and stops nothing', 30_000, async () => {
    const told = (name: string, input: string) =>
      shell(`temporal workflow signal --workflow-id "$WORKFLOW" --name ${name} --input '${input}'`);
    await told('scan', '{"barcode":"X"}');
    await told('facts', '{"facts":[{"kind":"scan"},{"id":"x"},7]}');
    await told('nonsense', '"?"');
    const state = await until('the count', async () => {
      const answer = await shell(`${commandOf(/--type state/)} -o json`);
      return /"unreadable":\s*3/.test(answer) ? answer : undefined;
    });
    expect(state).toMatch(/"stage":\s*"at consignee"/);
    expect(await journalled()).toHaveLength(8);
    expect(await unread()).toEqual([1, 3, 1].map((parts) => `a signal by hand cannot be read (${parts})`));
  });

  onRealParts('resend sends what Palletways has already', 30_000, async () => {
    expect(await shell(`${commandOf(/--name resend/)} -o json`)).toMatch(/"revision":\s*2/);
    await noted('PLN/ALC', 2);
    expect((await journalled()).at(-1)?.kind).toBe('resend');
    await expect(
      shell(`temporal workflow update execute --workflow-id "$WORKFLOW" --name resend --input '{"obligation":""}'`),
    ).rejects.toThrow('name the key of what to send again');
  });

  onRealParts('refresh reads both sides', 30_000, async () => {
    const before = Date.now();
    expect(await shell(commandOf(/--name refresh/))).toContain('asked');
    await until('reads of both sides', async () => {
      const made = await methodsSince(before);
      const wanted = ['getConsignment', 'getNotes', 'orderStatus', 'orderDocuments'];
      return wanted.every((method) => made.includes(method)) ? true : undefined;
    });
    expect((await journalled()).at(-1)?.kind).toBe('refresh');
  });

  onRealParts('why tells in a sentence what is owed and was not sent', 30_000, async () => {
    await house().faults('palletways', [{ match: { method: 'createSystemNote' }, do: { status: 503 } }]);
    try {
      await shell(signal('scan'));
      const told = () => shell(commandOf(/--type why/));
      await until('the sentence', async () =>
        (await told()).includes('A scan owed to Palletways') ? true : undefined,
      );
    } finally {
      await house().faults('palletways', []);
    }
    await noted('SCN/LOD', 2);
  });

  onRealParts('each name has a description, and the page a timeline', 30_000, async () => {
    await house().settled();
    expect(await shell(commandOf(/workflow metadata/))).toContain('Nothing is owed to either side.');
    const metadata = (await house()
      .temporal.workflow.getHandle(variables.WORKFLOW ?? '')
      .query('__temporal_workflow_metadata')) as {
      definition: Record<
        'signalDefinitions' | 'updateDefinitions' | 'queryDefinitions',
        { name: string; description: string }[]
      >;
    };
    const named = (definitions: { name: string; description: string }[]) =>
      definitions
        .filter(({ name, description }) => !name.startsWith('__') && (description ?? '').length > 15)
        .map(({ name }) => name);
    const { signalDefinitions, updateDefinitions, queryDefinitions } = metadata.definition;
    expect(named(signalDefinitions).sort()).toEqual([...signalNames].sort());
    expect(named(updateDefinitions).sort()).toEqual(['refresh', 'resend']);
    expect(named(queryDefinitions)).toEqual(expect.arrayContaining(['state', 'why']));
  });

  onRealParts('a cancellation takes the order back', 30_000, async () => {
    await shell(signal('cancellation'));
    await until('the order taken back', async () => {
      return (await ordersOf(house(), made)).every(({ status }) => status === 'CANCELLED') ? true : undefined;
    });
    expect((await journalled()).at(-1)?.kind).toBe('cancellation');
  });
});

import { describe, expect, test } from 'vitest';
import { house, paths } from './house.ts';
import { importsOf } from './imports.ts';
import { brokenArrows, evaluated, type Files, findImportCircles, namelessFolders } from './rules.ts';

describe('the house', () => {
  test('keeps its import arrows', () => {
    expect(brokenArrows(house)).toEqual([]);
  });

  test('has no circle of imports, nor of types', () => {
    expect(findImportCircles(house)).toEqual([]);
  });

  test('was looked at: every room has files, and their imports were found', () => {
    for (const room of [
      'domain',
      'connectors',
      'store',
      'workflows',
      'activities',
      'workers',
      'client',
      'local',
      'sandbox',
    ]) {
      const files = [...house].filter(([path]) => path.startsWith(`${room}/`));
      expect([room, files.length > 0]).toEqual([room, true]);
      expect([room, files.some(([, text]) => importsOf(text).length > 0)]).toEqual([room, true]);
    }
    // As many static imports as lines that look like the end of one, told by another way of counting.
    for (const [path, text] of house) {
      if (path.startsWith('test/architecture/')) continue;
      const lines = text.match(/^(import|\}|export) ?.*from '[^']+';$/gm)?.length ?? 0;
      expect([path, importsOf(text).length >= lines]).toEqual([path, true]);
    }
  });

  test('the workflow bundle evaluates the domain and Temporal, and nothing else', () => {
    const { inside, outside } = evaluated(house, ['workflows/index.ts']);
    expect(outside.filter((name) => !name.startsWith('@temporalio/'))).toEqual([]);
    expect(inside.filter((path) => !/^(workflows|domain)\//.test(path))).toEqual([]);
    expect(inside).toContain('domain/words/outstanding.ts');
    expect(outside).toContain('@temporalio/workflow');
  });

  test('what translates calls nothing: no client, no socket, no file', () => {
    for (const connector of ['palletways', 'qargo']) {
      const { inside, outside } = evaluated(house, [`connectors/${connector}/read.ts`]);
      expect(inside.filter((path) => /\/(calls|http|ftp)\.ts$/.test(path))).toEqual([]);
      expect(
        outside.filter((name) =>
          /^(undici|basic-ftp|pg|@temporalio\/.*|node:(https?|net|tls|fs|dns|child_process).*)$/.test(name),
        ),
      ).toEqual([]);
    }
  });

  test('has no folder whose name says nothing', () => {
    expect(namelessFolders(paths)).toEqual([]);
  });
});

describe('a wrong import is caught', () => {
  const planted: readonly (readonly [file: string, text: string])[] = [
    ['domain/state/state.ts', "import { inTransaction } from '../../store/database.ts';"],
    ['domain/state/state.ts', "import type { Queryable } from '../../store/database.ts';"],
    ['domain/state/state.ts', "import { createHash } from 'node:crypto';"],
    ['domain/state/state.ts', "import { z } from 'zod';"],
    ['domain/state/state.ts', "export * from 'zod';"],
    ['domain/deep/er.ts', "export { now } from '../../store/postgres/database.ts';"],
    ['connectors/qargo/calls.ts', "import { take } from '../../store/limits/budget.ts';"],
    ['connectors/qargo/write-order.ts', "import { parseDocument } from '../palletways/document.ts';"],
    ['store/intake/ingest.ts', "import { readPush } from '../../connectors/palletways/read.ts';"],
    ['store/intake/ingest.ts', "const { tell } = await import('../../client/dispatch/tell.ts');"],
    ['store/intake/ingest.ts', "const x = require('../../activities/index.ts');"],
    ['activities/index.ts', "import { consignment } from '../workflows/index.ts';"],
    ['activities/index.ts', "import { taskQueue } from '../workers/worker.ts';"],
    ['workflows/consignment.ts', "import { createActivities } from '../activities/index.ts';"],
    ['workflows/consignment.ts', "import { type DeliverInput } from '../activities/types.ts';"],
    ['workflows/consignment.ts', "export { type DeliverInput } from '../activities/types.ts';"],
    ['workflows/consignment.ts', "import { load } from '../store/consignments.ts';"],
    ['workflows/consignment.ts', "import { z } from 'zod';"],
    ['workflows/consignment.ts', "import { setTimeout } from 'node:timers/promises';"],
    ['workers/worker.ts', "import { consignment } from '../workflows/index.ts';"],
    ['workers/worker.ts', "import type { Installation } from '../store/installation.ts';"],
    ['client/http/server.ts', "import { QargoClient } from '../../connectors/qargo/calls.ts';"],
    ['client/http/server.ts', "import type { QargoClient } from '../../connectors/qargo/calls.ts';"],
    ['client/http/server.ts', "import { http } from '../../connectors/qargo/http.ts';"],
    ['client/http/server.ts', "import { createActivities } from '../../activities/index.ts';"],
    ['client/http/server.ts', "import { startWorker } from '../../workers/worker.ts';"],
    ['client/http/server.ts', "import { consignment } from '../../workflows/consignment.ts';"],
    ['client/cli/worker.ts', "await import(fileURLToPath(new URL('../../local/main.ts', import.meta.url)));"],
    ['client/cli/main.ts', "await import(fileURLToPath(new URL('../../workers/main.ts', import.meta.url)));"],
    ['local/main.ts', "import { migrate } from '../store/migrate.ts';"],
    ['local/main.ts', "import type { Organisation } from '../domain/organisation.ts';"],
    ['local/day.ts', "import { playDay } from '../sandbox/day/play.ts';"],
    ['sandbox/qargo/twin.ts', "import { shortHash } from '../../domain/facts/hash.ts';"],
    ['sandbox/qargo/twin.ts', "import * as wire from '../../connectors/qargo/wire.ts';"],
    ['sandbox/qargo/twin.ts', "import { freshSchema } from '../../test/postgres.ts';"],
    ['client/cli/setup.ts', "import { judge } from '../../sandbox/judge/judge.ts';"],
    ['store/intake/ingest.ts', "import { freshSchema } from '../../test/postgres.ts';"],
    ['store/intake/ingest.ts', "import { secret } from '../../../elsewhere.ts';"],
    ['store/intake/ingest.ts', "import { secret } from '/etc/elsewhere.ts';"],
  ];

  test.for(planted)('in %s: %s', ([file, text]) => {
    expect(brokenArrows(new Map([[file, text]]))).toHaveLength(1);
    // Planted in the real file it is seen as well.
    const real = house.get(file);
    if (real !== undefined) expect(brokenArrows(new Map([[file, `${real}\n${text}\n`]]))).not.toEqual([]);
  });

  const disguised: readonly (readonly [how: string, text: string])[] = [
    ['over several lines', "import {\n  inTransaction,\n  now,\n} from\n  '../../store/database.ts'"],
    ['with double quotes', 'import { now } from "../../store/database.ts";'],
    ['for its effect alone', "import '../../store/database.ts';"],
    ['with a default name', "import database, { now } from '../../store/database.ts';"],
    ['a default import that is named type', "import type from '../../store/database.ts';"],
    ['after a comment that looks like its end', "import { now /* from 'here' */ } from '../../store/database.ts';"],
    [
      'after a regular expression with a quote in it',
      "const quote = /['\"`]/.test(x) ? 1 / 2 : 3;\nimport { now } from '../../store/database.ts';",
    ],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the text of a file that has a template
    ['inside a template', "const text = `at ${(await import('../../store/database.ts')).now}`;"],
    ['in a plain template', 'const store = await import(`../../store/database.ts`);'],
    ['with attributes', "const store = await import('../../store/database.ts', { with: {} });"],
    ['re-exported as a name', "export * as store from '../../store/database.ts';"],
    ['behind another on one line', "import { a } from './a.ts'; import { now } from '../../store/database.ts';"],
    ['computed', "const store = await import('../../store/' + name);"],
  ];

  test.for(disguised)('written %s', ([, text]) => {
    expect(brokenArrows(new Map([['domain/state/state.ts', text]]))).toHaveLength(1);
  });

  test('a third party in the bundle, however deep', () => {
    const files: Files = new Map([
      ['workflows/index.ts', "export { consignment } from './consignment.ts';"],
      [
        'workflows/consignment.ts',
        "import { fold } from '../domain/state/state.ts';\nimport type { Worker } from '@temporalio/worker';",
      ],
      ['domain/state/state.ts', "import { z } from 'zod';"],
    ]);
    expect(evaluated(files, ['workflows/index.ts']).outside).toEqual(['zod']);
  });

  test('a circle of types', () => {
    const files: Files = new Map([
      [
        'domain/obligations/leg.ts',
        "import type { Obligation } from './obligations.ts';\nexport type Leg = Obligation['leg'];",
      ],
      [
        'domain/obligations/obligations.ts',
        "import { type Leg } from './leg.ts';\nexport interface Obligation { readonly leg: Leg }",
      ],
    ]);
    expect(findImportCircles(files)).toEqual([
      'domain/obligations/leg.ts > domain/obligations/obligations.ts > domain/obligations/leg.ts',
    ]);
    // Planted in the real house it is seen as well.
    const planted = `${house.get('domain/obligations/obligation.ts')}\nexport { legOf } from './leg.ts';\n`;
    expect(findImportCircles(new Map([...house, ['domain/obligations/obligation.ts', planted]]))).not.toEqual([]);
  });

  const behind: readonly (readonly [how: string, files: Files])[] = [
    [
      'through a third file and a re-export',
      new Map([
        ['store/a.ts', "export { b } from './b.ts';"],
        ['store/b.ts', "import { c } from './deep/c.ts';"],
        ['store/deep/c.ts', "const { a } = await import('../a.ts');"],
      ]),
    ],
    ['of a file with itself', new Map([['bench/a.ts', "export type A = import('./a.ts').B;"]])],
    [
      'that is reached from outside it',
      new Map([
        ['local/main.ts', "import './a.ts';"],
        ['local/a.ts', "import './b.ts';"],
        ['local/b.ts', "import './a.ts';"],
      ]),
    ],
  ];

  test.for(behind)('a circle %s', ([, files]) => {
    expect(findImportCircles(files)).toHaveLength(1);
  });

  test('a folder whose name says nothing', () => {
    expect(
      namelessFolders([
        'store/utils/dates.ts',
        'domain/state/state.ts',
        'client/http/Helpers/x.ts',
        'misc/a/b.ts',
        'docs/common.md',
      ]),
    ).toEqual(['client/http/Helpers', 'misc', 'store/utils']);
  });
});

test('what the arrows allow is not called wrong', () => {
  const right: Files = new Map([
    [
      'domain/state/state.ts',
      "import type { Fact } from '../facts/facts.ts';\n// import { now } from '../../store/database.ts'\nconst text = \"import x from '../../store/database.ts'\";",
    ],
    [
      'connectors/qargo/write-order.ts',
      "import { z } from 'zod';\nimport type { OrderContent } from '../../domain/facts/content.ts';",
    ],
    ['store/intake/ingest.ts', "import pg from 'pg';\nimport { fold } from '../../domain/state.ts';"],
    [
      'activities/lanes/qargo.ts',
      "import { QargoClient } from '../../connectors/qargo/calls.ts';\nimport { now } from '../../store/database.ts';",
    ],
    [
      'workflows/flights.ts',
      "import type { DeliverInput } from '../activities/types.ts';\nimport { sleep } from '@temporalio/workflow';",
    ],
    [
      'workers/worker.ts',
      "import { createActivities } from '../activities/index.ts';\nnew URL('../workflows/index.ts', import.meta.url);",
    ],
    [
      'client/dispatch/tell.ts',
      "import { refresh } from '../../workflows/messages.ts';\nimport type { consignment } from '../../workflows/consignment.ts';",
    ],
    ['client/dispatch/read.ts', "import { readPush } from '../../connectors/palletways/read.ts';"],
    ['local/main.ts', "import { spawn } from 'node:child_process';\nimport { House } from './house.ts';"],
    [
      'test/way/house.ts',
      "import { startHouse } from '../../bench/house.ts';\nimport { migrate } from '../../store/postgres/migrate.ts';",
    ],
  ]);
  expect(brokenArrows(right)).toEqual([]);
});

test('two ways to one file are no circle', () => {
  const files: Files = new Map([
    ['domain/a.ts', "import './b.ts';\nimport './c.ts';"],
    ['domain/b.ts', "import type { C } from './c.ts';"],
    ['domain/c.ts', "// Nothing is imported here, not even from './a.ts'."],
  ]);
  expect(findImportCircles(files)).toEqual([]);
});

/** `npm run docs:policy` puts the settings of a policy (domain/policy/settings.ts) into docs/configuration.md. */
import { readFileSync, writeFileSync } from 'node:fs';
import { withPolicyTable } from './policy-page.ts';

const path = 'docs/configuration.md';
const page = readFileSync(path, 'utf8');
const now = withPolicyTable(page);
if (now !== page) writeFileSync(path, now);
process.stdout.write(`${path}: ${now === page ? 'nothing changed' : 'written'}\n`);

/** `npm run docs:wire` puts the register of wire assumptions (domain/wire/) into docs/wire-assumptions.md. */
import { readFileSync, writeFileSync } from 'node:fs';
import { withRegister } from './wire-page.ts';

const path = 'docs/wire-assumptions.md';
const page = readFileSync(path, 'utf8');
const now = withRegister(page);
if (now !== page) writeFileSync(path, now);
process.stdout.write(`${path}: ${now === page ? 'nothing changed' : 'written'}\n`);

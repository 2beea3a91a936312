// Files that are not TypeScript but are needed beside the compiled code (SQL migrations).
import { cpSync, existsSync } from 'node:fs';
import { join } from 'node:path';

const root = new URL('..', import.meta.url).pathname;
for (const folder of ['store/postgres/migrations']) {
  if (existsSync(join(root, folder))) cpSync(join(root, folder), join(root, 'dist', folder), { recursive: true });
}

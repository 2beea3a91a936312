// Bundles the workflows once at build time, so that a worker starts without webpack.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';

const dist = new URL('../dist/', import.meta.url);
const silent = { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error: console.error };
const { code } = await bundleWorkflowCode({
  workflowsPath: fileURLToPath(new URL('workflows/index.js', dist)),
  logger: silent,
});
writeFileSync(new URL('workflows/bundle.js', dist), code);

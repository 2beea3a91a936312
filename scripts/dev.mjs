// npm run dev [-- OPTIONS OF npm start]
// Builds and starts what `npm start` starts, and does both again whenever a source has changed. A build that fails changes nothing.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, watch } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const { include: rooms } = JSON.parse(readFileSync(`${root}tsconfig.json`, 'utf8'));
const say = (text) => process.stdout.write(`dev: ${text}\n`);

/** What `npm start` runs, as long as it runs, and its end once it was told to stop. */
let started;
let stopping;
let changed = true;
let updating = false;
let interruptedAt = null;

async function build() {
  const [code] = await once(spawn('npm', ['run', '--silent', 'build'], { cwd: root, stdio: 'inherit' }), 'exit');
  return code === 0;
}

function start() {
  // In a process group of its own, so that Ctrl-C reaches it once, through us: a second one kills.
  const child = spawn(process.execPath, ['dist/local/main.js', ...process.argv.slice(2)], {
    cwd: root,
    stdio: 'inherit',
    detached: true,
  });
  child.once('exit', (code, signal) => {
    if (stopping === undefined) say(`it ended (${signal ?? code}); a change starts it again`);
    started = undefined;
    stopping = undefined;
  });
  started = child;
}

async function stop() {
  if (started === undefined) return;
  if (stopping === undefined) {
    stopping = once(started, 'exit');
    started.kill('SIGINT');
  }
  await stopping;
}

/** Builds until nothing has changed meanwhile, and then starts what was built. */
async function update() {
  if (updating) return;
  updating = true;
  while (changed && interruptedAt === null) {
    changed = false;
    say('builds');
    const built = await build();
    if (interruptedAt !== null || changed) continue;
    if (!built) {
      say('the build failed; what was started before stays');
      continue;
    }
    await stop();
    if (interruptedAt === null) start();
  }
  updating = false;
}

let pause;
const watchers = rooms.map((room) =>
  watch(`${root}${room}`, { recursive: true }, (_, file) => {
    if (!/\.(ts|sql)$/.test(file ?? '')) return;
    changed = true;
    // An editor that saves several files is waited for.
    clearTimeout(pause);
    pause = setTimeout(() => void update(), 300);
  }),
);

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    if (interruptedAt === null) {
      interruptedAt = Date.now();
      clearTimeout(pause);
      for (const watcher of watchers) watcher.close();
      void stop();
      // The terminal and npm may both pass on the same Ctrl-C.
    } else if (Date.now() - interruptedAt > 1_000) started?.kill('SIGINT');
  });
}

await update();

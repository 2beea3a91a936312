// node scripts/test-names.mjs FROM [TO]
// Compares the names of the tests in test/**/*.test.ts of two git revisions; without TO, of FROM and the working tree.
// A name is "describe > test", without its file, as it is written: what a table or a loop fills in (%s, ${...}) stays a placeholder.
// A test whose name is no text of its own is called by the expression in parentheses.
// Prints how many names stand in both, those that only moved to another file, those that are gone and those that are new.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** What declares tests: vitest's own words and the wrappers that test files have around them. */
const declarers = new Set(['describe', 'test', 'it', 'onRealParts', 'onServer', 'timed', 'conforming', 'described']);

const root = new URL('..', import.meta.url).pathname;
const git = (...args) => execFileSync('git', ['-C', root, ...args], { encoding: 'utf8', maxBuffer: 1 << 28 });
const isTest = (path) => path.startsWith('test/') && path.endsWith('.test.ts');

/** The test files of a revision, or of the working tree, by path. */
function filesOf(revision) {
  if (revision === undefined) {
    const paths = readdirSync(`${root}test`, { recursive: true }).map((path) => `test/${path.replaceAll('\\', '/')}`);
    return paths.filter(isTest).map((path) => [path, readFileSync(`${root}${path}`, 'utf8')]);
  }
  const paths = git('ls-tree', '-r', '--name-only', revision, 'test').split('\n').filter(isTest);
  return paths.map((path) => [path, git('show', `${revision}:${path}`)]);
}

/** Where the template that begins at this backtick ends: after its closing backtick. */
function templateEnd(text, start) {
  let at = start + 1;
  while (at < text.length && text[at] !== '`') {
    if (text[at] === '\\') at += 2;
    else if (text.startsWith('${', at)) at = substitutionEnd(text, at + 2);
    else at += 1;
  }
  return at + 1;
}

function substitutionEnd(text, start) {
  let depth = 1;
  for (const token of tokens(text, start)) {
    if (token.text === '{') depth += 1;
    else if (token.text === '}') depth -= 1;
    if (depth === 0) return token.end;
  }
  return text.length;
}

const literal = /'(?:[^'\\\n]|\\[\s\S])*'|"(?:[^"\\\n]|\\[\s\S])*"/y;
const regex = /\/(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y;
const blank = /(?:\s|\/\/[^\n]*|\/\*[\s\S]*?\*\/)+/y;
const word = /[\w$#]+/y;
/** After these a slash begins a regular expression; after other words, and after what closes, it divides. */
const beforeRegex = /^(?:return|typeof|case|in|of|await|[^\w$#)\]}'"`].*)$/;

function* tokens(text, start = 0) {
  let at = start;
  let last = ';';
  const matches = (expression) => {
    expression.lastIndex = at;
    return expression.exec(text)?.[0];
  };
  while (at < text.length) {
    at += matches(blank)?.length ?? 0;
    if (at >= text.length) return;
    let end = at + (text.startsWith('=>', at) ? 2 : 1);
    if (text[at] === '`') end = templateEnd(text, at);
    else {
      const found = matches(literal) ?? matches(word) ?? (beforeRegex.test(last) ? matches(regex) : undefined);
      if (found !== undefined) end = at + found.length;
    }
    last = text.slice(at, end);
    yield { text: last, at, end };
    at = end;
  }
}

const opens = new Set(['(', '[', '{']);
const closes = new Set([')', ']', '}']);

/** The place of the token that closes what opens at this one. */
function closing(all, open, [opener, closer] = [undefined, undefined]) {
  let depth = 0;
  for (let at = open; at < all.length; at += 1) {
    const { text } = all[at];
    if (opener === undefined ? opens.has(text) : text === opener) depth += 1;
    else if (opener === undefined ? closes.has(text) : text === closer) depth -= 1;
    if (depth === 0) return at;
  }
  throw new Error(`${all[open].text} at character ${all[open].at} is not closed`);
}

/** The brackets with the name in them, of a declaration whose word stands here: behind `.each<…>(…)` and the like. */
function nameBrackets(all, start) {
  let at = start + 1;
  for (;;) {
    const text = all[at]?.text;
    if (text === '.') at += 2;
    else if (text === '<') at = closing(all, at, ['<', '>']) + 1;
    else if (text !== '(') return undefined;
    else {
      const close = closing(all, at);
      if (all[close + 1]?.text !== '(') return { open: at, close };
      at = close + 1;
    }
  }
}

function nameIn(source, all, { open, close }) {
  let end = open + 1;
  while (end < close && all[end].text !== ',') end = (opens.has(all[end].text) ? closing(all, end) : end) + 1;
  const first = source.slice(all[open + 1].at, all[end - 1].end);
  if (end === open + 2 && /^['"`]/.test(first)) return first.slice(1, -1).replaceAll(/\\(['"`\\])/g, '$1');
  return `(${first.replaceAll(/\s+/g, ' ')})`;
}

function namesIn(source) {
  const all = [...tokens(source)];
  const around = [];
  const names = [];
  for (const [at, token] of all.entries()) {
    while (around.length > 0 && around.at(-1).close < at) around.pop();
    const before = all[at - 1]?.text;
    if (!declarers.has(token.text) || before === '.' || before === 'function') continue;
    const brackets = nameBrackets(all, at);
    if (brackets === undefined) continue;
    const name = nameIn(source, all, brackets);
    if (token.text === 'describe') around.push({ name, close: brackets.close });
    else names.push([...around.map((each) => each.name), name].join(' > '));
  }
  return names;
}

/** The files that declare a name, by name; a file that declares it twice stands there twice. */
function namesOf(revision) {
  const names = new Map();
  for (const [path, source] of filesOf(revision))
    for (const name of namesIn(source)) names.set(name, [...(names.get(name) ?? []), path]);
  return names;
}

const [from, to] = process.argv.slice(2);
if (from === undefined) {
  console.error('usage: node scripts/test-names.mjs FROM [TO]');
  process.exit(2);
}
const [before, after] = [namesOf(from), namesOf(to)];
const sum = (names) => [...names.values()].reduce((count, files) => count + files.length, 0);
/** Where the names of one are declared more often than in the other: the files that the other does not have it in, first. */
const missing = (these, those) =>
  [...these].flatMap(([name, files]) => {
    const other = [...(those.get(name) ?? [])];
    const own = files.filter((file) => {
      const at = other.indexOf(file);
      if (at >= 0) other.splice(at, 1);
      return at < 0;
    });
    return own.slice(0, files.length - (those.get(name)?.length ?? 0)).map((file) => ({ name, file }));
  });
const gone = missing(before, after);
const added = missing(after, before);
const moved = [...before].filter(
  ([name, files]) => after.has(name) && !files.some((file) => after.get(name).includes(file)),
);
const list = (title, lines) => console.log(`\n${title}: ${lines.length}`, ...lines.map((line) => `\n  ${line}`));
const byFile = (each) => each.map(({ name, file }) => `${file}: ${name}`).sort();

console.log(`before (${from}): ${sum(before)}`);
console.log(`after (${to ?? 'the working tree'}): ${sum(after)}`);
console.log(`in both: ${sum(before) - gone.length}`);
list(
  'of these, moved to another file',
  moved.map(([name, files]) => `${files.join(', ')} -> ${after.get(name).join(', ')}: ${name}`),
);
list('gone', byFile(gone));
list('new', byFile(added));

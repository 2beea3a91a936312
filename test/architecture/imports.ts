/**
 * What a TypeScript file imports, read from its text: static and dynamic imports, re-exports, `require`, and whether only types
 * are meant. A scanner of our own, since no parser that knows TypeScript is at hand for every Node that the tests run on.
 */

export interface Import {
  /** Null where it is computed. */
  readonly specifier: string | null;
  /** `import type`, `export type`: nothing of it is evaluated. (`import { type A }` is evaluated.) */
  readonly typeOnly: boolean;
}

export interface Token {
  readonly kind: 'word' | 'text' | 'mark';
  readonly value: string;
}

/** After these a slash begins a regular expression. */
const beforeRegex = new Set([
  'return',
  'typeof',
  'case',
  'in',
  'of',
  'do',
  'else',
  'void',
  'delete',
  'throw',
  'new',
  'await',
  'yield',
]);

/** Words, texts and marks; comments and the insides of regular expressions are left out, what templates evaluate is kept. */
export function tokensOf(source: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const push = (kind: Token['kind'], value: string) => tokens.push({ kind, value });

  function quoted(quote: string): string {
    let value = '';
    for (at += 1; at < source.length && source[at] !== quote; at += 1) {
      if (source[at] === '\\') at += 1;
      value += source[at] ?? '';
    }
    at += 1;
    return value;
  }

  function template(): void {
    let plain = '';
    let whole = true;
    for (at += 1; at < source.length && source[at] !== '`'; ) {
      if (source.startsWith('${', at)) {
        whole = false;
        at += 2;
        read('}');
      } else {
        if (source[at] === '\\') at += 1;
        plain += source[at] ?? '';
        at += 1;
      }
    }
    at += 1;
    // A template that evaluates something is no specifier that could be read; what is plain of it is kept.
    push(whole ? 'text' : 'mark', plain === '' ? '`' : plain);
  }

  function regex(): void {
    let inClass = false;
    for (at += 1; at < source.length && (inClass || source[at] !== '/'); at += 1) {
      if (source[at] === '\\') at += 1;
      else if (source[at] === '[') inClass = true;
      else if (source[at] === ']') inClass = false;
    }
    at += 1;
    push('mark', '/');
  }

  function regexMayBegin(): boolean {
    const last = tokens.at(-1);
    if (last === undefined) return true;
    if (last.kind === 'word') return beforeRegex.has(last.value);
    return last.kind === 'mark' && last.value.length === 1 && ![')', ']', '}', '/', '`'].includes(last.value);
  }

  function read(until?: string): void {
    let depth = 0;
    while (at < source.length) {
      const char = source[at] ?? '';
      if (until !== undefined && depth === 0 && char === until) {
        at += 1;
        return;
      }
      if (/\s/.test(char)) at += 1;
      else if (source.startsWith('//', at))
        at = source.indexOf('\n', at) === -1 ? source.length : source.indexOf('\n', at);
      else if (source.startsWith('/*', at))
        at = source.indexOf('*/', at) === -1 ? source.length : source.indexOf('*/', at) + 2;
      else if (char === "'" || char === '"') push('text', quoted(char));
      else if (char === '`') template();
      else if (char === '/' && regexMayBegin()) regex();
      else if (/[\w$#]/.test(char)) {
        const word = /^[\w$#]+/.exec(source.slice(at, at + 200))?.[0] ?? char;
        push('word', word);
        at += word.length;
      } else {
        if (char === '{') depth += 1;
        else if (char === '}') depth -= 1;
        push('mark', char);
        at += 1;
      }
    }
  }

  read();
  return tokens;
}

/** Everything that a file imports, in the order of its text. */
export function importsOf(source: string): Import[] {
  const tokens = tokensOf(source);
  const found: Import[] = [];
  const is = (index: number, value: string) => tokens[index]?.kind !== 'text' && tokens[index]?.value === value;
  const text = (index: number) => (tokens[index]?.kind === 'text' ? tokens[index].value : null);

  /** The specifier after the next `from` of this statement, where there is one. */
  function fromAfter(index: number): string | null {
    for (let i = index; i < tokens.length && !is(i, ';'); i += 1) {
      if (is(i, 'from') && text(i + 1) !== null) return text(i + 1);
      // Only names stand between: anything else begins another statement.
      if (
        tokens[i]?.kind === 'text' ||
        !(tokens[i]?.kind === 'word' || is(i, '{') || is(i, '}') || is(i, ',') || is(i, '*'))
      )
        return null;
    }
    return null;
  }

  tokens.forEach((token, i) => {
    if (token.kind !== 'word' || is(i - 1, '.')) return;
    if (token.value === 'import') {
      if (is(i + 1, '('))
        found.push({ specifier: is(i + 3, ')') || is(i + 3, ',') ? text(i + 2) : null, typeOnly: is(i - 1, 'typeof') });
      else if (text(i + 1) !== null) found.push({ specifier: text(i + 1), typeOnly: false });
      else if (!is(i + 1, '.')) {
        const specifier = fromAfter(i + 1);
        if (specifier !== null)
          found.push({ specifier, typeOnly: is(i + 1, 'type') && !is(i + 2, 'from') && !is(i + 2, ',') });
      }
    } else if (token.value === 'export') {
      const typeOnly = is(i + 1, 'type');
      const names = typeOnly ? i + 2 : i + 1;
      const specifier = is(names, '{') || is(names, '*') ? fromAfter(names) : null;
      if (specifier !== null) found.push({ specifier, typeOnly });
    } else if (token.value === 'require' && is(i + 1, '(')) found.push({ specifier: text(i + 2), typeOnly: false });
  });
  return found;
}

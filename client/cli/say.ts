/** Writes a line to standard output. */
export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Writes a value to standard output as JSON, indented for people. */
export function sayJson(value: unknown): void {
  say(JSON.stringify(value, null, 2));
}

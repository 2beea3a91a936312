import type { Reporter, TestCase, TestModule } from 'vitest/node';

const mark = ' — not run: ';

/** Ends the run's output with why tests were not run, one line for each reason, and `N passed, N failed` as the very last line. */
export default class Summary implements Reporter {
  #line = '';

  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const skipped = new Map<string, number>();
    let passed = 0;
    let failed = errors.length;
    for (const module of modules) {
      let own = 0;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'passed') passed++;
        else if (state === 'failed') own++;
        else skipped.set(reasonOf(test), (skipped.get(reasonOf(test)) ?? 0) + 1);
      }
      // A file that could not be loaded, or whose hooks failed, has failed even where no test of it did.
      failed += own === 0 && !module.ok() ? 1 : own;
    }
    const reasons = [...skipped]
      .sort(([a], [b]) => a.localeCompare(b))
      .map(([why, count]) => `${count} not run: ${why}`);
    this.#line = [...reasons, `${passed} passed, ${failed} failed`].join('\n');
    // Other reporters write their own end first; the process goes on to its own exit after that.
    process.once('exit', () => process.stdout.write(`${this.#line}\n`));
  }
}

function reasonOf(test: TestCase): string {
  const result = test.result();
  const note = result.state === 'skipped' ? result.note : undefined;
  const at = test.fullName.lastIndexOf(mark);
  return at >= 0 ? test.fullName.slice(at + mark.length) : (note ?? 'no reason given');
}

/** Many things that a sweep reads one by one: each fails alone, and a far side that answers for none of them is away. */
import { TemporalFailure } from '@temporalio/common';
import { CallError, reasonOf } from '../../domain/calls/error.ts';
import { cutText } from '../../domain/facts/text.ts';
import { forgetUnread, saveUnread, type UnreadItem } from '../../store/due/unread.ts';
import { describeError, isOfItem } from '../../store/intake/parts.ts';
import type { Database } from '../../store/postgres/database.ts';

/** So many that fail one after the other, and none between them that is read: nobody is there. */
const maxInARow = 3;

/** Whose fault a failed read is: `alone`, surely that one thing's; `silent`, that thing's or a far side's that is away; else `all`. */
function scopeOf(error: unknown): 'alone' | 'silent' | 'all' {
  if (error instanceof CallError) {
    if (error.retry === 'refused') return 'alone';
    return error.retry === 'down' || error.retry === 'lost' ? 'silent' : 'all';
  }
  return error instanceof TemporalFailure || !isOfItem(error) ? 'all' : 'alone';
}

export class Items {
  readonly #db: Database;
  readonly #organisation: string;
  readonly #everySeconds: number;
  readonly #onNoted: (item: UnreadItem) => Promise<void>;
  /** Failed since the last that was read. */
  #failed: { readonly item: UnreadItem; readonly error: unknown }[] = [];
  /** Whether the far side was heard of: it showed something, or said no in words of its own. */
  #answered = false;

  /** `onNoted` is called for each that failed alone. */
  constructor(
    db: Database,
    organisation: string,
    everySeconds: number,
    onNoted: (item: UnreadItem) => Promise<void> = async () => {},
  ) {
    this.#db = db;
    this.#organisation = organisation;
    this.#everySeconds = everySeconds;
    this.#onNoted = onNoted;
  }

  /** One was read: those that failed before it failed alone. */
  async read(item: UnreadItem): Promise<void> {
    this.#answered = true;
    await forgetUnread(this.#db, this.#organisation, item);
    await this.#note();
  }

  /** One could not be read. Throws what is no thing's own trouble: a login, a budget, a ban, a far side or a record that is away. */
  failed(item: UnreadItem, error: unknown): undefined {
    const scope = scopeOf(error);
    if (scope === 'all') throw error;
    if (scope === 'alone') this.#answered = true;
    this.#failed.push({ item, error });
    if (this.#failed.filter((one) => scopeOf(one.error) === 'silent').length >= maxInARow) throw error;
    return undefined;
  }

  /** All were tried. Throws where the far side answered for none. */
  async end(): Promise<void> {
    const [first] = this.#failed;
    if (first !== undefined && !this.#answered) throw first.error;
    await this.#note();
  }

  async #note(): Promise<void> {
    for (const { item, error } of this.#failed.splice(0)) {
      const reason = error instanceof CallError ? cutText(reasonOf(error), 300) : describeError(error);
      await saveUnread(this.#db, this.#organisation, item, reason, this.#everySeconds);
      await this.#onNoted(item);
    }
  }
}

/**
 * Runs the steps of a sweep one after the other, each whatever became of those before; then throws the first error that there was. A ban, a
 * record that is away and a sweep that is given up end all steps.
 */
export async function eachStep(...steps: readonly (() => Promise<void>)[]): Promise<void> {
  const errors: unknown[] = [];
  for (const step of steps)
    await step().catch((error: unknown) => {
      if (error instanceof CallError ? error.retry === 'banned' : scopeOf(error) === 'all') throw error;
      errors.push(error);
    });
  if (errors.length > 0) throw errors[0];
}

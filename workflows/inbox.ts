/**
 * The inbox: everything signalled and asked, in the order of arrival.
 *
 * One handler per signal name would lose that order: signals buffered before the first workflow task, or over a
 * continue-as-new, are drained handler by handler. So a default handler is registered first; it drains whatever is buffered
 * in order. The named handlers come after it, so that the UI shows every name with its description.
 *
 * Of plans the one with the highest version is kept. What a person said or asked is parked as it came: nothing of it is read here.
 */

import {
  ApplicationFailure,
  CancellationScope,
  condition,
  setDefaultSignalHandler,
  setHandler,
} from '@temporalio/workflow';
import type { ByHand, HandAnswer } from '../activities/types.ts';
import { signalNames } from '../domain/facts/kinds.ts';
import type { Plan } from '../domain/obligations/plan.ts';
import { factSignals, refresh, resend, signalDescriptions } from './messages.ts';
import { isPlan } from './plan-told.ts';

/** Something by hand that waits to be taken in. */
export interface Parked {
  readonly said: ByHand;
  /** When it came; UTC ISO, the workflow's clock. */
  readonly at: string;
  answer?: HandAnswer;
}

/** Characters of JSON beyond which an argument is not kept. */
const longest = 8_192;
/** Characters of a key or of a signal's name that are looked at. */
const longestName = 300;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The argument as it is handed on: what cannot be written down, or is too long, is replaced by word of that. */
function kept(argument: unknown): unknown {
  try {
    const text = JSON.stringify(argument) as string | undefined;
    return text === undefined ? null : text.length > longest ? { tooLarge: true } : (JSON.parse(text) as unknown);
  } catch {
    return { tooLarge: true };
  }
}

export class Inbox {
  /** In the order of arrival. */
  readonly parked: Parked[] = [];
  /** The record is to be asked for a plan. */
  ask = false;
  #plan: Plan | undefined;
  readonly #now: () => string;

  /** Opens the inbox of this run. `now` gives the workflow's clock in UTC ISO. Must be called before anything is awaited. */
  constructor(now: () => string) {
    this.#now = now;
    setDefaultSignalHandler((name: string, ...args: unknown[]) => this.#take(name, args[0]));
    for (const name of signalNames) {
      setHandler(factSignals[name], (argument: unknown) => this.#take(name, argument), {
        description: signalDescriptions[name],
      });
    }
    this.#openUpdates();
  }

  isEmpty(): boolean {
    return this.parked.length === 0 && this.#plan === undefined && !this.ask;
  }

  /** Whether nothing is to be done just now; what is parked waits while the desk is busy. */
  isQuiet(busy: boolean): boolean {
    return this.#plan === undefined && !this.ask && (busy || this.parked.length === 0);
  }

  /** The plan with the highest version that was told since the last call. */
  takePlan(): Plan | undefined {
    const plan = this.#plan;
    this.#plan = undefined;
    return plan;
  }

  #take(name: string, argument: unknown): void {
    if (isRecord(argument) && Object.hasOwn(argument, 'plan')) {
      if (!isPlan(argument.plan)) this.ask = true;
      else this.#keep(argument.plan);
    } else if (isRecord(argument) && argument.ask === true) this.ask = true;
    else this.#park({ signal: name.slice(0, longestName), argument: kept(argument) });
  }

  /** An older plan than one that was told before is not kept; since anybody can signal, the record says which is true. */
  #keep(plan: Plan): void {
    if (this.#plan !== undefined && plan.version < this.#plan.version) this.ask = true;
    else if (this.#plan?.version !== plan.version) this.#plan = plan;
  }

  #park(said: ByHand): Parked {
    const parked = { said, at: this.#now() };
    this.parked.push(parked);
    return parked;
  }

  #openUpdates(): void {
    setHandler(
      refresh,
      async () => {
        const answer = await this.#answerTo({ update: 'refresh' });
        if (!('asked' in answer)) throw refusal(answer);
        return { asked: answer.asked };
      },
      {
        description: 'Read both sides now: consignment and notes at Palletways, order, status and documents at Qargo.',
      },
    );
    setHandler(
      resend,
      async ({ obligation }) => {
        const answer = await this.#answerTo({ update: 'resend', obligation });
        if (!('revision' in answer)) throw refusal(answer);
        return { obligation: answer.obligation, revision: answer.revision };
      },
      {
        description:
          'Send an obligation again (its key is in the query `why` or `state`), even where the far side has it already.',
        validator: (asked) => {
          const key: unknown = isRecord(asked) ? asked.obligation : undefined;
          if (typeof key !== 'string' || key === '' || key.length > longestName)
            throw new Error('obligation: name the key of what to send again');
        },
      },
    );
  }

  /** What came of it. A request to cancel the workflow ends no wait for an answer. */
  async #answerTo(said: ByHand): Promise<HandAnswer> {
    const parked = this.#park(said);
    await CancellationScope.nonCancellable(() => condition(() => parked.answer !== undefined));
    return parked.answer ?? { taken: false };
  }
}

function refusal(answer: HandAnswer): ApplicationFailure {
  return ApplicationFailure.nonRetryable('refused' in answer ? answer.refused : 'It could not be taken in.', 'Refused');
}

/**
 * The character of a twin: whether it plays what is published or what was first taken for true, and which assumptions
 * are otherwise. Each twin has a table of its own (`sandbox/<side>/flips.ts`); this is what the tables have in common.
 */
import { z } from 'zod';

/** One alternative of one assumption: what the twin then does. */
export interface Flip {
  /** Number of the assumption and a letter, `38b`. */
  readonly id: string;
  /** What is taken for true where the flip is not set. */
  readonly assumption: string;
  /** What the twin does where it is set, in one sentence. */
  readonly does: string;
}

export const characterNames = ['published', 'former'] as const;
export type CharacterName = (typeof characterNames)[number];

/** As it is set and told: `PUT` and `GET /control/character`. */
export interface CharacterSettings {
  character: CharacterName;
  flips: string[];
}

/** `Id` is the union of the ids of a twin's table, so that the compiler refuses a flip that nobody can set. */
export class Character<Id extends string> {
  readonly #table: ReadonlySet<string>;
  #name: CharacterName = 'published';
  #flips: ReadonlySet<string> = new Set();

  constructor(table: readonly Flip[]) {
    this.#table = new Set(table.map(({ id }) => id));
  }

  get isPublished(): boolean {
    return this.#name === 'published';
  }

  has(flip: Id): boolean {
    return this.#flips.has(flip);
  }

  settings(): CharacterSettings {
    return { character: this.#name, flips: [...this.#flips] };
  }

  /**
   * Takes effect with the next call or deed.
   * @throws {z.ZodError} for a name or a flip that there is not; nothing is changed then
   */
  set(asked: unknown): void {
    const flip = z.string().refine((id) => this.#table.has(id), 'no such flip');
    const schema = z.strictObject({ character: z.enum(characterNames), flips: z.array(flip).default([]) });
    const { character, flips } = schema.parse(asked);
    this.#name = character;
    this.#flips = new Set(flips);
  }
}

/** Options of a twin's command line, for `parseArgs`: `--character published --flip 38b --flip 42a`. */
export const characterOptions = {
  character: { type: 'string' },
  flip: { type: 'string', multiple: true },
} as const;

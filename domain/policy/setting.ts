/** The types of a policy's settings. Type, default, check and the page's table are made from them (domain/policy/settings.ts). */

interface Described {
  /** Describes what it decides, in Markdown, for docs/configuration.md. */
  readonly about: string;
}

export interface Choice<V extends string = string> extends Described {
  readonly is: 'choice';
  readonly of: readonly V[];
  readonly standard: V;
}

/** A whole number of a unit. */
export interface Whole extends Described {
  readonly is: 'whole';
  readonly standard: number;
  readonly unit: string;
  readonly min: number;
  readonly max: number;
}

export interface YesOrNo extends Described {
  readonly is: 'yes or no';
  readonly standard: boolean;
}

/** A setting with a check of its own (store/organisations/schema.ts). */
export interface Given<T = unknown> extends Described {
  readonly is: 'given';
  readonly standard: T;
  /** Describes the values that it can have, in Markdown. */
  readonly takes: string;
}

export type Setting = Choice | Whole | YesOrNo | Given;

export interface Settings {
  readonly [name: string]: Setting | Settings;
}

type ValueOf<S> =
  S extends Choice<infer V>
    ? V
    : S extends Whole
      ? number
      : S extends YesOrNo
        ? boolean
        : S extends Given<infer T>
          ? T
          : never;

/** The values of settings once the defaults are filled in. */
export type Values<S> = { readonly [K in keyof S]: S[K] extends Setting ? ValueOf<S[K]> : Values<S[K]> };

/** The settings that somebody names. A setting that is left out has its default. */
export type PartOf<S> = {
  readonly [K in keyof S]?: (S[K] extends Setting ? ValueOf<S[K]> : PartOf<S[K]>) | undefined;
};

export const choice = <const V extends string>(of: readonly V[], standard: NoInfer<V>, about: string): Choice<V> => ({
  is: 'choice',
  of,
  standard,
  about,
});

export const whole = (standard: number, unit: string, [min, max]: readonly [number, number], about: string): Whole => ({
  is: 'whole',
  standard,
  unit,
  min,
  max,
  about,
});

export const yesOrNo = (standard: boolean, about: string): YesOrNo => ({ is: 'yes or no', standard, about });

export const given = <T>(standard: T, takes: string, about: string): Given<T> => ({
  is: 'given',
  standard,
  takes,
  about,
});

export const isSetting = (of: Setting | Settings): of is Setting => typeof of.is === 'string';

/** Returns the defaults of settings. */
export function standardsOf<S extends Settings>(settings: S): Values<S> {
  return Object.fromEntries(
    Object.entries(settings).map(([name, of]) => [name, isSetting(of) ? of.standard : standardsOf(of)]),
  ) as Values<S>;
}

/** Returns settings by their dotted paths, in the order in which they stand. */
export function settingsByPath(settings: Settings, before = ''): [path: string, Setting][] {
  return Object.entries(settings).flatMap(([name, of]): [string, Setting][] =>
    isSetting(of) ? [[`${before}${name}`, of]] : settingsByPath(of, `${before}${name}.`),
  );
}

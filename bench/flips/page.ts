/** `docs/flips.md`: what came of each flip, made from the days that were played. Pure. */
import { atMost, type Judged } from './judge.ts';
import type { SidedFlip } from './play.ts';

export type Kept = Judged & { readonly seconds: number };

const head = `# Flips

Both twins can play each wire assumption otherwise ([sandbox](../sandbox/README.md)). \`npm run flips\` plays a small day for each of these alternatives on the published character, without Temporal, and judges it: **works** (everything arrives, nobody is called), **says so** (somebody is called, nothing false is told to either side), **silent** (something is lost and nobody is called, or something false is told). This page is made by \`npm run flips -- --out flips.json --page docs/flips.md\`, which goes on where an earlier run ended: a row may be of an earlier commit, until its flip is played again (\`--flip 38a\`). The numbers are those of [wire assumptions](wire-assumptions.md).
`;

/** The page of these days; `clean` is the day without a flip. */
export function flipsPage(kept: ReadonlyMap<string, Kept>, flips: ReadonlyMap<string, SidedFlip>): string {
  const rows = [...flips.values()].map(({ id, side, does }) => {
    const day = kept.get(id);
    const what = day === undefined ? ['', 'not played'] : [day.outcome, [...day.wrong, ...day.says].join('; ')];
    return `| ${id} | ${side} | ${cell(does)} | ${what[0]} | ${atMost(240, cell(what[1] ?? ''))} |`;
  });
  const count = (outcome: string) => [...kept].filter(([id, day]) => flips.has(id) && day.outcome === outcome).length;
  const played = [...kept.keys()].filter((id) => flips.has(id)).length;
  return `${head}
${flips.size} alternatives, ${played} played: ${count('works')} work, ${count('says so')} say so, ${count('silent')} silent.

| flip | side | what the twin does | outcome | what was wrong; what the product said |
| --- | --- | --- | --- | --- |
${rows.join('\n')}
`;
}

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ');

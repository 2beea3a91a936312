/** The part of docs/wire-assumptions.md that is made from the register (domain/wire/). The rest of the page is written by hand. */
import { type Assumption, alternativeId } from '../domain/wire/assumption.ts';
import { assumptions } from '../domain/wire/register.ts';

const begins = '<!-- The register begins: `npm run docs:wire` makes it. -->';
const ends = '<!-- The register ends. -->';

const sides = [
  ['palletways', 'Palletways'],
  ['qargo', 'Qargo'],
] as const;

function entry({ id, taken, evidence, alternatives, settings, settledBy, otherwise }: Assumption): string {
  const letters = alternatives.map((text, place) => `\`${alternativeId(id, place)}\` ${text}`).join('; ');
  const source = evidence.source === '' ? '' : `: ${evidence.source}`;
  const named = settings.length === 0 ? 'none' : settings.map((path) => `\`${path}\``).join(', ');
  return [
    `**${id}. ${taken}**`,
    '',
    `- Evidence: ${evidence.strength}${source}`,
    `- Or: ${letters}`,
    `- Setting: ${named}`,
    `- Settled by: ${settledBy}`,
    `- Where it is wrong: ${otherwise}`,
  ].join('\n');
}

/** The register as Markdown, one side after the other, in the order of the ids. */
export function registerPage(): string {
  return sides
    .map(([side, name]) => {
      const own = assumptions.filter((each) => each.side === side);
      return [`### ${name}`, ...own.map(entry)].join('\n\n');
    })
    .join('\n\n');
}

/** The page with its register as it is now. @throws Error where the page does not have the two marks. */
export function withRegister(page: string): string {
  const [from, to] = [page.indexOf(begins), page.indexOf(ends)];
  if (from < 0 || to < from) throw new Error('docs/wire-assumptions.md has no place for the register');
  return `${page.slice(0, from)}${begins}\n\n${registerPage()}\n\n${page.slice(to)}`;
}

/** What a person wrote of the page. */
export function writtenByHand(page: string): string {
  return page.slice(0, page.indexOf(begins)) + page.slice(page.indexOf(ends));
}

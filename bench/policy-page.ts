/** The table of docs/configuration.md that is made from the settings of a policy (domain/policy/settings.ts). The rest of the page is written by hand. */
import { type Setting, settingsByPath } from '../domain/policy/setting.ts';
import { policySettings } from '../domain/policy/settings.ts';

const begins = '<!-- The table begins: `npm run docs:policy` makes it. -->';
const ends = '<!-- The table ends. -->';

const code = (text: string): string => `\`${text}\``;

function standardOf({ standard }: Setting): string {
  if (typeof standard === 'number') return String(standard);
  return code(typeof standard === 'string' ? standard : JSON.stringify(standard));
}

function takenBy(setting: Setting): string {
  switch (setting.is) {
    case 'choice':
      return setting.of.map(code).join(', ');
    case 'whole':
      return `${setting.unit}, ${setting.min} to ${setting.max}`;
    case 'yes or no':
      return `${code('true')}, ${code('false')}`;
    case 'given':
      return setting.takes;
  }
}

/** The table as Markdown, in the order of the settings. */
export function policyTable(): string {
  const rows = settingsByPath(policySettings).map(([path, setting]) => [
    code(path),
    standardOf(setting),
    takenBy(setting),
    setting.about,
  ]);
  return [['field', 'default', 'unit, range', 'what'], ['---', '---', '---', '---'], ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}

/** The page with its table as it is now. @throws Error where the page does not have the two marks. */
export function withPolicyTable(page: string): string {
  const [from, to] = [page.indexOf(begins), page.indexOf(ends)];
  if (from < 0 || to < from) throw new Error('docs/configuration.md has no place for the table of the policy');
  return `${page.slice(0, from)}${begins}\n\n${policyTable()}\n\n${page.slice(to)}`;
}

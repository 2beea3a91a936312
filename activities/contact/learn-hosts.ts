/** Learns from the answers of a first contact about hosts, formats, errors and single calls (register 28 to 31, 35, 37, 76, 78). Pure. */
import { text } from '../../connectors/palletways/node.ts';
import type { ProbeAnswer } from '../../connectors/palletways/probe.ts';
import { confirmed, contradicted, type Finding, notSeen } from './finding.ts';

type Host = 'api' | 'portal';

const isAnswer = ({ outcome }: ProbeAnswer) => outcome === 'rows' || outcome === 'none' || outcome === 'pdf';

/** On which host each method that was asked lives, beside the host that the account's settings name. */
export function learnHosts(answers: readonly ProbeAnswer[], hostOf: Readonly<Record<string, Host>>): Finding[] {
  const methods = [...new Set(answers.map(({ question }) => question.method))];
  const elsewhere: Record<string, Host> = {};
  let known = 0;
  for (const method of methods) {
    const of = (host: Host) =>
      answers.some((answer) => answer.question.method === method && answer.question.host === host && isAnswer(answer));
    const set = hostOf[method] ?? 'api';
    const other = set === 'api' ? 'portal' : 'api';
    if (of(set)) known += 1;
    else if (of(other)) elsewhere[method] = other;
  }
  const names = Object.keys(elsewhere);
  if (names.length > 0)
    return [
      contradicted(29, `${names.join(', ')}: on the other host alone`, {
        ...(names.every((name) => elsewhere[name] === 'portal') ? { alternative: '29a' } : {}),
        set: Object.fromEntries(names.map((name) => [`wire.palletways.hosts.${name}`, elsewhere[name]])),
      }),
    ];
  return [known === 0 ? notSeen(29) : confirmed(29, `${known} of ${methods.length} methods answer where they should`)];
}

/** The same consignment in XML and in JSON. */
export function learnFormats(answers: readonly ProbeAnswer[]): Finding {
  const of = (format: 'xml' | 'json') =>
    answers.find(
      ({ question, outcome }) =>
        question.method === 'getConsignment' &&
        question.format === format &&
        outcome !== 'none' &&
        outcome !== 'refused',
    );
  const [xml, json] = [of('xml'), of('json')];
  if (xml === undefined || json === undefined) return notSeen(30);
  if (xml.outcome === 'rows' && json.outcome === 'rows') return confirmed(30, 'one consignment was read in both');
  const good = xml.outcome === 'rows' ? 'xml' : 'json';
  const bad = good === 'xml' ? json : xml;
  if (xml.outcome !== 'rows' && json.outcome !== 'rows') return contradicted(30, `neither can be read: ${bad.words}`);
  return contradicted(30, `${good === 'xml' ? 'JSON' : 'XML'} cannot be read`, { set: { 'palletways.format': good } });
}

/** Learns how Palletways answers about an id that nobody has. */
export function learnErrors(answers: readonly ProbeAnswer[]): Finding[] {
  const unknown = answers.find(
    ({ question }) => question.method === 'getConsignment' && /^0+1$/.test(question.args[0] ?? ''),
  );
  if (unknown === undefined) return [notSeen(31), notSeen(128)];
  const { outcome, status, words } = unknown;
  const errors =
    status !== 0 && status !== 200
      ? contradicted(31, `an unknown id is answered with status ${status}`, { alternative: '31a' })
      : confirmed(31, `an unknown id is answered with status ${status}`);
  if (outcome === 'none') return [errors, confirmed(128, 'an unknown id answers NO_RESULTS_FOUND')];
  return [
    errors,
    contradicted(128, `an unknown id answers ${words === '' ? outcome : words}`, { alternative: '128a' }),
  ];
}

/** Learns whose key it is, whether labels can be read, how a row of a status is named, and which ids conStatusById takes. */
export function learnCalls(
  answers: readonly ProbeAnswer[],
  depot: string,
  elements: Readonly<Record<string, string>>,
): Finding[] {
  const good = (method: string) =>
    answers.find((answer) => answer.question.method === method && answer.outcome === 'rows');
  return [learnKey(good('keytest'), depot), learnLabels(answers), learnStatuses(answers, elements)];
}

function learnKey(answer: ProbeAnswer | undefined, depot: string): Finding {
  const [row] = answer?.data ?? [];
  if (row === undefined) return notSeen(78);
  const number = text(row, 'DepotNumber');
  if (number === '') return contradicted(78, `keytest names ${row.children.map(({ name }) => name).join(', ')}`);
  const whose = number === depot ? 'our depot' : `depot ${number}, and the settings say ${depot}`;
  return number === depot ? confirmed(78, `the key is of ${whose}`) : contradicted(78, `the key is of ${whose}`);
}

function learnLabels(answers: readonly ProbeAnswer[]): Finding {
  const labels = answers.filter(({ question }) => question.method === 'getLabelsByTID');
  if (labels.length === 0) return notSeen(35);
  if (labels.some(({ outcome }) => outcome === 'pdf')) return confirmed(35, 'a label came as PDF');
  return contradicted(35, labels[0]?.words ?? 'no label', {
    alternative: '35a',
    set: { 'policy.rows.labels': 'shadow' },
  });
}

/** Rows in the account's own words: an element that holds the id that was asked for is the tracking id, whatever its name. */
function learnStatuses(answers: readonly ProbeAnswer[], elements: Readonly<Record<string, string>>): Finding {
  const rows = answers.flatMap(({ question, outcome, data }) =>
    outcome === 'rows' && question.method === 'conStatusByTrackingId'
      ? data.map((row) => ({ row, asked: question.args[0] ?? '' }))
      : [],
  );
  const [first] = rows;
  if (first === undefined) return notSeen(28);
  const { row, asked } = first;
  const known = ['TrackingID', 'dc_syscon', elements.TrackingID ?? ''];
  const named = row.children.find((child) => child.text.trim() === asked)?.name;
  if (named === undefined || known.some((name) => name.toLowerCase() === named.toLowerCase()))
    return confirmed(28, `a row has ${row.children.map(({ name }) => name).join(', ')}`);
  return contradicted(28, `the tracking id of a row is called ${named}`, {
    set: { 'wire.palletways.elements.TrackingID': named },
  });
}

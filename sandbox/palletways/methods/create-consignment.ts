/** createConsignment and manifestConsignment (apis 1.4, 1.5, 1.3). Mandatory marks were lost in the source: the list here is a reading. */
import { type Answer, type Call, type Method, successful } from '../answer.ts';
import { realDate, realTime } from '../clock.ts';
import { booleanOf } from '../consignment.ts';
import { first, type Tree, text, trees } from '../tree.ts';
import type { Consignment, World } from '../world.ts';
import { byResponseId } from './reads.ts';
import { asTrees, badValue, commits, dataOf, invalid, mandatory, NOT_COMMITTED, type Problem } from './submission.ts';

const UNSIGNED = /^\d+$/;
const DECIMAL = /^\d+(\.\d+)?$/;
const TYPE_WORDS: Record<string, string> = { D: 'Delivery', C: 'Collection', '3': 'Third party' };
/** `BookInRequest` yes makes these mandatory (F PW-DOC25). */
const BOOK_IN = ['BookInContactName', 'BookInContactPhone', 'BookInContactNote', 'BookInInstructions'];
/** Mandatory for types C and 3 (F PW-DOC25). */
const COLLECTION = ['CollectionContactName', 'CollectionContactNumber', 'CollectionReference'];

export const createConsignment: Method = (call, { deeds, world }): Answer => {
  const data = dataOf(call, 'Manifest');
  if ('refusal' in data) return data.refusal;
  const account = first(first(data.tree, 'Depot'), 'Account');
  const consignments = trees(account, 'Consignment');
  const errors = errorsOf(call, account, consignments);
  if (errors !== null) return invalid(errors);
  if (!commits(call)) return NOT_COMMITTED;
  const confirmed = booleanOf(text(data.tree, 'Confirm')) !== false;
  const created = consignments.map((input) => {
    const own = world.isPublished ? { requesting: call.organisation.depot } : {};
    const consignment = deeds.create(call.organisation, input, { trackingDelayMs: 0, confirmed, ...own });
    return {
      ImportID: text(input, 'ImportID'),
      ResponseID: consignment.responseId,
      ...trackingOf(world, consignment),
      Information: `Consignment type:${TYPE_WORDS[text(input, 'Type')] ?? ''}.`,
    };
  });
  return successful({ ImportDetail: created });
};

/** The sample has none (74); code of others reads one, or the literal text of an empty list. */
function trackingOf(world: World, { trackingId }: Consignment): Tree {
  if (world.plays('74b')) return { TrackingID: 'Array' };
  return !world.isPublished || world.plays('74a') ? { TrackingID: trackingId ?? '' } : {};
}

/** `/manifestConsignment/{ResponseID}` confirms what was stored with `Confirm` no. Its answer is not public. */
export const manifestConsignment: Method = (call, context): Answer => {
  const consignment = byResponseId(call, context);
  if (consignment === null)
    return { document: { Status: { Code: 'NO_RESULTS_FOUND', Description: 'No results found.', Count: '0' } } };
  context.deeds.confirm(consignment);
  return successful({ ResponseID: consignment.responseId });
};

function errorsOf(call: Call, account: Tree, consignments: Tree[]): Tree | null {
  const code = text(account, 'Code');
  if (code !== '' && code !== call.organisation.account) {
    return { Account: { Error: asTrees([badValue('Account', 'Code', 'account of the key', code)]) } };
  }
  if (consignments.length === 0) return { Account: { Error: asTrees([mandatory('Account', 'Consignment')]) } };
  const wrong: Tree[] = [];
  for (const [position, input] of consignments.entries()) {
    const problems = problemsOf(input);
    if (problems.length === 0) continue;
    wrong.push({ Index: String(position + 1), ImportID: text(input, 'ImportID'), Error: asTrees(problems) });
  }
  return wrong.length === 0 ? null : { Consignment: wrong };
}

function problemsOf(input: Tree): Problem[] {
  const problems: Problem[] = [];
  const need = (field: string) => {
    if (text(input, field) === '') problems.push(mandatory('Consignment', field));
  };
  const check = (field: string, format: string, ok: (value: string) => boolean) => {
    const value = text(input, field);
    if (value !== '' && !ok(value)) problems.push(badValue('Consignment', field, format, value));
  };
  const type = text(input, 'Type');
  for (const field of ['Type', 'Lifts', 'Weight']) need(field);
  check('Type', 'D|C|3', (value) => TYPE_WORDS[value] !== undefined);
  check('Lifts', 'unsignedinteger', (value) => UNSIGNED.test(value));
  check('Weight', 'unsigneddecimal', (value) => DECIMAL.test(value));
  for (const field of ['CollectionDate', 'DeliveryDate'])
    check(field, 'YYYY-MM-DD', (value) => realDate(value) !== null);
  check('DeliveryTime', 'HH:MM', (value) => realTime(value) !== null);
  for (const field of ['Handball', 'TailLift', 'BookInRequest'])
    check(field, 'boolean', (value) => booleanOf(value) !== null);
  if (booleanOf(text(input, 'BookInRequest')) === true) BOOK_IN.forEach(need);
  if (type === 'C' || type === '3') COLLECTION.forEach(need);
  return [...problems, ...serviceProblems(input), ...addressProblems(input, type), ...unitProblems(input)];
}

function serviceProblems(input: Tree): Problem[] {
  const services = trees(input, 'Service');
  if (services.length === 0) return [mandatory('Consignment', 'Service')];
  return services.flatMap((service) =>
    ['Type', 'Code', 'Surcharge']
      .filter((field) => text(service, field) === '')
      .map((field) => mandatory('Service', field)),
  );
}

/** Type 3 always needs both addresses (F PW-DOC25). */
function addressProblems(input: Tree, type: string): Problem[] {
  const addresses = trees(input, 'Address');
  const needed = type === '3' ? ['Delivery', 'Collection'] : [type === 'C' ? 'Collection' : 'Delivery'];
  const problems: Problem[] = [];
  for (const kind of needed) {
    if (!addresses.some((address) => text(address, 'Type').toLowerCase() === kind.toLowerCase())) {
      problems.push(mandatory('Consignment', `${kind}Address`));
    }
  }
  for (const address of addresses) {
    for (const field of ['CompanyName', 'Town', 'PostCode', 'Country']) {
      if (text(address, field) === '') problems.push(mandatory('Address', field));
    }
    const country = text(address, 'Country');
    if (country !== '' && !/^[A-Za-z]{2}$/.test(country))
      problems.push(badValue('Address', 'Country', 'ISO-2', country));
  }
  return problems;
}

function unitProblems(input: Tree): Problem[] {
  const units = trees(input, 'BillUnit');
  if (units.length === 0) return [mandatory('Consignment', 'BillUnit')];
  return units.flatMap((unit) => {
    const amount = text(unit, 'Amount');
    if (text(unit, 'Type') === '') return [mandatory('BillUnit', 'Type')];
    return UNSIGNED.test(amount) ? [] : [badValue('BillUnit', 'Amount', 'unsignedinteger', amount)];
  });
}

/** What createConsignment and createSystemNote have in common: parameters, formats, the two documented errors (apis 1.4, 1.5). */
import type { Answer, Call } from '../answer.ts';
import { booleanOf } from '../consignment.ts';
import { FormatError, first, fromJson, fromXml, type Tree } from '../tree.ts';

export interface Problem {
  Code: string;
  Description: string;
}

/** The tree under `root` in `data`, or the answer that says it cannot be read in the stated format. */
export function dataOf(call: Call, root: string): { tree: Tree } | { refusal: Answer } {
  const format = (call.params.get('inputformat') ?? 'xml').toLowerCase();
  try {
    const data = call.params.get('data') ?? '';
    const tree = format === 'json' ? fromJson(parseJson(data)) : fromXml(data);
    if (tree[root] === undefined) throw new FormatError(`no ${root}`);
    return { tree: first(tree, root) };
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    const Description = `The data provided could not be imported in the stated format [${format}].`;
    return { refusal: { document: { Status: { Code: 'ERROR_FORMAT_INVALID', Description } } } };
  }
}

function parseJson(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    throw new FormatError('not JSON');
  }
}

/** `commit` yes stores; anything else only validates (F PW-DOC25: it must be asked for). */
export function commits(call: Call): boolean {
  return booleanOf(call.params.get('commit') ?? 'no') === true;
}

export const NOT_COMMITTED: Answer = {
  document: {
    Status: { Code: 'OK', Description: 'Successful' },
    Detail: { Message: 'No data has been imported as it was not requested.' },
  },
};

/** All or nothing: one error anywhere, and nothing was imported (apis 1.5). */
export function invalid(errors: Tree | ''): Answer {
  const Status = { Code: 'ERROR_VALIDATION', Description: 'Validation errors occurred. No data has been imported.' };
  return { document: { Status, ValidationErrors: errors } };
}

export function asTrees(problems: Problem[]): Tree[] {
  return problems.map(({ Code, Description }) => ({ Code, Description }));
}

/** `ERROR_<NODE>_<FIELD>_MANDATORY`, words as published for the consignment's type (apis 1.5). */
export function mandatory(node: string, field: string): Problem {
  const Code = `ERROR_${node}_${field}_MANDATORY`.toUpperCase();
  return { Code, Description: `[${node}] provided does not contain the required [${field}] node.` };
}

/** `ERROR_<NODE>_<FIELD>_VALUE`, words as published for the bill unit's amount (apis 1.5). */
export function badValue(node: string, field: string, format: string, value: string): Problem {
  const Code = `ERROR_${node}_${field}_VALUE`.toUpperCase();
  return {
    Code,
    Description: `${node} [${field}] is not in the required [${format}] format. Value provided = [${value}]`,
  };
}

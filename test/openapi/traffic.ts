/** Judges what went between the product and Qargo against Qargo's own description of its API. */
import type { Description } from './description.ts';

/** One request or event and its answer, as they went over the wire. */
export interface Said {
  readonly method: string;
  /** As sent, query included. */
  readonly path: string;
  readonly type: string;
  readonly body: Buffer;
  readonly answer: { readonly status: number; readonly type: string; readonly body: Buffer };
}

/** What is wrong with a call of the product at Qargo: path, query, body and answer. Empty where all is well. */
export function callComplaints(api: Description, { method, path, type, body, answer }: Said): string[] {
  const name = `${method} ${path.split('?')[0]}`;
  if (api.template(method, path) === null) return [`${name} is not described`];
  const wrong = [...api.checkQuery(method, path), ...api.strangers(method, path)];
  if (body.length > 0 && isJson(type)) wrong.push(...bodyComplaints(api, `${method} ${path}`, body));
  // Bytes of a document: right where the description takes a string for a body.
  else if (body.length > 0 && api.check(`${method} ${path}`, body.toString('latin1')).length > 0)
    wrong.push(`a body of ${type || 'no type'}`);
  if (api.structured(`${method} ${path} ${answer.status}`)) {
    const about = bodyComplaints(api, `${method} ${path} ${answer.status}`, answer.body);
    wrong.push(...about.map((each) => `answer ${answer.status}: ${each}`));
  } else if (answer.status >= 200 && answer.status < 300 && !api.answers(method, path, answer.status)) {
    wrong.push(`answer ${answer.status} is not described`);
  }
  return wrong.map((each) => `${name}: ${each}`);
}

/** The same for an event of Qargo: the door tells which of the two kinds it is. */
export function eventComplaints(api: Description, { path, body }: Said): string[] {
  const schema = path.endsWith('/dispatch') ? 'SubcontractorDispatch' : 'OperationalVisibilityUpdate';
  return bodyComplaints(api, schema, body).map((each) => `${schema}: ${each}`);
}

function bodyComplaints(api: Description, target: string, body: Buffer): string[] {
  const read = parsed(body);
  return read === undefined ? ['is not JSON'] : api.check(target, read);
}

const isJson = (type: string) => /^application\/json\b/i.test(type);

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}

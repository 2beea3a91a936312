/** The reads of a first contact at Qargo, in their order. Nothing is taken into the record. */
import type { ProbePath, QargoProbe, QargoProbeAnswer } from '../../connectors/qargo/probe.ts';
import { CallError } from '../../domain/calls/error.ts';

/** An id that nobody has. */
const nobodys = '00000000-0000-4000-8000-000000000000';

/** No further call is made. */
class Ended extends Error {}

/** The server's own trouble, or a page where JSON is to come: nothing is to be learnt from it. */
const isPage = ({ path, status, json }: QargoProbeAnswer): boolean =>
  status === 0 || status >= 500 || (status === 200 && path !== 'download' && json === undefined);

export interface QargoSeen {
  /** Every answer, in the order of the calls. */
  readonly answers: readonly QargoProbeAnswer[];
  /** Why the reads ended before they were all made; null where they were. */
  readonly ended: string | null;
}

/** Reads these orders and what belongs to them. Ends early, and says why, where no token is given or nothing answers. */
export async function askQargo(
  probe: Pick<QargoProbe, 'read' | 'webhookLogin'>,
  orders: readonly string[],
): Promise<QargoSeen> {
  const answers: QargoProbeAnswer[] = [];
  const ask = async (path: ProbePath, id = ''): Promise<QargoProbeAnswer> => {
    const answer = await probe.read(path, id);
    answers.push(answer);
    if (isPage(answer)) throw new Ended(`Qargo gives no answer that can be read (${answer.status}, ${path})`);
    return answer;
  };
  try {
    await ask('me');
    answers.push(await probe.webhookLogin());
    await ask('companies');
    await ask('order', nobodys);
    for (const order of orders) {
      const status = await ask('orderStatus', order);
      for (const path of ['order', 'orderDocuments', 'orderCharges', 'orderExport'] as const) await ask(path, order);
      const trip = shipmentsOf(status.json)[0]?.id;
      if (trip !== undefined) await ask('trip', trip);
    }
    return { answers, ended: null };
  } catch (error) {
    if (error instanceof CallError || error instanceof Ended) return { answers, ended: error.message };
    throw error;
  }
}

type Json = Readonly<Record<string, unknown>>;

/** Lists and members of JSON that may be anything. */
export const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
export const listIn = (value: unknown, name: string): readonly Json[] => {
  const list = isJson(value) ? value[name] : undefined;
  return Array.isArray(list) ? list.filter(isJson) : [];
};
export const textIn = (value: unknown, name: string): string => {
  const text = isJson(value) ? value[name] : undefined;
  return typeof text === 'string' ? text : '';
};

export function shipmentsOf(status: unknown): { readonly id: string; readonly orders: readonly Json[] | null }[] {
  return listIn(status, 'shipments').map((shipment) => ({
    id: textIn(shipment, 'id'),
    orders: Array.isArray(shipment.orders) ? shipment.orders.filter(isJson) : null,
  }));
}

/** keytest, version, availableServices: what a connection check asks for. */
import { type Method, rows } from '../answer.ts';
import { spoken } from '../dialect.ts';
import type { Tree } from '../tree.ts';

/** The answer is public nowhere; these elements are assumed (wire-assumptions 2.2). */
export const keytest: Method = ({ organisation }) =>
  rows([
    spoken(organisation, {
      DepotNumber: organisation.depot,
      DepotName: organisation.depotName,
      UserName: organisation.name,
    }),
  ]);

/** Key `Version` (F PW-MAG). */
export const version: Method = () => ({
  document: { Status: { Code: 'OK', Description: 'Successful' }, Version: '2.0' },
});

/** A few rows of the published tables (apis 1.9): group, code, name, group name, days. */
const SERVICES: Record<'Collection' | 'Delivery', string[][]> = {
  Collection: [
    ['25', 'A', 'C', 'PREMIUM COLLECTION 24 HOUR', 'PREMIUM', '1'],
    ['26', 'B', 'D', 'ECONOMY COLLECTION 48 HOUR', 'ECONOMY', '2'],
  ],
  Delivery: [
    ['1', 'A', 'A', 'NEXT DAY', 'PREMIUM', '1'],
    ['5', 'A', 'E', 'NEXT DAY AM', 'PREMIUM', '1'],
    ['2', 'B', 'B', 'ECONOMY', 'ECONOMY', '2'],
    ['7', 'B', 'L', 'ECONOMY 72 HOUR', 'ECONOMY', '3'],
  ],
};

/** `/availableServices/{D|C|3}/{ctyFrom}/{pcFrom}/{ctyTo}/{pcTo}` */
export const availableServices: Method = ({ args }) => {
  const [type = '', ...places] = args;
  if (!/^[DC3]$/i.test(type) || places.length < 4) return rows([]);
  const types: ('Collection' | 'Delivery')[] =
    type === '3' ? ['Collection', 'Delivery'] : [/c/i.test(type) ? 'Collection' : 'Delivery'];
  return rows(types.flatMap((kind) => SERVICES[kind].map((service) => serviceRow(kind, service))));
};

function serviceRow(
  kind: string,
  [id = '', group = '', code = '', name = '', groupName = '', days = '']: string[],
): Tree {
  return {
    id,
    ServiceGroupCode: group,
    ServiceCode: code,
    ServiceName: name,
    ServiceGroupName: groupName,
    ServiceDaysMin: days,
    ServiceDaysMax: days,
    ServiceType: kind,
    Label_Shed: 'E',
  };
}

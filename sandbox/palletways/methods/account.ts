/** keytest, version, availableServices: what a connection check asks for. */
import { type Method, PROSE, rows } from '../answer.ts';
import { spoken } from '../dialect.ts';
import type { Tree } from '../tree.ts';

/** The answer is public nowhere; these elements are assumed (78). */
export const keytest: Method = ({ organisation }, { world }) => {
  if (world.plays('78b')) return { prose: PROSE.keyRight };
  const { depot: DepotNumber, depotName: DepotName, name: UserName } = organisation;
  const named = { DepotName, UserName };
  return rows([spoken(organisation, world.plays('78a') ? named : { DepotNumber, ...named })]);
};

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
export const availableServices: Method = ({ args }, { world }) => {
  const [type = '', ...places] = args;
  if (!/^[DC3]$/i.test(type) || places.length < 4) return rows([]);
  const types: ('Collection' | 'Delivery')[] =
    type === '3' ? ['Collection', 'Delivery'] : [/c/i.test(type) ? 'Collection' : 'Delivery'];
  const found = rows(types.flatMap((kind) => SERVICES[kind].map((service) => serviceRow(kind, service))));
  return 'document' in found && world.plays('30g') ? { ...found, bare: true } : found;
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

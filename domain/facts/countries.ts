/** Countries as they are written: by two letters (ISO 3166 alpha-2), three letters, or their name in English. Pure. */

/** By code: three letters, and names. */
const byCode: Readonly<Record<string, readonly string[]>> = {
  AT: ['AUT', 'AUSTRIA'],
  BE: ['BEL', 'BELGIUM'],
  BG: ['BGR', 'BULGARIA'],
  CH: ['CHE', 'SWITZERLAND'],
  CY: ['CYP', 'CYPRUS'],
  CZ: ['CZE', 'CZECHIA', 'CZECH REPUBLIC'],
  DE: ['DEU', 'GERMANY', 'DEUTSCHLAND'],
  DK: ['DNK', 'DENMARK'],
  EE: ['EST', 'ESTONIA'],
  ES: ['ESP', 'SPAIN', 'ESPAÑA'],
  FI: ['FIN', 'FINLAND'],
  FR: ['FRA', 'FRANCE'],
  GB: ['GBR', 'UK', 'UNITED KINGDOM', 'GREAT BRITAIN', 'ENGLAND', 'SCOTLAND', 'WALES', 'NORTHERN IRELAND'],
  GG: ['GGY', 'GUERNSEY'],
  GR: ['GRC', 'GREECE'],
  HR: ['HRV', 'CROATIA'],
  HU: ['HUN', 'HUNGARY'],
  IE: ['IRL', 'IRELAND', 'EIRE', 'REPUBLIC OF IRELAND'],
  IM: ['IMN', 'ISLE OF MAN'],
  IT: ['ITA', 'ITALY', 'ITALIA'],
  JE: ['JEY', 'JERSEY'],
  LT: ['LTU', 'LITHUANIA'],
  LU: ['LUX', 'LUXEMBOURG'],
  LV: ['LVA', 'LATVIA'],
  NL: ['NLD', 'NETHERLANDS', 'THE NETHERLANDS', 'HOLLAND'],
  NO: ['NOR', 'NORWAY'],
  PL: ['POL', 'POLAND', 'POLSKA'],
  PT: ['PRT', 'PORTUGAL'],
  RO: ['ROU', 'ROMANIA'],
  SE: ['SWE', 'SWEDEN'],
  SI: ['SVN', 'SLOVENIA'],
  SK: ['SVK', 'SLOVAKIA'],
  TR: ['TUR', 'TURKEY'],
};
const codes = new Map(Object.entries(byCode).flatMap(([code, names]) => names.map((name) => [name, code] as const)));

/** Answers the two letters, '' where nothing is said, and undefined where it is no country that is known. */
export function countryOf(said: string): string | undefined {
  const upper = said.trim().toUpperCase();
  const code = codes.get(upper) ?? codes.get(upper.replaceAll('.', ''));
  return code ?? (/^(?:[A-Z]{2})?$/.test(upper) ? upper : undefined);
}

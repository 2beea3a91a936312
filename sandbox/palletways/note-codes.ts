/** Codes of notes that a depot may send, and what the network takes them for (15, 16). */
import { type Code, standard, written } from './dialect.ts';
import type { Organisation } from './organisation.ts';
import type { World } from './world.ts';

/** The former character's list: NoteCodeID 32 is of the published BIN example, the others are made up. */
const FORMER: Record<string, Record<string, number>> = {
  PLN: { ALC: 60, UNA: 61 },
  SCN: { LOD: 70, UNL: 71, XDK: 72, DEL: 73 },
  STS: { OFD: 80, ARR: 81, DLV: 82, FLD: 83, ETA: 84, COL: 85 },
  EXC: { CRD: 40, ADR: 41, DMG: 42, SHT: 43, REF: 44, CLO: 45, OTH: 46 },
  POD: { POD: 50 },
  JIN: { GIN: 31 },
  BIN: { BIN: 32 },
};
/** The two that are published (apis 1.7). */
const GENERAL: Code = { group: 'JIN', type: 'GIN' };
const BOOKING: Code = { group: 'BIN', type: 'BIN' };
const NUMBERED: Record<string, Code> = { '31': GENERAL, '32': BOOKING };

const AT_DELIVERY_DEPOT = 700;
const OUT_FOR_DELIVERY = 800;
const JOB_COMPLETE = 900;
/** The status a note sets (apis 1.8), where notes set one. */
const STATUS: Record<string, number> = {
  'SCN/UNL': AT_DELIVERY_DEPOT,
  'SCN/XDK': AT_DELIVERY_DEPOT,
  'STS/OFD': OUT_FOR_DELIVERY,
  'STS/FLD': AT_DELIVERY_DEPOT,
  'STS/DLV': JOB_COMPLETE,
  'POD/POD': JOB_COMPLETE,
};

/** A code that was taken: the one the note is kept under, and, in standard words, the one that was meant. */
export interface Taken {
  kept: Code;
  meant: Code;
  asText: boolean;
  codeId: string;
}

/** Null: a note of this code is refused by its index. */
export function takeCode(world: World, organisation: Organisation, sent: Code): Taken | null {
  if (knowsLetters(world)) return takeKnown(organisation, sent);
  if (world.plays('15d')) {
    const numbered = NUMBERED[sent.type];
    return numbered === undefined ? null : { kept: numbered, meant: numbered, asText: false, codeId: sent.type };
  }
  const meant = standard(organisation, sent) ?? sent;
  if (isPublishedCode(meant))
    return { kept: sent, meant, asText: false, codeId: String(FORMER[meant.group]?.[meant.type] ?? '') };
  if (world.plays('15b')) return null;
  return { kept: written(organisation, GENERAL), meant, asText: true, codeId: '31' };
}

/** Whether the letters of the former list count, and nothing else does. */
export function knowsLetters(world: World): boolean {
  return !world.isPublished || world.plays('15e');
}

/** Flip 15a: any code but the general one makes a call refused. */
export function isGeneral(organisation: Organisation, sent: Code): boolean {
  const meant = standard(organisation, sent);
  return meant?.group === GENERAL.group && meant.type === GENERAL.type;
}

/** Whether any code is written with this group here. */
export function isGroup(organisation: Organisation, group: string): boolean {
  const codes = Object.entries(FORMER).flatMap(([name, types]) =>
    Object.keys(types).map((type) => ({ group: name, type })),
  );
  const more = (organisation.moreCodes ?? []).map((code) => code.split('/')[0] ?? '');
  return codes.some((code) => written(organisation, code).group === group) || more.includes(group);
}

/** The status that a note of this code sets; 0 where it sets none, as no published text says that one does (16). */
export function statusOf(world: World, { group, type }: Code): number {
  if (world.isPublished && !world.plays('16c')) return 0;
  return STATUS[`${group}/${type}`] ?? 0;
}

function takeKnown(organisation: Organisation, sent: Code): Taken | null {
  const meant = standard(organisation, sent);
  if (meant === null) return null;
  const { group, type } = meant;
  const isKnown = Object.hasOwn(FORMER, group) && Object.hasOwn(FORMER[group] ?? {}, type);
  if (!isKnown && organisation.moreCodes?.includes(`${group}/${type}`) !== true) return null;
  return { kept: sent, meant, asText: false, codeId: String(FORMER[group]?.[type] ?? '') };
}

function isPublishedCode({ group, type }: Code): boolean {
  return [GENERAL, BOOKING].some((code) => code.group === group && code.type === type);
}

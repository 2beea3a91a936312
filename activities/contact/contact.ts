/**
 * The first contact of an organisation: reads of both sides, learned from, and nothing taken into the record. A table of assumptions, a
 * patch of settings and a dry run come of it.
 */
import { PalletwaysFiles } from '../../connectors/palletways/ftp.ts';
import { referenceOf } from '../../connectors/palletways/write-notes.ts';
import type { Description } from '../../connectors/qargo/description.ts';
import { CallError } from '../../domain/calls/error.ts';
import type { Organisation } from '../../domain/policy/organisation.ts';
import { assumptions } from '../../domain/wire/register.ts';
import type { Installation } from '../../store/organisations/installation.ts';
import { askPalletways, type PalletwaysSeen } from './ask-palletways.ts';
import { askQargo, type QargoSeen } from './ask-qargo.ts';
import { type DryRun, dryRun } from './dry-run.ts';
import { confirmed, contradicted, type Finding, notSeen } from './finding.ts';
import { learnConsignments } from './learn-consignments.ts';
import { learnCalls, learnErrors, learnFormats, learnHosts } from './learn-hosts.ts';
import { learnNotes } from './learn-notes.ts';
import { learnQargo } from './learn-qargo.ts';
import { openProbes, type Probes, silentUntil } from './probes.ts';
import { type WriteTo, write } from './write.ts';

export interface ContactOptions {
  /** How far back Palletways is read. */
  readonly days: number;
  /** Ids of Qargo orders that show what the tenant does. */
  readonly orders: readonly string[];
  /** Qargo's API description, where somebody has it: each order of the dry run is held against it. */
  readonly description?: Description;
  /** A person asked for it: one note, one document and one file are written there. */
  readonly write?: WriteTo;
}

export interface Contact {
  /** One finding for each assumption of the register, by id. */
  readonly findings: readonly Finding[];
  readonly dryRuns: readonly DryRun[];
  /** Why one of the sides could not be read to the end; empty where both were. */
  readonly ended: readonly string[];
  /** Calls that were made, by method. */
  readonly calls: Readonly<Record<string, number>>;
  /** The answers that came; shapes are to be made from them. */
  readonly seen: { readonly palletways: PalletwaysSeen; readonly qargo: QargoSeen };
}

const nothing: PalletwaysSeen = {
  answers: [],
  notes: [],
  notesAgain: [],
  latestDelta: null,
  entered: [],
  consignments: [],
  ended: null,
};

/** @throws whatever the record throws; what either side answers, or does not, is in the contact. */
export async function makeContact(
  installation: Installation,
  organisation: Organisation,
  options: ContactOptions,
): Promise<Contact> {
  const probes = openProbes(installation, organisation);
  const { palletways: access, qargo: tables } = probes.counterparts.accessOf(organisation);
  const silent = await silentUntil(installation, organisation);
  const now = new Date().toISOString();
  const palletways =
    silent === null
      ? await askPalletways(probes.palletways, organisation, access.hosts, { days: options.days, now })
      : { ...nothing, ended: `Palletways is not called before ${silent}: it is silent to this address` };
  const qargo = await askQargo(probes.qargo, options.orders);
  const folder = await listFolder(probes, organisation);
  const learned = [
    ...asFarAsRead([...learnPalletways(palletways, organisation, probes), folder.finding], palletways.ended),
    ...asFarAsRead(learnQargo(qargo.answers, tables), qargo.ended),
  ];
  const isCut = palletways.ended !== null || qargo.ended !== null;
  // A finding from writing and reading back counts more than one from reading alone.
  const written = options.write === undefined || isCut ? [] : await write(organisation, probes, options.write);
  const context = { receivedAt: now, digest: installation.digestOf(organisation.id) };
  return {
    findings: byId(learned, written),
    dryRuns: palletways.consignments.map((each) => dryRun(each, organisation, tables, context, options.description)),
    ended: [palletways.ended, qargo.ended, folder.ended].filter((why) => why !== null),
    calls: countCalls(palletways, qargo),
    seen: { palletways, qargo },
  };
}

/** Turns each contradiction into "not seen" where the reads of a side ended early, because an outage looks like many an alternative. */
function asFarAsRead(findings: readonly Finding[], ended: string | null): Finding[] {
  if (ended === null) return [...findings];
  return findings.map((finding) =>
    finding.outcome === 'contradicted' ? notSeen(finding.assumption, `cut short: ${finding.seen}`) : finding,
  );
}

function learnPalletways(seen: PalletwaysSeen, organisation: Organisation, { counterparts }: Probes): Finding[] {
  const { palletways: access, qargo } = counterparts.accessOf(organisation);
  const { exception, ...ours } = access.codes;
  // Codes that we write ourselves are known when somebody else writes them.
  const written = Object.values(ours).flatMap((code) => (typeof code === 'object' && 'group' in code ? [code] : []));
  const known = [
    ...written,
    { group: exception.group, type: '*' },
    ...access.networkCodes,
    ...access.networkExceptions,
    ...access.chargeCodes,
    ...access.cancelCodes,
  ];
  const { number, name } = organisation.palletways.depot;
  const writings = [number, name, ...organisation.policy.roles.depots].map((depot) => depot.trim().toLowerCase());
  return [
    ...learnHosts(seen.answers, access.hosts),
    learnFormats(seen.answers),
    ...learnErrors(seen.answers),
    ...learnCalls(seen.answers, number, access.elements),
    ...learnNotes(seen.notes, seen.notesAgain, seen.latestDelta, {
      known: new Set(known.map(({ group, type }) => `${group}/${type}`.toUpperCase())),
      cancelCodes: access.cancelCodes,
      zone: access.zone,
      isOurs: (text) => referenceOf(text) !== null,
    }),
    ...learnConsignments(seen.consignments, new Set(writings), {
      services: new Set(Object.keys(qargo.serviceLevels)),
      billUnits: new Set(Object.keys(qargo.packagings)),
    }),
  ];
}

/** The login and the list of the folder of files. */
async function listFolder(
  { counterparts }: Probes,
  organisation: Organisation,
): Promise<{ readonly finding: Finding; readonly ended: string | null }> {
  const { depot, timeouts, ftp } = counterparts.accessOf(organisation).palletways;
  if (ftp === null) return { finding: notSeen(34, 'no folder is given: palletways.ftp'), ended: null };
  try {
    const files = await new PalletwaysFiles({ depot, timeouts, ftp }).list();
    const own = files.filter((file) => /^\d{11}_\d{2}\.(jpg|png|pdf)$/.test(file.name)).length;
    return { finding: confirmed(34, `${files.length} files in the folder, ${own} named as ours are`), ended: null };
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    // A server that cannot be reached says nothing of the folder.
    const finding = error.retry === 'refused' ? contradicted(34, error.message) : notSeen(34, error.message);
    return { finding, ended: error.retry === 'auth' ? error.message : null };
  }
}

/** One for each entry of the register: what contradicts goes before what confirms, and what nothing tells is not seen. */
function byId(learned: readonly Finding[], written: readonly Finding[]): Finding[] {
  return assumptions.map(({ id }) => {
    const of = (all: readonly Finding[]) => all.filter((finding) => finding.assumption === id);
    const own = of(written).length > 0 ? of(written) : of(learned);
    const by = (outcome: Finding['outcome']) => own.find((finding) => finding.outcome === outcome);
    return by('contradicted') ?? by('confirmed') ?? by('not seen') ?? notSeen(id);
  });
}

function countCalls(palletways: PalletwaysSeen, qargo: QargoSeen): Record<string, number> {
  const names = [
    ...palletways.answers.map(({ question }) => `palletways ${question.method}`),
    ...qargo.answers.map(({ path }) => `qargo ${path}`),
  ];
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

/** Everything the Palletways of this sandbox knows, and how to find it. */

import { Character, type CharacterSettings } from '../server/flips.ts';
import type { Shapes } from '../server/shapes.ts';
import type { StateFile } from '../server/state.ts';
import type { LocalTime } from './clock.ts';
import { type Code, zoneOf } from './dialect.ts';
import { type FlipId, flips } from './flips.ts';
import type { Organisation } from './organisation.ts';
import type { Push } from './push.ts';
import type { Tree } from './tree.ts';

export interface Consignment {
  organisation: string;
  /** Other organisations that have a leg of it: they are told of it and may read it and write notes as well. */
  shared?: string[];
  /** Number of the depot under whose account it stands, where it is not the reader's own. */
  requesting?: string;
  /** The import record, 7-8 digits (apis 1.5). */
  responseId: string;
  /** `<number>-<depot number>` (apis 1.5). Not unique in the real network; the last one entered counts. */
  conNo: string;
  /** 11 digits; null as long as no depot assigned it (F PW-WOO: it can be empty at creation). */
  trackingId: string | null;
  /** The tracking id it will have, and epoch ms from when on. */
  trackingIdToCome: string;
  trackingIdAt: number;
  enteredAt: number;
  /** The same as the depot's clock has it. */
  entered: LocalTime;
  /** `Confirm` no: stored, but not told to the depot (apis 1.4). */
  confirmed: boolean;
  cancelled: boolean;
  /** A code of apis 1.8. */
  status: number;
  /** Counts every change the depot was told of. */
  version: number;
  /** In the words of getConsignment, without identifiers and pallets. */
  fields: Tree;
  barcodes: string[];
  /** Epoch ms from when on the label PDF can be had; null before labelling. */
  labelReadyAt: number | null;
  /** How it was told at first: a late tracking id is told in the same way. */
  push?: Push;
  /** Tracking ids it had before a redirect, the oldest first; a gone one finds nothing any more. */
  former?: { trackingId: string; gone: boolean }[];
  /** Takes no more notes: `named`, the refusal names the note's index; `unnamed`, it names nobody. */
  archived?: 'named' | 'unnamed' | null;
  /** A push or a note of it was there, so that a depot can know it. */
  announced?: boolean;
  /** The latest appointment that a note named, in local time. */
  booked?: { date: string; time: string; reference: string };
  /** Its reads find nothing, fail in prose, or answer nothing at all: gone from sight, which is no cancellation. */
  hidden?: Hidden | null;
}

export type Hidden = 'none' | 'error' | 'empty';

/** A note as getNotes answers it (apis 1.7), and, where a depot sent it, what it sent. */
export interface Note {
  organisation: string;
  /** Unique in this twin; what is shown as SysNote depends on the character (`note-rows.ts`). */
  sysNote: string;
  /** The how manieth of its consignment it is, from 1. */
  nth?: number;
  responseId: string;
  /** The tracking id it is of, where the consignment has another by now. */
  trackingId?: string;
  barcode: string;
  /** Epoch seconds of entry. */
  delta: number;
  /** Epoch seconds of the note's own time, where they are known. */
  ownDelta?: number;
  noteDate: string;
  noteTime: string;
  statusCode: number;
  group: string;
  type: string;
  /** The code as wire-assumptions 2.3 has it, where the organisation's dialect writes another. */
  meant?: Code;
  /** The code is no known one: the note was taken as general text, and `meant` is the code that was sent. */
  asText?: true;
  /** The status of the consignment before the note. */
  before?: number;
  codeId: string;
  text: string;
  customerName: string;
  description: string;
  bookInReference: string;
  /** What was booked, where it is not the note's own time and name. */
  bookIn?: { date: string; time: string; contact: string };
  /** The delivery, where it is not the note's own time. */
  pod?: { date: string; time: string };
  /** Came by createSystemNote: date and time as sent, epoch ms of arrival. Null for notes of the network. */
  received: { date: string; time: string; at: number } | null;
}

export interface HeldFile {
  organisation: string;
  depot: string | null;
  trackingId: string | null;
  /** Path in the organisation's folder. */
  path: string;
  name: string;
  size: number;
  sha256: string;
  at: number;
  /** How often these bytes were written under this name while they lay there: 1 is right. */
  copies?: number;
  /** When the owner of the folder took it away, epoch ms; null while it lies there. */
  takenAt?: number | null;
}

export interface Said {
  n: number;
  id: string;
  organisation: string;
  kind: 'created' | 'edited' | 'labelled' | 'cancelled' | 'network' | 'revived';
  at: string;
  saidAt: number;
  event: boolean;
  subject: { responseId: string; trackingId: string | null; conNo: string };
  content: unknown;
  /** From when (epoch ms) a read could tell it, and until when (null: still). Null: no read ever tells it. */
  readable: { from: number; until: number | null } | null;
  /** A read will tell it once the consignment can be found. */
  isWaiting?: true;
  /** How the push went that carries it; null where only a read tells it. */
  push: { tries: number; delivered: boolean; deliveredAt: number | null } | null;
}

/** A push that was not delivered yet; it is sent again after a restart. */
export interface WaitingPush {
  id: string;
  organisation: string;
  /** What it tells, `AMENDED`. */
  event?: string;
  contentType: string;
  body: string;
  tries: number;
}

/** Palletways pulled this exception from our feed. */
export interface Pulled {
  organisation: string;
  id: string;
  /** How often it came: 1 is right. */
  times: number;
  item: Record<string, unknown>;
  photos: PulledPhoto[];
}

/** An item of the feed linked to this photo. */
export interface PulledPhoto {
  url: string;
  /** Null where the link gave no bytes; `status` says what it gave, 0 for no answer at all. */
  sha256: string | null;
  size: number;
  status: number;
}

export interface State {
  counters: {
    consignment: number;
    responseId: number;
    trackingId: number;
    barcode: number;
    sysNote: number;
    said: number;
    push: number;
  };
  organisations: Record<string, Organisation>;
  consignments: Consignment[];
  notes: Note[];
  files: HeldFile[];
  said: Said[];
  pushes: WaitingPush[];
  /** How often the owner of an organisation's folder takes all files away, ms; 0 never. */
  owners?: Record<string, number>;
  /** What was pulled of our feeds, and where each organisation's was left off. */
  pulled?: Pulled[];
  cursors?: Record<string, string>;
  /** What is played; an earlier twin has no word for it. */
  character?: CharacterSettings;
}

/** Group of the code by which others know a note. */
export function groupOf(note: Note): string {
  return note.asText === true ? note.group : (note.meant?.group ?? note.group);
}

/** Whether an organisation has a part in it. */
export function isOf(consignment: Consignment, organisation: string): boolean {
  return consignment.organisation === organisation || consignment.shared?.includes(organisation) === true;
}

/** Counters start at the numbers of the published examples (apis 1.5). */
export function emptyState(): State {
  return {
    counters: {
      consignment: 2_557_391,
      responseId: 3_972_953,
      trackingId: 60_012_340_167,
      barcode: 0x00432b6fe,
      sysNote: 81_004_410,
      said: 0,
      push: 0,
    },
    organisations: {},
    consignments: [],
    notes: [],
    files: [],
    said: [],
    pushes: [],
  };
}

export class World {
  readonly file: StateFile<State>;
  /** Shapes of answers by method, as a first contact saw them. */
  shapes: Shapes['palletways'] = {};
  readonly #character = new Character<FlipId>(flips);
  readonly #pace: number;
  readonly #notesOf = new Map<string, number>();
  #byResponseId = new Map<string, Consignment>();
  #byTrackingId = new Map<string, Consignment>();
  #byConNo = new Map<string, Consignment>();

  /** `pace` divides the waits of the network. */
  constructor(file: StateFile<State>, pace = 1) {
    this.file = file;
    this.#pace = pace;
    if (file.data.character !== undefined) this.#character.set(file.data.character);
    for (const consignment of file.data.consignments) this.#index(consignment);
    for (const { responseId } of file.data.notes) this.#count(responseId);
  }

  get isPublished(): boolean {
    return this.#character.isPublished;
  }

  plays(flip: FlipId): boolean {
    return this.#character.has(flip);
  }

  /** `{character, flips}`; outlives a restart and a reset. Wrong ones are a ZodError. */
  setCharacter(asked: unknown): CharacterSettings {
    this.#character.set(asked);
    this.state.character = this.#character.settings();
    this.touch();
    return this.state.character;
  }

  get character(): CharacterSettings {
    return this.#character.settings();
  }

  /** How long something of the network takes here, ms. */
  paced(ms: number): number {
    return ms / this.#pace;
  }

  /** The clock of an organisation's local times. */
  zoneOf(organisation: Organisation | null): string {
    if (this.plays('21a')) return 'Europe/Madrid';
    if (this.plays('21b')) return 'UTC';
    if (this.plays('21c')) return 'Europe/London';
    return organisation === null ? 'UTC' : zoneOf(organisation);
  }

  /** Keeps a note; answers it with its number. */
  addNote(note: Omit<Note, 'sysNote' | 'nth'>): Note {
    const kept = { ...note, sysNote: String(this.next('sysNote')), nth: this.#count(note.responseId) };
    this.state.notes.push(kept);
    this.touch();
    return kept;
  }

  get state(): State {
    return this.file.data;
  }

  touch(): void {
    this.file.touch();
  }

  next(counter: keyof State['counters']): number {
    this.state.counters[counter] += 1;
    return this.state.counters[counter];
  }

  organisation(name: string): Organisation | null {
    return Object.hasOwn(this.state.organisations, name) ? (this.state.organisations[name] ?? null) : null;
  }

  ofKey(apiKey: string): Organisation | null {
    return Object.values(this.state.organisations).find((organisation) => organisation.apiKey === apiKey) ?? null;
  }

  add(consignment: Consignment): void {
    this.state.consignments.push(consignment);
    this.#index(consignment);
    this.touch();
  }

  /** To be called when the tracking id became known or another. */
  reindex(consignment: Consignment): void {
    this.#track(consignment);
    this.touch();
  }

  ofResponseId(responseId: string): Consignment | null {
    return this.#byResponseId.get(responseId) ?? null;
  }

  ofTrackingId(trackingId: string): Consignment | null {
    return this.#byTrackingId.get(trackingId) ?? null;
  }

  ofConNo(organisation: string, conNo: string): Consignment | null {
    const own = this.#byConNo.get(`${organisation} ${conNo}`);
    return own ?? this.state.consignments.findLast((one) => one.conNo === conNo && isOf(one, organisation)) ?? null;
  }

  ofBarcode(organisation: string, barcode: string): Consignment | null {
    return this.state.consignments.findLast((one) => isOf(one, organisation) && one.barcodes.includes(barcode)) ?? null;
  }

  /** Everything but the organisations and the counters: a number once given is never given again. */
  reset(): void {
    const { organisations, counters, character } = this.state;
    this.file.data = { ...emptyState(), organisations, counters, ...(character !== undefined && { character }) };
    this.#notesOf.clear();
    this.#byResponseId.clear();
    this.#byTrackingId.clear();
    this.#byConNo.clear();
    this.touch();
  }

  #count(responseId: string): number {
    const nth = (this.#notesOf.get(responseId) ?? 0) + 1;
    this.#notesOf.set(responseId, nth);
    return nth;
  }

  #index(consignment: Consignment): void {
    this.#byResponseId.set(consignment.responseId, consignment);
    this.#byConNo.set(`${consignment.organisation} ${consignment.conNo}`, consignment);
    this.#track(consignment);
  }

  #track(consignment: Consignment): void {
    for (const { trackingId, gone } of consignment.former ?? []) {
      if (gone) this.#byTrackingId.delete(trackingId);
      else this.#byTrackingId.set(trackingId, consignment);
    }
    if (consignment.trackingId !== null) this.#byTrackingId.set(consignment.trackingId, consignment);
  }
}

/** What a message or a read says, before it is matched to a consignment. */
import type { NewFact } from './facts.ts';
import type { Ours } from './roles.ts';

/** Names under which a consignment is known. Strong: trackingId, responseId, qargoOrderId, orderIdentifier. Weak: conNo, barcode. */
export interface Aliases {
  readonly trackingId?: string;
  readonly responseId?: string;
  readonly qargoOrderId?: string;
  readonly orderIdentifier?: string;
  readonly conNo?: string;
  readonly barcodes?: readonly string[];
}

/** What was heard of one consignment. */
export interface Message {
  readonly aliases: Aliases;
  readonly facts: readonly NewFact[];
  /** The message has no time of its own: its `order` is a hint where it differs from what is known. */
  readonly untimed?: true;
  /** Told as created, not as amended, at that instant (UTC ISO): after a cancellation it makes the consignment live again. */
  readonly created?: string;
}

/** A part of a message that could not be read; it is parked with the field named and holds nobody up. */
export interface Problem {
  /** Path of the field, e.g. `Manifest.Depot.Account.Consignment.Service[0].Code`. */
  readonly field: string;
  readonly message: string;
}

/**
 * What a valid message carries that nothing follows from: a status, a type or a code that no table has. It is counted and shown, so that
 * a new word of the far side is seen; it is nobody's work.
 */
export interface Unused {
  /** What it is a word for, e.g. `stop status`. */
  readonly what: string;
  /** The far side's word, at most 80 characters. */
  readonly code: string;
  readonly count: number;
}

export interface Reading {
  readonly heard: readonly Message[];
  readonly problems: readonly Problem[];
  readonly unused?: readonly Unused[];
}

/** What translation needs from outside; keeps it pure. */
export interface ReadingContext {
  /** IANA zone of the depot, for local times without a zone. */
  readonly zone: string;
  /** When the message was received or the read was started, UTC ISO. */
  readonly receivedAt: string;
  /** Keyed digest, 8 bytes as 16 hex characters, of a text that may be personal data. */
  readonly digest: (text: string) => string;
  /** What tells our part in a consignment; left out, orders are heard without one. */
  readonly ours?: Ours;
}

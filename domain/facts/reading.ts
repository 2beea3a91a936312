/** A message, or the answer to a read, before it is matched to a consignment. */
import type { NewFact } from './facts.ts';
import type { Ours } from './roles.ts';

/**
 * The names under which a consignment is known. trackingId, responseId, qargoOrderId and orderIdentifier are strong; conNo and barcode are
 * weak.
 */
export interface Aliases {
  readonly trackingId?: string;
  readonly responseId?: string;
  readonly qargoOrderId?: string;
  readonly orderIdentifier?: string;
  readonly conNo?: string;
  readonly barcodes?: readonly string[];
  /**
   * The consignment number that the thing itself carries, where the order that it came with has another: orders were merged (assumption 50).
   * Where it is that of another consignment it counts instead of the order.
   */
  readonly ownNumber?: string;
}

/** The facts that were received of one consignment. */
export interface Message {
  readonly aliases: Aliases;
  readonly facts: readonly NewFact[];
  /** True where the message has no time of its own. If its `order` differs from what is known, it is only a hint. */
  readonly untimed?: true;
  /** The instant (UTC ISO) of an order that was sent as created, not as amended. After a cancellation it reinstates the consignment. */
  readonly created?: string;
  /** True where the sender says that it amends what was said before. */
  readonly amended?: true;
}

/** A part of a message that could not be read. It is parked under the name of its field and holds up nothing else. */
export interface Problem {
  /** The path of the field, e.g. `Manifest.Depot.Account.Consignment.Service[0].Code`. */
  readonly field: string;
  readonly message: string;
}

/**
 * A valid message may carry a status, a type or a code that no table has, and nothing follows from it. It is counted and shown, so that
 * people see a new word of the far side; nobody has to act on it.
 */
export interface Unused {
  /** The thing that the word is for, e.g. `stop status`. */
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

/** A reader gets from outside what it needs, so that it stays pure. */
export interface ReadingContext {
  /** The IANA zone of the depot, for local times without a zone. */
  readonly zone: string;
  /** The instant at which the message was received or the read was started, UTC ISO. */
  readonly receivedAt: string;
  /** Makes a keyed digest, 8 bytes as 16 hex characters, of a text that may be personal data. */
  readonly digest: (text: string) => string;
  /** Our part in a consignment is worked out from this. If it is left out, orders are read without roles. */
  readonly ours?: Ours;
}

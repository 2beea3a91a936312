/** A ledger in memory: what came of obligations, as the record keeps it. */
import type { Ledger, Receipt } from '../../domain/receipts/receipts.ts';

/** Notes what became of obligations; what was ever delivered stays known. */
export function record(ledger: Ledger, outcomes: readonly Receipt[]): Ledger {
  const next: Record<string, Receipt> = { ...ledger };
  for (const outcome of outcomes) {
    const ever = outcome.state === 'met' || next[outcome.key]?.ever === true;
    next[outcome.key] = ever ? { ...outcome, ever: true } : outcome;
  }
  return next;
}

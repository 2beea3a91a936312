import { InvalidArgumentError } from 'commander';

/** A pace as it is typed: above 0, at most 1000 in a second. */
export function perSecond(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0 || value > 1_000)
    throw new InvalidArgumentError('a number above 0, at most 1000');
  return value;
}

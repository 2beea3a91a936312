/**
 * Reads what is charged for from what somebody wrote. A value is read whole, with its unit, in the notation of the account, or it is null:
 * then the text is for a person. No number of something else (a percentage, a time, a bay) is ever taken for it. Pure.
 */
import type { ChargeKind } from '../facts/facts.ts';
import { type Notation, type Numeral, numeralsIn, readNumber } from '../facts/number.ts';
import { sizeOf, sizeValue, unitsValue, weightValue } from './charges.ts';

/** A value with more characters than this would not fit an envelope. */
const longest = 48;
/** Goods are no longer than a trailer, m, and of their other sides none is longer than this. */
const maxLength = 14;
const maxWidth = 4;

/** What people write between the old value and the new one. */
const change = /->|=>|→|>|\b(?:now|new|to)\b/gi;
const currencies = 'GBP|EUR|USD|CHF|PLN|CZK|HUF|RON|BGN|SEK|NOK|DKK|TRY';
const money = `(?:\\b(?:${currencies})|[£€])`;
const kilograms = /^\s*(?:kgs?|kilos?|kilogram(?:me)?s?)\b/i;
/** What makes a value one of a part, or of a rate. */
const ofEach = /^\s*(?:\/|per\b|each\b|p\/|\bea\b)/i;

/**
 * Reads a value; null where it is not plain. Weight: `700` alone, `1,250 kg`. Size: `120 x 100 x 150 cm`, in metres where no unit is named.
 * Bill units: `HP:2`, `2 x HP, QP 1`. Surcharge: `12.50` alone, `GBP 12.5`, `£12.50`. Of an old and a new value with a word of change
 * between them (`640 kg now 700 kg`) the new one is read.
 */
export function chargeValue(kind: ChargeKind, text: string, notation: Notation): string | null {
  const value = readers[kind](text.trim(), notation);
  return value === null || value === '' || value.length > longest ? null : value;
}

const readers: Readonly<Record<ChargeKind, (said: string, notation: Notation) => string | null>> = {
  weight: (said, notation) => {
    const alone = /^(?:weight|wt)?\s*[:=]?\s*(\d[\d.,'’\u00a0\u202f]*)$/i.exec(said)?.[1];
    const found = onlyOf(numeralsIn(newer(said)).filter(({ after }) => kilograms.test(after)));
    const kg = readNumber(alone ?? (found !== null && isWeight(found) ? found.said : ''), notation);
    return kg === null || kg <= 0 || kg >= 1_000_000 ? null : weightValue(kg);
  },
  dimensions: (said, notation) => {
    const sides = sidesOf(newer(said), notation);
    if (sides === null) return null;
    const value = sizeValue(sides);
    const [length = 0, width = 0] = [...sides].sort((a, b) => b - a);
    return sizeOf(value) === null || length > maxLength || width > maxWidth ? null : value;
  },
  regrade: (said) => unitsOfList(newer(said)),
  surcharge: (said, notation) => {
    const alone = /^(?:amount|surcharge|charge|total)?\s*[:=]?\s*(\d[\d.,'’\u00a0\u202f]*)$/i.exec(said)?.[1];
    if (alone !== undefined) return amountOf(alone, notation, undefined);
    const found = onlyOf(numeralsIn(newer(said)).filter((each) => currencyOf(each) !== undefined));
    if (found === null || isTakenOff(said) || ofEach.test(withoutMoney(found.after))) return null;
    return amountOf(found.said, notation, currencyOf(found));
  },
};

/** What stands after the last word of change; the whole text where there is none. */
function newer(said: string): string {
  const last = [...said.matchAll(change)].at(-1);
  return last === undefined ? said : said.slice(last.index + last[0].length).trim();
}

const onlyOf = (found: readonly Numeral[]): Numeral | null => (found.length === 1 ? (found[0] ?? null) : null);

/** Whether it is no part of a name, a date, a sum or a product, and no end of a number with blanks in it. */
function isWeight({ said, before, after }: Numeral): boolean {
  if (/[\p{L}\p{N}_.,/+−–-]$|[x×*]\s*$/iu.test(before) || isGrouped(said, before)) return false;
  return !ofEach.test(after.replace(kilograms, ''));
}

/** Whether a blank before it may have been meant to group thousands: `1 250`. */
const isGrouped = (said: string, before: string) => /^\d{3}(?!\d)/.test(said) && /(?<!\d)\d{1,3} $/.test(before);

function sidesOf(said: string, notation: Notation): [number, number, number] | null {
  const side = String.raw`(\d(?:[\d.,]*\d)?)\s*(mm|cm|m)?`;
  const all = [
    ...said.matchAll(new RegExp(`${side}\\s*[x×*]\\s*${side}\\s*[x×*]\\s*${side}(?![\\p{L}\\p{N}])`, 'giu')),
  ];
  const [found] = all;
  if (found === undefined || all.length > 1) return null;
  const before = said.slice(0, found.index);
  const after = said.slice(found.index + found[0].length);
  if (/[\p{L}\p{N}_.,/+−–-]$|[x×*]\s*$/iu.test(before) || /^\s*[x×*]|^[.,]?\d/i.test(after)) return null;
  const [a = '', unitA, b = '', unitB, c = '', unitC] = found.slice(1);
  const units = new Set([unitA, unitB, unitC].flatMap((unit) => (unit === undefined ? [] : [unit.toLowerCase()])));
  if (units.size > 1) return null;
  const unit = [...units][0] ?? 'm';
  const by = { mm: 1000, cm: 100 }[unit] ?? 1;
  const [length, width, height] = [a, b, c].map((each) => readNumber(each, notation, { thousandths: unit === 'm' }));
  if (typeof length !== 'number' || typeof width !== 'number' || typeof height !== 'number') return null;
  return [length / by, width / by, height / by];
}

/** A list of bill units, perhaps behind a label, and nothing else. */
function unitsOfList(said: string): string | null {
  const parts = said
    .replace(/^[^:]*[a-z]{5,}[^:]*:/i, '')
    .replace(/\.$/, '')
    .split(/[,;+&]|\band\b/i)
    .map((part) => part.trim());
  const units = parts.map((part) => {
    const after = /^([A-Z]{1,4}\d?)\s*[:x×*]?\s*(\d{1,3})$/i.exec(part);
    if (after !== null) return { type: (after[1] ?? '').toUpperCase(), amount: Number(after[2]) };
    const before = /^(\d{1,3})\s*[x×*]?\s*([A-Z]{1,4}\d?)$/i.exec(part);
    return before === null ? null : { type: (before[2] ?? '').toUpperCase(), amount: Number(before[1]) };
  });
  const whole = units.filter((unit) => unit !== null);
  return whole.length < units.length ? null : unitsValue(whole);
}

/** The currency right beside a number. */
function currencyOf({ before, after }: Numeral): string | undefined {
  const sign =
    new RegExp(`(${money})\\s*$`, 'i').exec(before)?.[1] ??
    new RegExp(`^\\s*(${money})(?![A-Za-z])`, 'i').exec(after)?.[1];
  return sign === undefined ? undefined : ({ '£': 'GBP', '€': 'EUR' }[sign] ?? sign.toUpperCase());
}

const withoutMoney = (text: string) => text.replace(new RegExp(`^\\s*${money}`, 'i'), '');

/** Whether something is given back: a minus before an amount or a currency, or a word for it. */
function isTakenOff(said: string): boolean {
  return new RegExp(`[-−]\\s?\\d|[-−]${money}|\\b(?:credit|refund|discount|rebate)`, 'i').test(said);
}

function amountOf(said: string, notation: Notation, currency: string | undefined): string | null {
  const amount = readNumber(said, notation);
  if (amount === null || amount >= 1_000_000 || Math.abs(amount * 100 - Math.round(amount * 100)) > 1e-6) return null;
  return `${amount.toFixed(2)}${currency === undefined ? '' : ` ${currency}`}`;
}

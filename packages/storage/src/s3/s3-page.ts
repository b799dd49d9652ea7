import { unescaped, valueIn } from './s3-xml.ts';

/** One page of a listing. */
export interface ListedPage {
  readonly objects: readonly ListedObject[];
  /** Where the next page begins; absent on the last one. */
  readonly token: string | undefined;
}

export interface ListedObject {
  readonly key: string;
  readonly bytes: number;
  readonly modifiedAt: Date;
  readonly etag?: string;
}

/**
 * Reads a page of a listing as S3 and its kin write it, byte by byte: with a million objects, the time of a listing goes into this. What looks
 * otherwise is not read at all, undefined, and left to the SDK, which reads everything.
 */
export function readPage(body: Buffer): ListedPage | undefined {
  const first = body.indexOf('<Contents>');
  const last = first < 0 ? first : body.lastIndexOf('</Contents>') + '</Contents>'.length;
  const around = first < 0 ? body.toString() : body.toString('utf8', 0, first) + body.toString('utf8', last);
  if (!wholeDocument.test(around) || body.includes('<!')) return undefined; // comments and CDATA could hide a bracket from us
  const isTruncated = valueIn(around, 'IsTruncated');
  const token = isTruncated === 'true' ? valueIn(around, 'NextContinuationToken') : undefined;
  if (isTruncated !== 'false' && !token) return undefined;
  const urlEncoded = valueIn(around, 'EncodingType') === 'url';
  const objects = first < 0 ? [] : objectsIn(body.subarray(first, last), urlEncoded);
  // Objects that stand there in another way must never look like none.
  const count = valueIn(around, 'KeyCount') ?? String(objects?.length);
  if (/Contents[\s/>]/.test(around) || count !== String(objects?.length)) return undefined;
  return objects && { objects, token: token && unescaped(token) };
}

const wholeDocument = /^\uFEFF?\s*(<\?xml[^>]*\?>)?\s*<ListBucketResult(\s[^>]*)?>.*<\/ListBucketResult>\s*$/s;
const [space, slash, zero, open, close] = [0x20, 0x2f, 0x30, 0x3c, 0x3e];
const [letterC, letterE, letterK, letterL, letterS, letterZ] = [0x43, 0x45, 0x4b, 0x4c, 0x53, 0x5a];

function objectsIn(xml: Buffer, urlEncoded: boolean): ListedObject[] | undefined {
  const objects: ListedObject[] = [];
  let key: string | undefined;
  let etag: string | undefined;
  let bytes = Number.NaN;
  let modifiedMs = Number.NaN;
  const take = (name: number, value: number, end: number): void => {
    const length = value - 1 - name;
    const initial = xml[name];
    if (initial === letterK && length === 3) key = keyIn(xml, { from: value, to: end, urlEncoded });
    else if (initial === letterE && length === 4) etag = etagIn(xml, value, end);
    else if (initial === letterS && length === 4) bytes = numberIn(xml, value, end);
    else if (initial === letterL && length === 12) modifiedMs = timeIn(xml, value, end);
  };
  for (let at = 0; at < xml.length;) {
    const inside = at + '<Contents>'.length;
    if (xml[at] !== open || xml[at + 1] !== letterC || xml[inside - 1] !== close) return undefined;
    key = etag = undefined;
    bytes = modifiedMs = Number.NaN;
    const end = eachLeaf(xml, inside, take);
    if (end < 0 || key === undefined || Number.isNaN(bytes) || Number.isNaN(modifiedMs)) return undefined;
    const modifiedAt = new Date(modifiedMs);
    objects.push(etag === undefined ? { key, bytes, modifiedAt } : { key, bytes, modifiedAt, etag });
    at = afterSpace(xml, end + '</Contents>'.length);
  }
  return objects;
}

/**
 * Shows every element that holds no other, with the places of its name and its value.
 * @returns where the element around them ends; -1 for what is no such document
 */
function eachLeaf(xml: Buffer, from: number, take: (name: number, value: number, end: number) => void): number {
  let at = afterSpace(xml, from);
  while (xml[at] === open) {
    const name = at + 1;
    if (xml[name] === slash) return at;
    const value = placeOf(xml, close, name) + 1;
    let end = placeOf(xml, open, value);
    if (xml[end + 1] === slash) take(name, value, end);
    else end = xml.indexOf(`</${xml.toString('latin1', name, value - 1)}>`, end); // one with others, such as the owner, is passed over
    if (end < 0) return -1;
    at = afterSpace(xml, end + value - name + 2);
  }
  return -1;
}

function placeOf(xml: Buffer, byte: number, from: number): number {
  let at = from;
  while (at < xml.length && xml[at] !== byte) at += 1;
  return at;
}

function afterSpace(xml: Buffer, from: number): number {
  let at = from;
  while (at < xml.length && (xml[at] ?? 0) <= space) at += 1;
  return at;
}

/** Names of nothing but letters, digits and the usual marks stand as they are; they are nearly all. */
function keyIn(xml: Buffer, { from, to, urlEncoded }: { from: number; to: number; urlEncoded: boolean }): string {
  let isPlain = true;
  for (let at = from; isPlain && at < to; at += 1) isPlain = plain[xml[at] ?? 0] === 1;
  if (isPlain) return xml.toString('latin1', from, to);
  const text = unescaped(xml.toString('utf8', from, to));
  return urlEncoded ? decodeURIComponent(text.replaceAll('+', ' ')) : text;
}

const plain = Uint8Array.from({ length: 128 }, (_, byte) => ('&%+'.includes(String.fromCharCode(byte)) ? 0 : 1));

/** Always in quotation marks, which most servers write as entities. */
function etagIn(xml: Buffer, from: number, to: number): string {
  const isQuoted = isQuote(xml, from) && isQuote(xml, to - quote.length);
  const text = isQuoted
    ? `"${xml.toString('latin1', from + quote.length, to - quote.length)}"`
    : xml.toString('latin1', from, to);
  return unescaped(text);
}

const quote = Buffer.from('&quot;');

function isQuote(xml: Buffer, from: number): boolean {
  for (let at = 0; at < quote.length; at += 1) if (xml[from + at] !== quote[at]) return false;
  return true;
}

function numberIn(xml: Buffer, from: number, to: number): number {
  let number = to > from && to - from <= 15 ? 0 : Number.NaN;
  for (let at = from; at < to; at += 1) {
    const digit = (xml[at] ?? 0) - zero;
    number = digit >= 0 && digit <= 9 ? number * 10 + digit : Number.NaN;
  }
  return number;
}

/** `2026-03-01T02:00:00.000Z`; a time that is written otherwise is left to whoever knows all the ways. */
function timeIn(xml: Buffer, from: number, to: number): number {
  if (to - from !== 24 || xml[to - 1] !== letterZ) return Date.parse(xml.toString('latin1', from, to));
  const part = (at: number, length: number): number => numberIn(xml, from + at, from + at + length);
  const day = Date.UTC(part(0, 4), part(5, 2) - 1, part(8, 2));
  return day + ((part(11, 2) * 60 + part(14, 2)) * 60 + part(17, 2)) * 1000 + part(20, 3);
}

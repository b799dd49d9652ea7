import { Refused, shown } from './refused.ts';

/** Values that `H` may take, field by field. Days end at 28, so that no month is skipped. */
const bounds = [
  { min: 0, max: 59 },
  { min: 0, max: 23 },
  { min: 1, max: 28 },
  { min: 1, max: 12 },
  { min: 0, max: 6 },
] as const;

/**
 * Replaces `H`, `H(a-b)`, `H/n` and `H(a-b)/n` by values derived from the seed, so that many backups with one expression spread
 * over time and each keeps its own slot for ever.
 * @throws Refused for ranges outside the field and steps that are too wide
 */
export function replaceHashes(fields: readonly string[], seed: string): string[] {
  return fields.map((field, index) =>
    field
      .split(',')
      .map((item) => (hasHash(item) ? replaceHash(item, index, seed) : item))
      .join(','),
  );
}

/** The cron library has an `H` of its own that is drawn anew each time, so none may reach it; the one in THU is a name's. */
function hasHash(item: string): boolean {
  return item.replaceAll(/THU/gi, '').includes('H');
}

function replaceHash(item: string, index: number, seed: string): string {
  const found = /^H(?:\((\d{1,2})-(\d{1,2})\))?(?:\/(\d{1,2}))?$/.exec(item);
  const whole = bounds[index];
  if (!found || !whole) throw new Refused(`contains ${shown(item)}; write H, H(0-29), H/15 or H(0-29)/10`);
  const min = found[1] === undefined ? whole.min : Number(found[1]);
  const max = found[2] === undefined ? whole.max : Number(found[2]);
  if (min > max || min < whole.min || max > whole.max)
    throw new Refused(`contains ${shown(item)}; write a range within ${whole.min}-${whole.max}`);
  const hash = hashOf(`${seed}/${index}`);
  if (found[3] === undefined) return String(min + (hash % (max - min + 1)));
  const step = Number(found[3]);
  if (step === 0 || step > max - min + 1)
    throw new Refused(`contains ${shown(item)}; write a step between 1 and ${max - min + 1}`);
  return `${min + (hash % step)}-${max}/${step}`;
}

/** FNV-1a with a final mix: spreads well over small ranges, and is the same for ever on every machine. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

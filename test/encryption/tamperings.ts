import { createCipheriv, hkdfSync } from 'node:crypto';

/** An encrypted artifact and how it is opened. */
export interface Sealed {
  readonly stored: Buffer;
  readonly key: Buffer;
  readonly name: string;
}

/** Something that must be noticed. */
export interface Tampering {
  readonly what: string;
  /** Where Tink is less strict: what it gives then is authentic, as far as it goes. */
  readonly tinkReads?: (stored: Buffer) => boolean;
  /** Undefined where the artifact has too few segments for it. */
  apply(sealed: Sealed): Sealed | undefined;
}

const segmentBytes = 1024 * 1024;

export const tamperings: readonly Tampering[] = [
  { what: 'another key', apply: (sealed) => ({ ...sealed, key: flipped(sealed.key, 31) }) },
  { what: 'another name', apply: (sealed) => ({ ...sealed, name: `${sealed.name}x` }) },
  changed('nothing is left', () => Buffer.alloc(0)),
  changed('half a header is left', (stored) => stored.subarray(0, 20)),
  changed('only the header is left', (stored) => stored.subarray(0, 40)),
  changed('the header and less than a tag are left', (stored) => stored.subarray(0, 50)),
  changed('the last byte is missing', (stored) => stored.subarray(0, -1)),
  changed('the last tag is missing', (stored) => stored.subarray(0, -16)),
  changed('the last segment is missing', (stored) => withSegments(stored, 2, (all) => all.slice(0, -1))),
  changed('the first segment is missing', (stored) => withSegments(stored, 2, (all) => all.slice(1))),
  changed('a segment in the middle is missing', (stored) => withSegments(stored, 3, ([a, , c]) => [a, c])),
  changed('two segments are swapped', (stored) => withSegments(stored, 3, ([a, b, c]) => [a, c, b])),
  changed('a segment stands twice', (stored) => withSegments(stored, 2, ([a, b, ...more]) => [a, b, b, ...more])),
  added('the artifact stands twice', (stored) => stored),
  added('a byte was added', () => Buffer.alloc(1)),
  added('a tag of zeros was added', () => Buffer.alloc(16)),
  added('a MiB of zeros was added', () => Buffer.alloc(segmentBytes)),
  ...[0, 1, 20, 33, 39, 40, 100].map((at) => changed(`byte ${at} was changed`, (stored) => flipped(stored, at))),
  ...[1, 16, 17].map((back) =>
    changed(`byte ${back} from the end was changed`, (stored) => flipped(stored, stored.length - back)),
  ),
  changed('a byte of the second segment was changed', (stored) =>
    stored.length > segmentBytes ? flipped(stored, segmentBytes + 3) : undefined,
  ),
  { what: 'the whole segments end in an empty one', apply: endedByEmptySegment, tinkReads: () => true },
];

function changed(what: string, change: (stored: Buffer) => Buffer | undefined): Tampering {
  return {
    what,
    apply(sealed) {
      const stored = change(sealed.stored);
      return stored && { ...sealed, stored };
    },
  };
}

function added(what: string, more: (stored: Buffer) => Buffer): Tampering {
  const tinkReads = (stored: Buffer) => stored.length % segmentBytes === 0; // behind a whole last segment it does not look
  return { ...changed(what, (stored) => Buffer.concat([stored, more(stored)])), tinkReads };
}

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 4;
  return copy;
}

function withSegments(
  stored: Buffer,
  fewest: number,
  change: (segments: Buffer[]) => (Buffer | undefined)[],
): Buffer | undefined {
  const segments: Buffer[] = [];
  for (let from = 0; from < stored.length; from += segmentBytes)
    segments.push(stored.subarray(from, from + segmentBytes));
  if (segments.length < fewest) return undefined;
  return Buffer.concat(change(segments).filter((segment) => segment !== undefined));
}

/** Made with the right key: the last segment of a longer artifact, replaced by one that says "the end" and holds nothing. */
function endedByEmptySegment({ stored, key, name }: Sealed): Sealed | undefined {
  const whole = Math.floor(stored.length / segmentBytes);
  if (whole === 0 || stored.length % segmentBytes === 0) return undefined;
  const derived = new Uint8Array(hkdfSync('sha256', key, stored.subarray(1, 33), Buffer.from(name), 32));
  const nonce = Buffer.concat([stored.subarray(33, 40), Buffer.from([0, 0, 0, whole, 1])]);
  const cipher = createCipheriv('aes-256-gcm', derived, nonce);
  cipher.final();
  return { stored: Buffer.concat([stored.subarray(0, whole * segmentBytes), cipher.getAuthTag()]), key, name };
}

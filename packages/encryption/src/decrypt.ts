import { createDecipheriv } from 'node:crypto';
import { BackupError } from '@holdfast/types';
import {
  cipherName,
  headerBytes,
  segmentBytes,
  segmenting,
  tagBytes,
  type Sealing,
  type Segmenting,
} from './format.ts';
import { segmentsOf, type Segment } from './segments.ts';

/**
 * The plain bytes of an encrypted artifact, a segment at a time and each only after its tag was found right, so nothing that is not
 * authentic ever comes out. The artifact as a whole is authentic when the iteration ends without an error: one that was cut short
 * fails at its end, after its whole segments were given. Errors of the source come through as they are.
 *
 * @throws BackupError `DecryptFailed` (terminal): another key or name, or bytes that were changed, moved, cut off or added
 */
export async function* decrypt(
  source: AsyncIterable<Uint8Array>,
  sealing: Sealing,
): AsyncGenerator<Uint8Array, void, undefined> {
  let opened: Segmenting | undefined;
  for await (const segment of segmentsOf(source, { first: segmentBytes, next: segmentBytes })) {
    opened ??= segmenting(headerOf(segment), sealing);
    const sealed = segment.number === 0 ? segment.bytes.subarray(headerBytes) : segment.bytes;
    const plain = open(sealed, opened, segment);
    if (!plain) throw new BackupError('DecryptFailed', 'terminal', whatIsWrong(sealed, opened, { segment, sealing }));
    if (plain.length > 0) yield plain;
  }
}

function headerOf({ bytes }: Segment): Uint8Array {
  if (bytes.length < headerBytes + tagBytes || bytes[0] !== headerBytes)
    throw new BackupError(
      'DecryptFailed',
      'terminal',
      `this is no artifact that Holdfast encrypted: its ${bytes.length < headerBytes + tagBytes ? `${bytes.length} bytes are too few` : 'first byte is another'}`,
    );
  return bytes.slice(0, headerBytes); // a copy: the segment's memory is used again
}

/** The plain bytes; undefined when the tag is wrong. */
function open(
  sealed: Uint8Array,
  { key, nonce }: Segmenting,
  { number, last }: Pick<Segment, 'number' | 'last'>,
): Uint8Array | undefined {
  const plainBytes = sealed.length - tagBytes;
  // Only the first segment may be empty: an empty one at the end would be a second spelling of the same artifact.
  if (plainBytes < 0 || (plainBytes === 0 && number > 0)) return undefined;
  const decipher = createDecipheriv(cipherName, key, nonce(number, last), { authTagLength: tagBytes });
  decipher.setAuthTag(sealed.subarray(plainBytes));
  const plain = decipher.update(sealed.subarray(0, plainBytes));
  try {
    decipher.final();
    return plain;
  } catch {
    return undefined;
  }
}

/** Says what a person can look for; a segment that is right but for its place at the end tells of missing or added bytes. */
function whatIsWrong(
  sealed: Uint8Array,
  opened: Segmenting,
  { segment: { number, last }, sealing }: { segment: Segment; sealing: Sealing },
): string {
  if (open(sealed, opened, { number, last: !last }))
    return last
      ? `the end of the encrypted artifact is missing: it stops after segment ${number}, which is not its last one`
      : `something was added behind the end of the encrypted artifact, which is segment ${number}`;
  if (number === 0)
    return `the encrypted artifact does not open: it was encrypted with another key or under another name than "${sealing.associatedData}", or it was changed or cut in its first MiB`;
  return `the encrypted artifact was changed, cut or added to in segment ${number} (of 1 MiB each, counted from 0); what came before it is authentic`;
}

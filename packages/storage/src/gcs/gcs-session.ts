import { createHash } from 'node:crypto';
import { BackupError } from '@holdfast/types';
import { throwOwn } from '../bytes.ts';
import type { Part } from '../parts.ts';
import type { Gcs } from './gcs-client.ts';
import { isMissing, isTaken } from './gcs-error.ts';
import { describedBy } from './gcs-head.ts';
import { Answered, headerOf, readJson, resumeIncomplete } from './gcs-http.ts';
import { contentType, type GcsObject, type Written } from './gcs-object.ts';
import { removeGeneration } from './gcs-remove.ts';

/**
 * Uploads what is larger than one part piece by piece, in a session that the service keeps for a week and that nobody sees. A piece
 * whose answer got lost is sent again from where the service says it stands.
 *
 * ```
 *   part 3   being sent ──► the service
 *   part 4   held, until it is known whether it is the last
 *   part 5   being read
 * ```
 *
 * @returns undefined when the key is taken
 */
export async function uploadInSession(
  gcs: Gcs,
  key: string,
  parts: AsyncIterable<Part>,
  signal: AbortSignal | undefined,
): Promise<Written | undefined> {
  const stop = new AbortController();
  const either = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
  const session = await openSession(gcs, key, either);
  if (!session) return undefined;
  const md5 = createHash('md5');
  const digests: Buffer[] = [];
  let sending: Promise<Sent> = Promise.resolve(undefined);
  let held: Part | undefined;
  let offset = 0;
  const begin = (part: Part, isLast: boolean): void => {
    md5.update(part.bytes);
    digests.push(part.sha256);
    const piece = { bytes: part.bytes, offset, isLast };
    offset += part.bytes.length;
    sending = sendPiece(gcs, session, piece, either).finally(part.release);
    sending.catch(() => undefined); // thrown where it is waited for
  };
  try {
    for await (const part of parts) {
      if ((await sending) === 'taken') return undefined;
      if (held) begin(held, false);
      held = part;
    }
    await sending;
    if (held) begin(held, true);
    const object = await sending;
    if (object === 'taken') return undefined;
    if (!object) throw sessionLost(gcs);
    await requireSame(gcs, object, { md5Hash: md5.digest('base64'), bytes: offset, signal });
    return { object, digests };
  } catch (error) {
    stop.abort(error);
    await sending.catch(() => undefined);
    await cancel(gcs, session);
    return throwOwn(error);
  }
}

/** The object when the upload is complete, or that somebody else wrote the key meanwhile. */
type Sent = GcsObject | 'taken' | undefined;

/** Its id alone is taken from the answer: the address in it is the server's word, and our requests go to the endpoint that was judged. */
async function openSession(gcs: Gcs, key: string, signal: AbortSignal): Promise<string | undefined> {
  return gcs.call('PutObject', { signal }, async (callSignal) => {
    const query = { uploadType: 'resumable', name: key, ifGenerationMatch: '0' };
    const headers = { 'content-type': 'application/json; charset=utf-8', 'x-upload-content-type': contentType };
    const body = [Buffer.from(JSON.stringify({ name: key, contentType }))];
    try {
      const answer = await gcs.ask({ door: 'upload', method: 'POST', path: '/o', query, headers, body }, callSignal);
      answer.resume();
      const location = headerOf(answer, 'location');
      const id = location && URL.canParse(location) ? new URL(location).searchParams.get('upload_id') : undefined;
      if (!id) throw sessionLost(gcs);
      return id;
    } catch (error) {
      if (isTaken(error)) return undefined;
      throw error;
    }
  });
}

interface Piece {
  readonly bytes: Uint8Array;
  readonly offset: number;
  readonly isLast: boolean;
}

function sendPiece(gcs: Gcs, session: string, piece: Piece, signal: AbortSignal): Promise<Sent> {
  const { bytes, offset, isLast } = piece;
  const end = offset + bytes.length;
  const total = isLast ? String(end) : '*';
  return gcs.call('PutObject', { signal, bytes: bytes.length }, async (callSignal, attempt) => {
    let state: State = attempt === 1 ? { at: offset } : await put(gcs, session, `bytes */${total}`, [], callSignal);
    // The service may keep less of a piece than was sent.
    while (state.sent === undefined && state.at < end) {
      if (state.at < offset) throw sessionLost(gcs);
      const rest = bytes.subarray(state.at - offset);
      state = await put(gcs, session, `bytes ${state.at}-${end - 1}/${total}`, [rest], callSignal);
    }
    return state.sent;
  });
}

interface State {
  /** How many bytes the service has. */
  readonly at: number;
  readonly sent?: Sent;
}

async function put(
  gcs: Gcs,
  session: string,
  range: string,
  body: readonly Uint8Array[],
  signal: AbortSignal,
): Promise<State> {
  const query = { uploadType: 'resumable', upload_id: session };
  try {
    const headers = { 'content-range': range };
    const answer = await gcs.ask({ door: 'upload', method: 'PUT', path: '/o', query, headers, body }, signal);
    if (answer.statusCode === resumeIncomplete) {
      answer.resume();
      const [, last] = /^bytes=0-(\d+)$/.exec(headerOf(answer, 'range') ?? '') ?? [];
      return { at: last === undefined ? 0 : Number(last) + 1 };
    }
    const object = describedBy(gcs, await readJson(answer));
    return { at: Number(object.size), sent: object };
  } catch (error) {
    if (isTaken(error)) return { at: 0, sent: 'taken' };
    if (isMissing(error) || (error instanceof Answered && error.status === 410)) throw sessionLost(gcs);
    throw error;
  }
}

/** What is there must be what was sent; otherwise it goes, before anybody builds on it. */
async function requireSame(
  gcs: Gcs,
  object: GcsObject,
  sent: { readonly md5Hash: string; readonly bytes: number; readonly signal: AbortSignal | undefined },
): Promise<void> {
  const sameBytes = Number(object.size) === sent.bytes;
  if (sameBytes && (object.md5Hash === undefined || object.md5Hash === sent.md5Hash)) return;
  await removeGeneration(gcs, object, sent.signal);
  throw new BackupError(
    'StorageUnreachable',
    'transient',
    `${gcs.place} holds something else of "${object.name}" than was sent, by its own MD5; it was removed and is tried again`,
  );
}

/** What nobody finishes goes by itself after a week, so a cancellation that fails is no trouble. */
async function cancel(gcs: Gcs, session: string): Promise<void> {
  const query = { uploadType: 'resumable', upload_id: session };
  const asked = { door: 'upload', method: 'DELETE', path: '/o', query } as const;
  await gcs.ask(asked, AbortSignal.timeout(cancelWithinMs)).then(
    (answer) => answer.resume(),
    () => undefined, // 499 is how the service says yes
  );
}

const cancelWithinMs = 2_000;

/** The session is not named: whoever knows the name of one may write into it. */
function sessionLost({ place }: Gcs): BackupError {
  const message = `${place} lost the upload; it is tried again from its beginning`;
  return new BackupError('StorageUnreachable', 'transient', message);
}

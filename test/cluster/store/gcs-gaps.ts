import { verify, type KeyObject } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { ServerGaps } from './store-proxy.ts';

/** An upload piece by piece. */
interface Session {
  readonly bucket: string;
  readonly name: string;
  bytes: number;
  done: boolean;
}

/**
 * What the service does and fake-gcs-server does not: look who asks, keep a rewrite from overwriting, and tell how far an upload has come.
 * The server takes that question for the end of the upload.
 * @param target of the server
 * @param publicKey of the only account that may come in
 */
export function gcsGaps(
  target: () => Promise<string>,
  publicKey: KeyObject,
): ServerGaps & { readonly sessions: ReadonlyMap<string, Session> } {
  const sessions = new Map<string, Session>();
  return {
    sessions,
    async answerInstead(request) {
      if (!isSigned(request, publicKey)) return refusal(401, 'authError', 'Invalid Credentials');
      if (await wouldOverwrite(await target(), request))
        return refusal(412, 'conditionNotMet', 'At least one of the pre-conditions you specified did not hold.');
      const session = sessionOf(request, sessions);
      if (!session || !request.headers['content-range']?.startsWith('bytes */')) return undefined;
      if (session.done) return answerAbout(await target(), session);
      const range = session.bytes > 0 ? { range: `bytes=0-${session.bytes - 1}` } : {};
      return { status: 308, headers: range, body: '' };
    },
    answered({ bucket, key }, request, { statusCode: status = 500, headers }) {
      const location = headers.location === undefined ? undefined : new URL(headers.location);
      const begun = location?.searchParams.get('upload_id');
      if (begun) sessions.set(begun, { bucket, name: key, bytes: 0, done: false });
      const session = sessionOf(request, sessions);
      const [, last] = /^bytes \d+-(\d+)\//.exec(request.headers['content-range'] ?? '') ?? [];
      if (!session || last === undefined || (status !== 308 && status >= 300)) return;
      session.bytes = Number(last) + 1;
      session.done = status < 300;
    },
  };
}

/** Whether a rewrite that must make an object would change one. */
async function wouldOverwrite(target: string, request: IncomingMessage): Promise<boolean> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://store');
  const rewritten = rewriteIn(pathname);
  if (!rewritten || searchParams.get('ifGenerationMatch') !== '0') return false;
  const there = await fetch(`${target}/storage/v1/b/${rewritten.bucket}/o/${rewritten.name}`);
  await there.arrayBuffer();
  return there.ok;
}

/** Where a rewrite leads, as its path spells it. */
export function rewriteIn(path: string): { readonly bucket: string; readonly name: string } | undefined {
  const [, bucket, name] = /\/o\/[^/]+\/rewriteTo\/b\/([^/]+)\/o\/([^/]+)$/.exec(path) ?? [];
  return bucket !== undefined && name !== undefined ? { bucket, name } : undefined;
}

function sessionOf(request: IncomingMessage, sessions: ReadonlyMap<string, Session>): Session | undefined {
  return sessions.get(new URL(request.url ?? '/', 'http://store').searchParams.get('upload_id') ?? '');
}

async function answerAbout(target: string, { bucket, name }: Session): ReturnType<ServerGaps['answerInstead']> {
  const answer = await fetch(`${target}/storage/v1/b/${encodeURIComponent(bucket)}/o/${encodeURIComponent(name)}`);
  return { status: answer.status, headers: { 'content-type': 'application/json' }, body: await answer.text() };
}

/** Whether a token was made with the account's key. Its times are those of the machine and not looked at: the cluster's clock may be elsewhere. */
function isSigned(request: IncomingMessage, publicKey: KeyObject): boolean {
  const [, text = '', signature = ''] =
    /^Bearer ([^.]+\.[^.]+)\.([^.]+)$/.exec(request.headers.authorization ?? '') ?? [];
  return verify('RSA-SHA256', Buffer.from(text), publicKey, Buffer.from(signature, 'base64url'));
}

/** An error as the JSON API words it. */
export function refusal(code: number, reason: string, message: string) {
  const body = JSON.stringify({ error: { code, message, errors: [{ message, domain: 'global', reason }] } });
  return { status: code, headers: { 'content-type': 'application/json' }, body };
}

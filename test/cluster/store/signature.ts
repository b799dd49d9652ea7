import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** Why a request is not let in, in S3's words. */
export interface Refusal {
  readonly code: 'AccessDenied' | 'InvalidAccessKeyId' | 'SignatureDoesNotMatch';
  readonly message: string;
}

/** Checks an AWS Signature Version 4 in the Authorization header; undefined means welcome. Bodies are not hashed again. */
export function refuse(
  request: IncomingMessage,
  keys: { accessKeyId: string; secretAccessKey: string },
): Refusal | undefined {
  const parsed = /^AWS4-HMAC-SHA256 Credential=([^,\s]+),\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]+)$/.exec(
    request.headers.authorization ?? '',
  );
  if (!parsed) return { code: 'AccessDenied', message: 'Access Denied' };
  const [, credential = '', signedHeaders = '', signature = ''] = parsed;
  const [accessKeyId, day = '', region = '', service = '', terminator = ''] = credential.split('/');
  if (accessKeyId !== keys.accessKeyId) {
    return { code: 'InvalidAccessKeyId', message: 'The AWS Access Key Id you provided does not exist in our records.' };
  }
  const scope = [day, region, service, terminator].join('/');
  const canonical = createHash('sha256')
    .update(canonicalRequest(request, signedHeaders.split(';')))
    .digest('hex');
  const text = ['AWS4-HMAC-SHA256', header(request, 'x-amz-date'), scope, canonical].join('\n');
  const key = [day, region, service, terminator].reduce<Buffer>(
    (secret, part) => createHmac('sha256', secret).update(part).digest(),
    Buffer.from(`AWS4${keys.secretAccessKey}`),
  );
  const expected = createHmac('sha256', key).update(text).digest();
  const given = Buffer.from(signature, 'hex');
  if (given.length === expected.length && timingSafeEqual(given, expected)) return undefined;
  return {
    code: 'SignatureDoesNotMatch',
    message: 'The request signature we calculated does not match the signature you provided.',
  };
}

function canonicalRequest(request: IncomingMessage, signed: readonly string[]): string {
  const [path = '/', query = ''] = (request.url ?? '/').split(/\?(.*)/s);
  const pairs = query
    .split('&')
    .filter(Boolean)
    .map((pair) => {
      const [name = '', value = ''] = pair.split(/=(.*)/s);
      return `${encode(name)}=${encode(value)}`;
    });
  const headers = signed.map((name) => `${name}:${header(request, name).trim().replace(/\s+/g, ' ')}\n`);
  const payload = header(request, 'x-amz-content-sha256') || 'UNSIGNED-PAYLOAD';
  return [request.method, path, pairs.sort().join('&'), headers.join(''), signed.join(';'), payload].join('\n');
}

/** Percent-encodes a part that may be encoded already, as AWS wants it: the marks below too. */
function encode(part: string): string {
  const plain = decodeURIComponent(part.replaceAll('+', '%20'));
  return encodeURIComponent(plain).replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
}

function header(request: IncomingMessage, name: string): string {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(',') : (value ?? '');
}

import { corrections } from '@holdfast/types';
import { Refused, shown } from './refused.ts';

/**
 * Reads the address of a store. Which hosts may be talked to is decided elsewhere; here only its shape counts.
 * @returns the address without a slash at its end
 * @throws Refused; never repeats credentials that stand in the address
 */
export function parseEndpoint(text: string): string {
  if (!URL.canParse(text) || /[\s\u0000-\u001f\\]/u.test(text))
    throw new Refused(`is not an address; ${corrections.endpoint}`);
  const url = new URL(text);
  // An @ behind the host names no user, and was most likely meant to; no store's address needs one.
  if (url.username !== '' || url.password !== '' || text.includes('@'))
    throw new Refused(`has credentials in it; ${corrections.endpointCredentials}`);
  // The parser also takes "https:minio" and "https:///minio" for an address of that host.
  if (!/^https?:\/\/[^/]/i.test(text)) throw new Refused(`is ${shown(text)}; ${corrections.endpointScheme}`);
  // A bare "?" or "#" has no content for the parser and would still swallow the path that is appended.
  if (/[?#]/.test(text)) throw new Refused(`has a query or a fragment; ${corrections.endpointQuery}`);
  return url.href.replace(/(?<!\/)\/+$/, '');
}

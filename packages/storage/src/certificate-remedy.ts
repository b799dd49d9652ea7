/**
 * What to do when a connection ended over the store's certificate; undefined when it ended over something else.
 * https://nodejs.org/api/tls.html#x509-certificate-error-codes lists the words.
 */
export function certificateRemedy(code: string): string | undefined {
  return remedies.get(code) ?? (/CERT|ISSUER/.test(code) && !code.startsWith('ERR_') ? untrusted : undefined);
}

const untrusted =
  'nobody who is trusted here signed its certificate; put the certificate of its authority into ca.crt of a Secret and name that in spec.storage.cloud.caSecret';
const outOfDate =
  'its certificate, or one above it, is out of date; renew it, and ca.crt with it where that is the old one';
const early = 'its certificate, or one above it, is not valid yet; look at the clocks here and there';
const otherName = 'its certificate is for another name; correct the endpoint or the certificate';

const remedies: ReadonlyMap<string, string> = new Map([
  ['CERT_HAS_EXPIRED', outOfDate],
  ['CERT_NOT_YET_VALID', early],
  ['ERR_TLS_CERT_ALTNAME_INVALID', otherName],
  ['HOSTNAME_MISMATCH', otherName],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', untrusted],
  ['INVALID_CA', untrusted],
  ['INVALID_PURPOSE', untrusted],
  ['PATH_LENGTH_EXCEEDED', untrusted],
]);

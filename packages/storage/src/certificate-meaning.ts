import type { Meaning } from './store-error.ts';

/**
 * What it means that a connection ended over the store's certificate. Trying again at once helps nobody: somebody has to change a
 * certificate, or what is trusted. https://nodejs.org/api/tls.html#x509-certificate-error-codes lists the words.
 */
export function certificateMeaning(code: string): Meaning | undefined {
  const remedy = remedies.get(code) ?? (/CERT|ISSUER/.test(code) && !/^ERR_/.test(code) ? untrusted : undefined);
  return remedy === undefined ? undefined : { reason: 'CertificateNotTrusted', fate: 'terminal', remedy };
}

const untrusted =
  'no authority that is trusted here signed its certificate; put the certificate of its authority into ca.crt of a Secret and name that in spec.storage.cloud.caSecret';
const outOfDate = 'its certificate, or one above it, is out of date; renew it, and ca.crt of spec.storage.cloud.caSecret with it';
const early = 'its certificate, or one above it, is not valid yet; look at the clocks here and there';
const otherName = 'its certificate is for another name; correct spec.storage.cloud.endpointURL, or the certificate';

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

import { X509Certificate } from 'node:crypto';

/** Entry of the Secret that `caSecret` names. */
export const authorityKey = 'ca.crt';

/**
 * Reads the certificates of `ca.crt`, each as PEM of its own. What stands between them, as in the bundles that programs print, is left out.
 * Answers what is wrong with the text, to be said after its name, where it is of no use; never a word of the text itself.
 */
export function parseAuthorities(text: string): readonly string[] | string {
  // It would be handed to every pod of the backup.
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) return 'holds a private key; keep only certificates there';
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  const begun = text.split('-----BEGIN CERTIFICATE-----').length - 1;
  if (begun === 0) return `holds no certificate; ${remedy}`;
  const spoiled = blocks.findIndex((block) => !isCertificate(block));
  if (spoiled !== -1) return `holds no certificate at its place ${spoiled + 1} of ${begun}; ${remedy}`;
  return blocks.length === begun ? blocks : `holds a certificate that is cut short; ${remedy}`;
}

const remedy = 'put in the certificate of the authority as PEM ("-----BEGIN CERTIFICATE-----")';

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}

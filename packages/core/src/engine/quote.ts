const maxLength = 300;

/** A line of the engine's as it may stand in a message: one line, cut short, without anything that looks like a credential. */
export function quoteLine(line: string): string {
  const plain = line
    .slice(0, 4096)
    .replace(/[\u0000-\u001f\u007f]+/g, ' ')
    .replace(/\/\/[^\s/@]{1,1024}@/g, '//***@')
    .replace(/\b(?:AKIA|ASIA)[A-Z0-9]{12,}/g, '***')
    .replace(secretPair, '$1***')
    .replace(/^\d{4}-\d{2}-\d{2}[T ]\S+ +[A-Z]+ +\[[^\]]{0,200}\] +/, '')
    .trim();
  return plain.length > maxLength ? `${plain.slice(0, maxLength - 1)}…` : plain;
}

/** `X-Amz-Signature=…`, `password: …`, `<SecretKey>…` and their like; the name stays, the value goes. */
const secretPair =
  /((?:x-amz-(?:signature|credential|security-token)|authorization|password|passwd|secret(?:[ _-]?(?:access[ _-]?)?key)?|session[ _-]?token|access[ _-]?key(?:[ _-]?id)?|AWSAccessKeyId|sig|token)["']?\s{0,4}[=:>]\s{0,4}(?:bearer |basic )?)["']?[^\s"'<&,;]{1,2048}/gi;

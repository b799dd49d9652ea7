import type { Breach, Evidence } from '../evidence.ts';

/** I8: no secret value in status, Event, log, metric, argument list, or document in the store; neither plain nor in base64. */
export function noSecretIsShown({ texts, secrets }: Evidence): Breach[] {
  const forbidden = secrets.flatMap((secret) => [secret, Buffer.from(secret).toString('base64')]);
  return texts
    .filter(({ text }) => forbidden.some((secret) => text.includes(secret)))
    .map(({ where }) => `I8: a secret value stands in ${where}`);
}

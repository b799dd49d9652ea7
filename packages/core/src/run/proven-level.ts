import { verificationLevels, type Manifest, type VerificationLevel } from '@holdfast/types';

type Artifact = Pick<Manifest, 'type' | 'recovered'> & { readonly verified: { readonly level: VerificationLevel } };

/**
 * Level of a run: the highest that any of its artifacts reached, when each of the others reached the highest that there is for it; else the
 * lowest among those that fell short. Only a recovered FULL can be checked for consistency, so a DIFF that was read back lowers nothing.
 * @returns undefined for a run without artifacts
 */
export function provenLevel(artifacts: readonly Artifact[]): VerificationLevel | undefined {
  const [first] = artifacts;
  if (!first) return undefined;
  const short = artifacts.filter((artifact) => rank(artifact.verified.level) < rank(bestFor(artifact)));
  const levels = (short.length > 0 ? short : artifacts).map(({ verified }) => verified.level);
  const inOrder = levels.toSorted((a, b) => rank(a) - rank(b));
  return short.length > 0 ? inOrder[0] : inOrder.at(-1);
}

/** The highest level that a backup itself can prove; a restore is a matter of its own. */
function bestFor({ type, recovered }: Artifact): VerificationLevel {
  return type === 'FULL' && recovered ? 'consistency' : 'content';
}

function rank(level: VerificationLevel): number {
  return verificationLevels.indexOf(level);
}

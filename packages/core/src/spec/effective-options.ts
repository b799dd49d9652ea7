import { sentences, type EffectiveOptions, type EffectiveRetention, type OptionSettings } from '@holdfast/types';
import { parseDuration } from './duration.ts';
import { effectivePod } from './effective-pod.ts';
import { readEngineOptions } from './engine-options.ts';
import type { Findings } from './findings.ts';
import { parseSize } from './quantity.ts';

const hourMs = 3_600_000;
const weekMs = 7 * 24 * hourMs;
const defaultDeadlineMs = 24 * hourMs;
/** Longer than the 20 minutes for which Neo4j itself tries again to copy a store. */
const defaultStallTimeoutMs = hourMs / 2;
const defaultRetries = 2;

/** How a backup is taken; defaults also for a spec without `options`. */
export function effectiveOptions(
  given: OptionSettings | undefined,
  retention: EffectiveRetention | undefined,
  findings: Findings,
): EffectiveOptions | undefined {
  refuseContradictions(given, findings);
  const { args, tempPath } = readEngineOptions(given, findings);
  const tempStorage = given?.tempStorage;
  findings.read('spec.options.tempStorage.size', tempStorage?.size, parseSize);
  const maxChainLength = given?.maxChainLength ?? defaultChainLength(retention);
  return {
    backupType: given?.backupType ?? 'AUTO',
    fullIntervalMs: readDuration('fullInterval', given, findings) ?? defaultFullInterval(retention),
    ...(maxChainLength !== undefined && { maxChainLength }),
    compress: given?.compress ?? true,
    ...(given?.pageCache !== undefined && { pageCache: given.pageCache }),
    additionalArgs: args,
    ...(tempPath !== undefined && { tempPath }),
    deadlineMs: readDuration('deadline', given, findings) ?? defaultDeadlineMs,
    stallTimeoutMs: readDuration('stallTimeout', given, findings) ?? defaultStallTimeoutMs,
    retries: given?.retries ?? defaultRetries,
    ...(tempStorage && {
      tempStorage: {
        size: tempStorage.size,
        ...(tempStorage.storageClass !== undefined && { storageClass: tempStorage.storageClass }),
      },
    }),
    ...encryptionOf(given),
    verify: given?.verifyBackup ?? given?.verify ?? false,
    transfer: given?.transfer ?? 'Auto',
    ...(given?.workVolume !== undefined && { workVolume: given.workVolume }),
    pod: effectivePod(given, findings),
  };
}

function refuseContradictions(given: OptionSettings | undefined, findings: Findings): void {
  const { verifyBackup, verify, encryption, transfer } = given ?? {};
  if (verifyBackup !== undefined && verify !== undefined && verifyBackup !== verify)
    findings.invalid('spec.options.verify', sentences.verifyTwice);
  if (encryption?.enabled && encryption.keySecret === undefined)
    findings.invalid('spec.options.encryption.keySecret', sentences.keySecretMissing);
  if (encryption?.enabled && transfer === 'Direct')
    findings.invalid('spec.options.transfer', sentences.directEncryption);
}

/** ChaCha20 is refused as a gap before anyone reads this. */
function encryptionOf(given: OptionSettings | undefined): Pick<EffectiveOptions, 'encryption'> {
  const { enabled, keySecret, keySecretKey } = given?.encryption ?? {};
  if (!enabled || keySecret === undefined) return {};
  return { encryption: { algorithm: 'AES256', keySecret, keySecretKey: keySecretKey ?? 'key' } };
}

function readDuration(
  field: 'fullInterval' | 'deadline' | 'stallTimeout',
  given: OptionSettings | undefined,
  findings: Findings,
): number | undefined {
  return findings.read(`spec.options.${field}`, given?.[field], parseDuration);
}

/** Chains must end well before they expire, or age could never remove anything: at a quarter of it, and at a week at most. */
function defaultFullInterval(retention: EffectiveRetention | undefined): number {
  return Math.min(weekMs, (retention?.maxAgeMs ?? Infinity) / 4);
}

/** At least two chains fit into the count, so that one can go while the other is kept. */
function defaultChainLength(retention: EffectiveRetention | undefined): number | undefined {
  return retention?.maxCount === undefined ? undefined : Math.max(1, Math.floor(retention.maxCount / 2));
}

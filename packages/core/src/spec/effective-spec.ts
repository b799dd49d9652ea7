import {
  maxBackupNameLength,
  parseSpec,
  sentences,
  type EffectiveKeep,
  type EffectiveRetention,
  type EffectiveSchedule,
  type EffectiveSpec,
  type Neo4jBackup,
  type ParsedSpec,
  type Refusal,
} from '@holdfast/types';
import { neverStaged } from '../job/transfer-mode.ts';
import { parseSchedule, parseTimeZone } from './cron.ts';
import { parseDuration } from './duration.ts';
import { effectiveOptions } from './effective-options.ts';
import { effectiveStorage } from './effective-storage.ts';
import { effectiveTarget } from './effective-target.ts';
import { effectiveTriggers } from './effective-triggers.ts';
import { Findings } from './findings.ts';
import { refuseGaps } from './not-supported.ts';

export interface SpecReading {
  /** Present exactly when nothing was refused. */
  readonly spec?: EffectiveSpec;
  /** Every mistake at once; those of shape alone when there are any, since nothing else can be read then. */
  readonly refusals: readonly Refusal[];
}

/**
 * Reads a spec as the rest of Holdfast wants it: spellings resolved, defaults applied, durations in milliseconds, cron expression
 * checked. Never throws for anything a person can write. Rules that the CRD states by CEL are asked again here, because not every
 * server evaluates them.
 */
export function effectiveSpec(backup: Neo4jBackup): SpecReading {
  const findings = new Findings();
  if (backup.metadata.name.length > maxBackupNameLength) findings.invalid('metadata.name', sentences.nameTooLong);
  const parsed = parseSpec(backup.spec);
  if ('problems' in parsed) {
    for (const { field, message } of parsed.problems) findings.invalid(field, message);
    return { refusals: findings.refusals };
  }
  const spec = readSpec(parsed.spec, backup, findings);
  refuseGaps(parsed.spec, findings);
  return findings.refusals.length > 0 || !spec ? { refusals: findings.refusals } : { spec, refusals: [] };
}

function readSpec(spec: ParsedSpec, backup: Neo4jBackup, findings: Findings): EffectiveSpec | undefined {
  const target = effectiveTarget(spec, backup, findings);
  const storage = effectiveStorage(spec, backup.metadata.name, findings);
  const timeZone = findings.read('spec.timeZone', spec.timeZone, parseTimeZone) ?? 'UTC';
  const schedule = readSchedule(spec, backup, { timeZone, findings });
  const retention = readRetention(spec, timeZone, findings);
  const options = effectiveOptions(spec.options, retention, findings);
  const triggers = effectiveTriggers(spec, target, findings);
  if (!storage || !options) return undefined;
  const privateAuthority = storage.type !== 'pvc' && storage.caSecret !== undefined;
  if (privateAuthority && options.transfer === 'Direct' && !options.encryption)
    findings.invalid('spec.options.transfer', sentences.directAuthority);
  if (options.workVolume !== undefined && neverStaged(options, { type: storage.type, privateAuthority }))
    findings.invalid('spec.options.workVolume', sentences.workVolumeUnused);
  return {
    target,
    storage,
    ...(schedule && { schedule }),
    suspend: spec.suspend,
    ...(retention && { retention }),
    ...(spec.retention?.onDelete === 'Delete' && { eraseOnDelete: true as const }),
    options,
    ...(triggers.length > 0 && { triggers }),
    historyLimit: spec.historyLimit,
  };
}

function readSchedule(
  spec: ParsedSpec,
  backup: Neo4jBackup,
  { timeZone, findings }: { readonly timeZone: string; readonly findings: Findings },
): EffectiveSchedule | undefined {
  const { schedule: text, startingDeadlineSeconds } = spec;
  if (text === undefined) {
    if (spec.timeZone !== undefined && !spec.retention?.keep)
      findings.invalid('spec.timeZone', sentences.zoneWithoutSchedule);
    if (startingDeadlineSeconds !== undefined)
      findings.invalid('spec.startingDeadlineSeconds', sentences.startingDeadlineWithoutSchedule);
    return undefined;
  }
  const { uid, namespace, name } = backup.metadata;
  // A manifest that was never applied has no UID yet; its name stands in, so that it can be checked all the same.
  const seed = uid || `${namespace}/${name}`;
  const schedule = findings.read('spec.schedule', text, (expression) => parseSchedule(expression, timeZone, seed));
  if (!schedule) return undefined;
  return {
    ...schedule,
    ...(startingDeadlineSeconds !== undefined && { startingDeadlineMs: startingDeadlineSeconds * 1000 }),
  };
}

/** Without age and without count there is no policy, and nothing is ever removed. */
function readRetention(
  { retention }: ParsedSpec,
  timeZone: string,
  findings: Findings,
): EffectiveRetention | undefined {
  const maxAgeMs = findings.read('spec.retention.maxAge', retention?.maxAge, parseDuration);
  const maxCount = retention?.maxCount;
  const keep = readKeep(retention?.keep);
  if (keep && retention?.maxAge === undefined && maxCount === undefined)
    findings.invalid('spec.retention.keep', sentences.keepWithoutLimit);
  if (maxAgeMs === undefined && maxCount === undefined) return undefined;
  return {
    ...(maxAgeMs !== undefined && { maxAgeMs }),
    ...(maxCount !== undefined && { maxCount }),
    ...(keep && { keep, timeZone }),
    ...(retention?.deletePolicy === 'Archive' && { deletePolicy: 'Archive' as const }),
    maxDeletePercent: retention?.maxDeletePercent ?? defaultMaxDeletePercent,
  };
}

/** What a policy removes night by night is far below; a mistake in it is not. */
const defaultMaxDeletePercent = 50;

/** A rule that keeps nothing is none. */
function readKeep(given: NonNullable<ParsedSpec['retention']>['keep']): EffectiveKeep | undefined {
  const rules = Object.entries(given ?? {}).filter(([, count]) => (count ?? 0) > 0);
  return rules.length > 0 ? Object.fromEntries(rules) : undefined;
}

import { z } from 'zod';

/** What a run does. Runs of all kinds exclude each other in a backup's folder: `status.activeRun` is the lock. */
export const runKinds = ['backup', 'retention', 'verify', 'thaw', 'erase'] as const;
export type RunKind = (typeof runKinds)[number];

/** Where a run stands. A run moves only forward within one attempt; terminal states are entries of the history. */
export const runPhases = ['Recorded', 'Admitted', 'Starting', 'Running', 'Verifying'] as const;
export type RunPhase = (typeof runPhases)[number];

/** What caused a run; one cause names exactly one run. */
export const runTriggers = [
  'Schedule',
  'Request',
  'OneShot',
  'Event',
  'Retention',
  'Verification',
  'Thaw',
  'Erase',
] as const;
export type RunTrigger = (typeof runTriggers)[number];

/** Kubernetes events that may start a run besides schedule and request. */
export const triggerEvents = ['TargetUpgrade', 'TargetCreated', 'DatabaseCreated', 'SpecChanged'] as const;
export type TriggerEvent = (typeof triggerEvents)[number];

export const runStatuses = ['Succeeded', 'PartiallySucceeded', 'Failed', 'Missed', 'Cancelled'] as const;
export type RunStatus = (typeof runStatuses)[number];

/** How far an artifact was proven, weakest first. */
export const verificationLevels = ['objects', 'content', 'consistency', 'restore'] as const;
export type VerificationLevel = (typeof verificationLevels)[number];

export const backupTypes = ['FULL', 'DIFF', 'AUTO'] as const;
export type BackupType = (typeof backupTypes)[number];

/** What became of one database: what was asked for may be AUTO, what was made is not. */
export type ArtifactType = Exclude<BackupType, 'AUTO'>;

/** An RFC 3339 time as Kubernetes writes it, in seconds and UTC. */
export const timeSchema = z.iso.datetime({ offset: true });

/** `namespace/name` of a backup and the UID that tells it from an earlier object of the same name. */
export interface BackupKey {
  readonly namespace: string;
  readonly name: string;
}

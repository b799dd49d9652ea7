import type { BackupType, TriggerEvent } from './run.ts';

/**
 * A spec as the rest of Holdfast reads it: aliases resolved, defaults applied, durations in milliseconds. Made only by
 * `effectiveSpec` in `core`, which refuses what cannot be brought into this shape.
 */
export interface EffectiveSpec {
  readonly target: EffectiveTarget;
  readonly storage: EffectiveStorage;
  readonly schedule?: EffectiveSchedule;
  readonly suspend: boolean;
  readonly retention?: EffectiveRetention;
  /** Deleting the object erases its folder. */
  readonly eraseOnDelete?: true;
  readonly options: EffectiveOptions;
  /** Events that start a run, each at most once. */
  readonly triggers?: readonly EffectiveTrigger[];
  readonly historyLimit: number;
}

export interface EffectiveTrigger {
  readonly on: TriggerEvent;
  /** Absent: the type that the options say. */
  readonly backupType?: BackupType;
}

export interface EffectiveTarget {
  readonly kind: 'Cluster' | 'Database';
  readonly name: string;
  readonly namespace: string;
  readonly clusterRef?: string;
  /** A plain workload whose pods are the servers; `name` is then only what people call it. */
  readonly workload?: EffectiveWorkload;
}

export interface EffectiveWorkload {
  readonly kind: 'StatefulSet' | 'Service';
  readonly name: string;
}

export type EffectiveStorage = EffectiveS3 | EffectiveGcs | EffectiveAzure | EffectivePvc;

/** Workload identity: the Job runs as an account that the cloud trusts, and no Secret is named. */
export interface EffectiveIdentity {
  /** An existing ServiceAccount of the backup's namespace; absent: the backup's own. */
  readonly serviceAccount?: string;
  /** On the backup's own ServiceAccount, such as the role it assumes. */
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface EffectiveS3 {
  readonly type: 's3';
  readonly bucket: string;
  /** No slash at either end; empty for the bucket's root. */
  readonly path: string;
  readonly region?: string;
  readonly endpointUrl?: string;
  readonly forcePathStyle?: boolean;
  readonly credentialsSecret?: string;
  readonly caSecret?: string;
  readonly checksumMode?: 'WhenSupported' | 'WhenRequired';
  readonly identity?: EffectiveIdentity;
}

export interface EffectiveGcs {
  readonly type: 'gcs';
  readonly bucket: string;
  /** No slash at either end; empty for the bucket's root. */
  readonly path: string;
  readonly endpointUrl?: string;
  readonly credentialsSecret?: string;
  readonly caSecret?: string;
  readonly identity?: EffectiveIdentity;
}

export interface EffectiveAzure {
  readonly type: 'azure';
  /** Blob container. */
  readonly bucket: string;
  /** No slash at either end; empty for the container's root. */
  readonly path: string;
  /** Storage account, when the spec names it; else the Secret or the installation does. */
  readonly account?: string;
  readonly endpointUrl?: string;
  readonly credentialsSecret?: string;
  readonly caSecret?: string;
  readonly identity?: EffectiveIdentity;
}

export interface EffectivePvc {
  readonly type: 'pvc';
  readonly claim: string;
  readonly path: string;
  /** How to make the claim when it is absent; without it, an absent claim is `ClaimMissing`. */
  readonly create?: { readonly size: string; readonly storageClass?: string; readonly accessModes: readonly string[] };
}

export interface EffectiveSchedule {
  /** Five fields; `H` already replaced by this backup's own values. */
  readonly expression: string;
  readonly timeZone: string;
  /** A slot missed by more is skipped; none: the newest missed slot is caught up whatever its age. */
  readonly startingDeadlineMs?: number;
}

export interface EffectiveRetention {
  readonly maxAgeMs?: number;
  readonly maxCount?: number;
  /** Restore points that stay whatever their age or count, and on whose wall clock hours and days are read. */
  readonly keep?: EffectiveKeep;
  readonly timeZone?: string;
  /** What becomes of what expired; it is deleted when absent. */
  readonly deletePolicy?: 'Archive';
  /** A plan that would remove a larger share of the artifacts waits for a person. Absent: none does. */
  readonly maxDeletePercent?: number;
}

export type EffectiveKeep = {
  readonly [R in 'last' | 'hourly' | 'daily' | 'weekly' | 'monthly' | 'yearly']?: number;
};

export interface EffectiveOptions {
  readonly backupType: BackupType;
  readonly fullIntervalMs: number;
  readonly maxChainLength?: number;
  readonly compress: boolean;
  readonly pageCache?: string;
  /** Engine options in the order given, checked against what Holdfast owns; version gates come later. */
  readonly additionalArgs: readonly string[];
  readonly tempPath?: string;
  readonly deadlineMs: number;
  readonly stallTimeoutMs: number;
  /** Further attempts after a failed one. */
  readonly retries: number;
  readonly tempStorage?: { readonly size: string; readonly storageClass?: string };
  /** Absent: artifacts are stored as the engine wrote them. */
  readonly encryption?: EffectiveEncryption;
  /** Whether artifacts are read back, and FULLs checked, before a run counts. */
  readonly verify: boolean;
  /** `Auto` stages only what cannot go directly. */
  readonly transfer: 'Auto' | 'Direct' | 'Staged';
  /** Claim that keeps the chain for staged DIFFs. */
  readonly workVolume?: string;
  readonly pod: EffectivePod;
}

export interface EffectiveEncryption {
  readonly algorithm: 'AES256';
  readonly keySecret: string;
  /** Entry of the Secret that is written with; every other entry is tried for reading. */
  readonly keySecretKey: string;
}

/** What the spec says of the Job's pod, as Kubernetes fields to be merged over our own. */
export interface EffectivePod {
  readonly resources?: Readonly<Record<string, unknown>>;
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly tolerations?: readonly Readonly<Record<string, unknown>>[];
  readonly affinity?: Readonly<Record<string, unknown>>;
  readonly priorityClassName?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly securityContext?: Readonly<Record<string, unknown>>;
  readonly imagePullSecrets?: readonly { readonly name?: string }[];
  readonly env?: readonly Readonly<Record<string, unknown>>[];
}

/** One sentence about one field that keeps a spec from being carried out. */
export interface Refusal {
  readonly reason: 'SpecInvalid' | 'NotSupportedYet';
  readonly field: string;
  readonly message: string;
}

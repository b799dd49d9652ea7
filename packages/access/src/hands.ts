import type { StoreDefaults } from '@holdfast/core';
import type { Kube } from '@holdfast/kube';
import type { Reason } from '@holdfast/types';

/** What is needed to touch a backup from outside its own pods. */
export interface Hands {
  readonly kube: Kube;
  readonly now: () => Date;
  readonly agentImage: string;
  readonly storeDefaults: StoreDefaults;
  /** Private endpoints that specs may name; every other private address is refused. */
  readonly allowedEndpoints: readonly string[];
  /** Where Google Cloud Storage stands in on a dev cluster. */
  readonly googleEmulator?: string | undefined;
  /** ServiceAccounts that specs may name; undefined: every one of the backup's own namespace. */
  readonly allowedServiceAccounts?: readonly string[] | undefined;
  /** What tells this cluster from every other; learned once. */
  readonly clusterId: (signal?: AbortSignal) => Promise<string>;
  /** Told of each write of status that was withheld because the run had become another one. */
  readonly onFenced?: () => void;
}

/** Not yet, and why: the run keeps its turn, holds no place, and is looked at again after `againMs`. */
export interface Wait {
  readonly reason: Reason;
  readonly message: string;
  readonly againMs: number;
}

export function isWait(value: object): value is Wait {
  return 'againMs' in value;
}

import type { Lacks } from './lacks.ts';

/** A store that the contract is played on, for the table of `docs/stores-tested.md`. */
export interface TestedStore {
  /** What it is, and how the tests come by it. */
  readonly what: string;
  readonly lacks?: Lacks;
  /** Operations that cannot be asked of it, and why. */
  readonly without?: Readonly<Record<string, string>>;
}

declare module 'vitest' {
  interface TaskMeta {
    /** Name of the tested store. */
    contractOf?: string;
  }
}

export const testedStores = {
  memory: { what: 'a map in memory' },
  'a store with every wrapper': { what: 'x' },
  'a directory': { what: 'x' },
  fauxqs: { what: 'x' },
  'fauxqs without the newer checksums': { what: 'x' },
  MinIO: { what: 'x' },
  'MinIO without the newer checksums': { what: 'x' },
  'MinIO with versions': { what: 'x' },
  versitygw: { what: 'x' },
  'versitygw without the newer checksums': { what: 'x' },
  'versitygw with versions': { what: 'x' },
  moto: { what: 'x' },
  'moto without the newer checksums': { what: 'x' },
  'moto with versions': { what: 'x' },
  'fake-gcs-server': { what: 'x' },
  'fake-gcs-server with versions': { what: 'x' },
  Azurite: { what: 'x' },
} as const satisfies Readonly<Record<string, TestedStore>>;

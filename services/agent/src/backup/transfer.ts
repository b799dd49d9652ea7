import type { CatalogueEntry, Chain, FoundMark, InspectRow } from '@holdfast/core';
import type { BackupType, Manifest, StoredObject } from '@holdfast/types';
import type { Context } from '../context.ts';
import type { Engine, EnginePlace } from './engine.ts';
import type { RunLog } from './run-log.ts';

/** What every part of a run works with. */
export interface Desk {
  readonly context: Context;
  readonly engine: Engine;
  readonly runLog: RunLog;
}

/** The backup's folder as a run knows it. */
export interface Folder {
  /** Manifests, grown by each that this run writes. */
  readonly entries: CatalogueEntry[];
  /** Artifacts that stood where the engine works before it ran, with or without a manifest. */
  readonly seen: Set<string>;
  /** What was found missing or spoiled, grown by each that this run finds. */
  readonly marks: FoundMark[];
  /** What this attempt found spoiled before it counted. */
  readonly rejected: { readonly database: string; readonly message: string }[];
  /** Checks that this attempt could not make, a sentence each. */
  readonly remarks: string[];
  readonly forceFull?: string;
}

/** What the store holds of one artifact: itself first, then its companion parts. */
export interface Delivered {
  readonly objects: readonly StoredObject[];
  readonly encryption?: NonNullable<Manifest['encryption']>;
}

/** How artifacts get from the engine into the store. */
export interface Transfer {
  /** Where the engine writes, and looks for parents. */
  readonly place: EnginePlace;
  /** Artifacts that stand there, empty DIFFs included. */
  inspect(signal: AbortSignal): Promise<readonly InspectRow[]>;
  /** Compares what stood there before the engine ran with the manifests; answers the reason word of a FULL that follows. */
  explain(rows: readonly InspectRow[], folder: Folder): Promise<string | undefined>;
  /** Chains, by id, that the engine could not build on there, each with why. May bring them there for an explicit DIFF. */
  outOfReach(
    chains: readonly Chain[],
    run: { readonly asked: BackupType; readonly folder: Folder },
  ): Promise<ReadonlyMap<string, string>>;
  /** Sees to it that the store holds a new artifact; undefined when there is nothing of it, or it is empty. */
  deliver(row: InspectRow, signal: AbortSignal): Promise<Delivered | undefined>;
  /** The artifact of this manifest counts from now on. */
  counted(manifest: Manifest): Promise<void>;
  /** Removes what was only there for this run. */
  close(): Promise<void>;
}

/** A desk with an open way into the store. */
export type OpenDesk = Desk & { readonly transfer: Transfer };

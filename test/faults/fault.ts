import { afterAll, afterEach, beforeAll, inject, test } from 'vitest';
import type { ProcessKind } from '../cluster/kinds.ts';
import { kubernetes } from '../cluster/real/kubernetes.ts';
import { wantsMinio } from '../cluster/store/start-minio.ts';
import { builtModule } from '../go-build.ts';
import type { Allowances } from './evidence.ts';
import type { ScenarioId } from './scenarios.ts';
import { openScene, type Scene, type SceneOptions } from './scene.ts';

/** What a fault test does to the system and what comes of it, in words for the table of `npm run faults`. */
export interface Fault {
  /** The scenarios of `scenarios.ts` that the test plays. */
  readonly scenario: ScenarioId | readonly ScenarioId[];
  /** What is broken, and how. */
  readonly done: string;
  /** What the system makes of it. */
  readonly outcome: string;
  /** What the test does on purpose and an invariant would otherwise complain about. */
  readonly allowed?: Allowances;
  /** What a test without a cluster asks by itself, and where it is played; any other one asks I1 to I8. */
  readonly own?: { readonly invariants: string; readonly playedOn: string };
  /** A story of a minute or more. */
  readonly long?: boolean;
  /** What it needs is not on this machine, and has been said aloud; in CI nothing is left out. */
  readonly leftOut?: boolean;
  /** For a story that takes longer than the lane's usual limit. */
  readonly timeoutMs?: number;
}

/** Declares one fault test: `act` breaks something and looks at the outcome; then the trouble ends and I1 to I8 are asked. */
export type DeclareFault = (name: string, fault: Fault, act: (scene: Scene) => Promise<void>) => void;

declare module 'vitest' {
  interface TaskMeta {
    fault?: Fault;
  }
  interface ProvidedContext {
    /** The kind of cluster that a lane plays its stories on. */
    clusterKind: ProcessKind;
  }
}

/**
 * One dev cluster, of the lane's kind, for the fault tests of a file, and the word that declares them. What is declared is also what
 * `docs/faults.md` says, so a test cannot be in the lane and not in the table.
 */
export function faultsOn(options: Omit<SceneOptions, 'kind'> = {}): DeclareFault {
  const kind = inject('clusterKind');
  const real = kind === 'control-plane';
  const missing =
    (real && builtModule(kubernetes) === undefined) ||
    (options.s3 === 'minio' && !wantsMinio('fault stories of locks'));
  let opened: Scene | undefined;
  if (!missing) {
    beforeAll(async () => void (opened = await openScene({ kind, ...options })));
    afterEach(() => opened?.reset());
    afterAll(() => opened?.close());
  }
  return (name, fault, act) => {
    const { timeoutMs: timeout, long } = fault;
    const options = { meta: { fault }, tags: long ? ['long'] : [], ...(timeout && { timeout }) };
    test.skipIf(missing || fault.leftOut)(name, options, async () => {
      if (!opened) throw new Error('the dev cluster did not start');
      await act(opened);
      await opened.end(fault.allowed);
    });
  };
}

import { afterAll, afterEach, beforeAll, test } from 'vitest';
import type { Allowances } from './evidence.ts';
import type { ScenarioId } from './scenarios.ts';
import { openScene, type Scene } from './scene.ts';

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
  /** A story of a minute or more. */
  readonly long?: boolean;
}

/** Declares one fault test: `act` breaks something and looks at the outcome; then the trouble ends and I1 to I8 are asked. */
export type DeclareFault = (name: string, fault: Fault, act: (scene: Scene) => Promise<void>) => void;

declare module 'vitest' {
  interface TaskMeta {
    fault?: Fault;
  }
}

/**
 * One dev cluster for the fault tests of a file, and the word that declares them. What is declared is also what `docs/faults.md` says, so a
 * test cannot be in the lane and not in the table.
 */
export function faultsOn(options: Parameters<typeof openScene>[0] = {}): DeclareFault {
  let opened: Scene | undefined;
  beforeAll(async () => void (opened = await openScene(options)));
  afterEach(() => opened?.reset());
  afterAll(() => opened?.close());
  return (name, fault, act) => {
    test(name, { meta: { fault }, tags: fault.long ? ['long'] : [] }, async () => {
      if (!opened) throw new Error('the dev cluster did not start');
      await act(opened);
      await opened.end(fault.allowed);
    });
  };
}

import { createVitest, type TestCase, type Vitest } from 'vitest/node';
import type { ProcessKind } from '../test/cluster/kinds.ts';
import type { Fault } from '../test/faults/fault.ts';
import { root } from './steps.ts';

/** A declared fault test. */
export interface FaultTest extends Fault {
  readonly name: string;
  /** Path from the repository's root. */
  readonly file: string;
}

/** How a fault test ended. */
export interface PlayedFault extends FaultTest {
  readonly state: 'passed' | 'failed';
  readonly seconds: number;
  /** What a failed test said. */
  readonly errors: readonly string[];
}

/** Reads the declarations of all fault tests without running any. */
export async function collectFaults(): Promise<FaultTest[]> {
  return withVitest('embedded', [], async (vitest) => {
    const { testModules, unhandledErrors } = await vitest.collect(['test/faults/'], { staticParse: false });
    const broken = [...unhandledErrors, ...testModules.flatMap((module) => module.errors())];
    if (broken.length > 0) throw new AggregateError(broken, 'the fault tests cannot be read');
    // Files are read side by side; the table shall not depend on which was first.
    const inOrder = testModules.toSorted((a, b) => a.relativeModuleId.localeCompare(b.relativeModuleId));
    return inOrder.flatMap((module) => [...module.children.allTests()].flatMap(declared));
  });
}

/** Runs these tests alone, on a cluster of this kind. */
export async function playFaults(
  tests: readonly FaultTest[],
  { kind, quiet }: { kind: ProcessKind; quiet: boolean },
): Promise<PlayedFault[]> {
  return withVitest(kind, quiet ? [] : ['default'], async (vitest) => {
    vitest.setGlobalTestNamePattern(new RegExp(`^(${tests.map(({ name }) => literal(name)).join('|')})$`));
    const { testModules } = await vitest.start([...new Set(tests.map(({ file }) => file))]);
    const ended = testModules.flatMap((module) => [...module.children.allTests()]);
    return tests.map((one) => ({ ...one, ...endOf(ended.find(({ fullName }) => fullName === one.name)) }));
  });
}

const lanes: Readonly<Record<ProcessKind, string>> = { embedded: 'cluster', 'control-plane': 'control-plane' };

async function withVitest<T>(kind: ProcessKind, reporters: string[], use: (vitest: Vitest) => Promise<T>): Promise<T> {
  const vitest = await createVitest('test', { root, watch: false, project: [lanes[kind]], reporters });
  try {
    return await use(vitest);
  } finally {
    await vitest.close();
  }
}

function declared(test: TestCase): FaultTest[] {
  const { fault } = test.meta();
  return fault ? [{ ...fault, name: test.fullName, file: test.module.relativeModuleId }] : [];
}

function endOf(test: TestCase | undefined): Pick<PlayedFault, 'state' | 'seconds' | 'errors'> {
  const { state, errors = [] } = test?.result() ?? { state: 'failed' };
  const seconds = Math.round((test?.diagnostic()?.duration ?? 0) / 100) / 10;
  return { state: state === 'passed' ? 'passed' : 'failed', seconds, errors: errors.map(({ message }) => message) };
}

function literal(text: string): string {
  return text.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`);
}

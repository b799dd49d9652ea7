import { expect } from 'vitest';
import { until } from '../until.ts';
import type { DeclareFault } from './fault.ts';

/** An edit of a spec that the API server lets pass and we cannot follow. */
export interface WrongEdit {
  /** What the spec becomes, in words. */
  readonly what: string;
  /** Name of the backup. */
  readonly name: string;
  /** Fields of the spec; none of them stands there before. */
  readonly edit: Readonly<Record<string, unknown>>;
}

/** Declares the story of a spec that is spoiled while its run is at work, and mended afterwards. */
export function editedInto(fault: DeclareFault, { what, name, edit }: WrongEdit): void {
  fault(
    `a run whose spec is edited into ${what} ends well, and the next one is refused until the spec is`,
    {
      scenario: 'K8',
      done: `while the Job runs, the spec is edited into ${what}`,
      outcome:
        'the run keeps its plan and is Succeeded; then Ready is False with the sentence, and no run starts until it is mended',
    },
    async (scene) => {
      await scene.neo4j.arm({ kind: 'slow', bytesPerSecond: 200_000 });
      await scene.create(name);
      await scene.untilActive(name, ({ phase }) => phase === 'Starting');
      await scene.patch(name, { spec: edit });
      expect((await scene.untilSettled(name)).status).toBe('Succeeded');
      const refused = async () =>
        (await scene.status(name)).conditions?.find(({ type, status }) => type === 'Ready' && status === 'False');
      expect((await until(refused, { saying: 'the refusal' })).reason).toMatch(/^(SpecInvalid|NotSupportedYet)$/);
      await scene.request(name, 'too-early');
      await scene.patch(name, { spec: Object.fromEntries(Object.keys(edit).map((key) => [key, null])) });
      const next = await scene.untilSettled(name, ({ trigger }) => trigger === 'Request');
      expect(next.status).toBe('Succeeded');
      expect(await scene.jobsOf(name)).toBe(2);
    },
  );
}

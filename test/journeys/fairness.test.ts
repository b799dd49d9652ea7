import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Status } from '@holdfast/types';
import { startJourney, succeeded, type Journey } from './journey.ts';
import { findKubectl } from './kubectl.ts';

const program = findKubectl();
const namespace = 'neo4j';
const backlog = Array.from({ length: 4 }, (_, index) => `busy-${index}`);

/** Two places in all, one for each target: a backlog of one target finds the other place free and may not have it. */
const limits = { HOLDFAST_LIMIT_GLOBAL: '2', HOLDFAST_LIMIT_PER_TARGET: '1', HOLDFAST_LIMIT_PER_LOCATION: '2' };

describe.skipIf(!program)('a backlog of one database', { concurrent: false, tags: ['long'] }, () => {
  let journey: Journey;

  beforeAll(async () => {
    journey = await startJourney(program ?? '', { serviceEnv: limits });
    await journey.cluster.stores.s3.makeBucket('nightly');
    await journey.namespace(namespace);
    const busy = await journey.target({ name: 'busy', namespace });
    await journey.target({ name: 'quiet', namespace });
    await busy.arm({ kind: 'slow', bytesPerSecond: 200_000 }, { times: 100 });
  }, 120_000);
  afterAll(() => journey?.stop());

  const apply = (name: string, target: string) =>
    journey.apply(namespace, name, {
      target: { kind: 'Cluster', name: target },
      storage: { type: 's3', bucket: 'nightly' },
    });
  const startedAt = async (name: string) => (await journey.status(namespace, name)).lastRunTime ?? 'never';

  test('does not delay another one, says what it waits for, and goes on in the order in which it came', async () => {
    for (const [index, name] of backlog.entries()) {
      await apply(name, 'busy');
      const inLine = ({ activeRun }: Status) =>
        index === 0 ? activeRun?.phase === 'Starting' : activeRun?.waitingFor?.reason === 'WaitingForPlace';
      await journey.when(namespace, name, inLine, { saying: `${name} in its place of the line` });
    }
    const { message } = await journey.status(namespace, 'busy-1');
    expect(message).toMatch(/waiting: 1 run of target neo4j\/busy is under way, which is the limit for one target/);
    await apply('late', 'quiet');
    await journey.when(namespace, 'late', succeeded(1));
    for (const name of backlog) await journey.when(namespace, name, succeeded(1), { withinMs: 120_000 });
    const starts = await Promise.all(backlog.map(startedAt));
    expect(starts).toEqual(starts.toSorted());
    expect(new Set(starts).size).toBe(backlog.length);
    const late = await startedAt('late');
    expect(late < (starts.at(-1) ?? '')).toBe(true);
  });
});

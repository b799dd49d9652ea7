import { join } from 'node:path';
import { makeNamespace } from '../../cluster/furnish.ts';
import { mustBe, type Comparison, type Contender, type Sample } from '../harness/bench.ts';
import { openEmbedded } from '../harness/embedded.ts';
import { costOf, startProgram } from '../harness/processes.ts';
import type { Site } from '../harness/site.ts';

/** Two that create the same Jobs, as fast as they can: a handler of the queue, and bare POSTs with as many in flight. */
export async function jobMakers(
  site: Site,
  count: number,
): Promise<{ contenders: readonly Contender[]; comparison: Comparison }> {
  const { client, url, kubeconfig } = await openEmbedded(site);
  const redisUrl = `${site.redis.url}/1`; // a database of its own: a worker that is deployed answers the queue of the other
  let namespaces = 0;
  const run = async (how: 'queue' | 'bare'): Promise<Sample> => {
    const namespace = `jobs-${(namespaces += 1)}`;
    await makeNamespace(client, namespace);
    const args = [how, JSON.stringify({ count, namespace, url, kubeconfig, redisUrl })];
    const program = startProgram(join(import.meta.dirname, '../programs/make-jobs.ts'), { args });
    try {
      const { ms } = await program.heard<{ ms: number }>();
      const path = `/apis/batch/v1/namespaces/${namespace}/jobs`;
      const { items } = await client.get<{ items: { metadata: { name: string } }[] }>(path);
      mustBe(items.length === count, `${items.length} Jobs exist instead of ${count}`);
      await Promise.all(items.map(({ metadata }) => client.delete(`${path}/${metadata.name}`)));
      return { perSecond: (count / ms) * 1000, ...costOf(program) };
    } finally {
      await program.stop();
    }
  };
  return {
    contenders: [
      { name: 'Jobs by the queue', run: () => run('queue') },
      { name: 'bare POSTs', run: () => run('bare') },
    ],
    comparison: {
      title: `${count.toLocaleString('en')} Jobs created`,
      ours: 'Jobs by the queue',
      ruler: 'bare POSTs',
      value: 'perSecond',
      goal: { atLeast: 0.75 },
    },
  };
}

// Creates Jobs as fast as it can, through the queue or by bare POSTs, and says how long it took.
import { openKube, resources } from '@holdfast/kube';
import { answer, openDoorbell } from '@holdfast/queue';
import { ApiClient } from '../../cluster/kubelet/api-client.ts';

interface Wish {
  readonly count: number;
  readonly namespace: string;
  readonly url: string;
  readonly kubeconfig: string;
  readonly redisUrl: string;
}

const inFlight = 32;

const [how, text = '{}'] = process.argv.slice(2);
const wish = JSON.parse(text) as Wish;
const names = Array.from({ length: wish.count }, (_, index) => `job-${index}`);
const ms = await (how === 'queue' ? throughTheQueue() : byBarePosts());
process.stdout.write(`${JSON.stringify({ ms })}\n`);
process.once('SIGTERM', () => process.exit());
setInterval(() => undefined, 60_000); // stays until its cost was read

/** From the first ring to the last Job. Who rings and who answers share this process, as the bare POSTs do. */
async function throughTheQueue(): Promise<number> {
  const { namespace, kubeconfig, redisUrl } = wish;
  const kube = await openKube({ kubeconfig });
  const doorbell = openDoorbell({ redisUrl });
  await doorbell.depth('backup');
  const log = { info: ignore, warn: ignore, error: ignore };
  const { promise: allMade, resolve } = Promise.withResolvers<void>();
  let made = 0;
  const answering = answer(
    'backup',
    async ({ name }) => {
      await kube.create(resources.jobs, aJob(name));
      if ((made += 1) === names.length) resolve();
      return { kind: 'done' };
    },
    { redisUrl, concurrency: inFlight, now: () => new Date(), log },
  );
  const startedAt = performance.now();
  await doorbell.ringMany(
    'backup',
    names.map((name) => ({ v: 1, namespace, name })),
  );
  await allMade;
  const took = performance.now() - startedAt;
  await answering.close(5_000);
  await doorbell.close();
  kube.close();
  return took;
}

async function byBarePosts(): Promise<number> {
  const { url, namespace } = wish;
  const client = new ApiClient(url);
  const left = [...names];
  const startedAt = performance.now();
  const post = async () => {
    for (let name = left.pop(); name !== undefined; name = left.pop())
      await client.create(`/apis/batch/v1/namespaces/${namespace}/jobs`, aJob(name));
  };
  await Promise.all(Array.from({ length: inFlight }, post));
  const took = performance.now() - startedAt;
  client.close();
  return took;
}

function aJob(name: string) {
  const container = { name: 'backup', image: 'none', command: ['true'], env: [{ name: 'WORD', value: 'a word' }] };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, namespace: wish.namespace, labels: { app: 'bench' } },
    // Suspended, so that nobody makes pods of them.
    spec: { suspend: true, backoffLimit: 0, template: { spec: { restartPolicy: 'Never', containers: [container] } } },
  };
}

function ignore(): void {}

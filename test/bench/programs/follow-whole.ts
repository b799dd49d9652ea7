// The ruler of the watcher: the informer of @kubernetes/client-node, which keeps whole objects.
import { CustomObjectsApi, KubeConfig, makeInformer, type KubernetesObject } from '@kubernetes/client-node';
import { follow } from './follow.ts';

type Backup = KubernetesObject & { readonly status?: { readonly stats?: { readonly sizeBytes?: number } } };

const [group, version, plural] = ['neo4j.neo4j.com', 'v1alpha1', 'neo4jbackups'];
const config = new KubeConfig();
const server = process.argv[2] ?? '';
config.loadFromClusterAndUser({ name: 'shelf', server, skipTLSVerify: true }, { name: 'nobody' }); // it takes plain HTTP only so
const api = config.makeApiClient(CustomObjectsApi);
const list = () => api.listCustomObjectForAllNamespaces({ group, version, resourcePlural: plural });
const informer = makeInformer<Backup>(config, `/apis/${group}/${version}/${plural}`, list);

await follow({
  sync: async (onChange) => {
    informer.on('update', onChange);
    informer.on('error', (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
      process.exit(1); // it stops for good, and would be waited for
    });
    await informer.start();
  },
  *sizes() {
    for (const { status } of informer.list()) yield status?.stats?.sizeBytes;
  },
});

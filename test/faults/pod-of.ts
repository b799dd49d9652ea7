import { until } from '../until.ts';
import { namespace, type Scene } from './scene.ts';

/** The pod that works for this backup, as soon as it does. */
export async function podOf(scene: Scene, name: string): Promise<string> {
  const running = async () => {
    const path = `/api/v1/namespaces/${namespace}/pods?labelSelector=job-name%3D${name}-backup`;
    const { items } = await scene.cluster.client.get<{ items: { metadata: { name: string } }[] }>(path);
    const [pod] = items;
    return pod && 'backup' in scene.cluster.kubelet.pids(namespace, pod.metadata.name) && pod.metadata.name;
  };
  return until(async () => (await running()) || undefined, { saying: `the running pod of ${name}` });
}

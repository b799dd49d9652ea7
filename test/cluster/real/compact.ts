import { ApiClient, type ApiAccess } from '../kubelet/api-client.ts';
import type { Plant } from './parts.ts';

/** Has etcd forget all history before the present revision, through the gateway on its client port; resolves when that is done. */
export async function compactHistory({ ports }: Plant, access: ApiAccess): Promise<void> {
  const client = new ApiClient(access);
  try {
    // A list says at which revision of the whole store it was read.
    const { metadata } = await client.get<{ metadata: { resourceVersion: string } }>('/api/v1/namespaces');
    const answer = await fetch(`http://127.0.0.1:${ports.etcd}/v3/kv/compaction`, {
      method: 'POST',
      body: JSON.stringify({ revision: metadata.resourceVersion, physical: true }),
    });
    if (!answer.ok) throw new Error(`etcd did not compact: ${answer.status} ${await answer.text()}`);
  } finally {
    client.close();
  }
}

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startApiServer } from '../../../../test/cluster/embedded/server.ts';
import { kubeContract } from '../contract.ts';
import { openKube } from '../open-kube.ts';

kubeContract('the embedded API server', async () => {
  const server = await startApiServer({ token: 'let-me-in' });
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-kube-'));
  const kubeconfig = join(folder, 'config');
  await writeFile(join(folder, 'token'), 'let-me-in\n');
  await writeFile(
    kubeconfig,
    JSON.stringify({
      'current-context': 'dev',
      contexts: [{ name: 'dev', context: { cluster: 'dev', user: 'me' } }],
      clusters: [{ name: 'dev', cluster: { server: server.url } }],
      users: [{ name: 'me', user: { tokenFile: 'token' } }],
    }),
  );
  const kube = await openKube({ kubeconfig });
  return {
    kube,
    namespace: 'default',
    async close() {
      await server.close();
      await rm(folder, { recursive: true });
    },
  };
});

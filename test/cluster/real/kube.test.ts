import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from 'vitest';
import { openKube } from '@holdfast/kube';
import { kubeContract } from '@holdfast/kube/contract';
import { builtModule } from '../../go-build.ts';
import { makeNamespace } from '../furnish.ts';
import { writeKubeconfig } from '../kubeconfig.ts';
import { ApiClient } from '../kubelet/api-client.ts';
import { startControlPlane } from './control-plane.ts';
import { kubernetes } from './kubernetes.ts';

const namespace = 'contract';

describe.skipIf(builtModule(kubernetes) === undefined)('what every Kube promises', () => {
  kubeContract('a real API server, over TLS', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'holdfast-kube-'));
    mkdirSync(join(dir, 'logs'));
    const plane = await startControlPlane({ dir: join(dir, 'plane'), logs: join(dir, 'logs'), env: {} });
    const admin = new ApiClient(plane.access);
    await makeNamespace(admin, namespace);
    admin.close();
    const kubeconfig = join(dir, 'kubeconfig');
    writeKubeconfig(kubeconfig, plane.access);
    return {
      kube: await openKube({ kubeconfig }),
      namespace,
      close: async () => {
        await plane.stop();
        rmSync(dir, { recursive: true, force: true });
      },
    };
  });
});

import { join } from 'node:path';
import { installDefinitions, makeNamespace } from '../../cluster/furnish.ts';
import { ApiClient } from '../../cluster/kubelet/api-client.ts';
import { writeKubeconfig } from '../../cluster/kubeconfig.ts';
import { startProgram } from './processes.ts';
import type { Site } from './site.ts';

/** An embedded API server of its own, with our definitions and the services' namespace. */
export interface Embedded {
  readonly url: string;
  readonly kubeconfig: string;
  readonly client: ApiClient;
}

let opened = 0;

export async function openEmbedded(site: Site): Promise<Embedded> {
  const server = startProgram(join(import.meta.dirname, '../programs/api-server.ts'));
  site.later(() => server.stop());
  const { url } = await server.heard<{ url: string }>();
  const client = new ApiClient(url);
  site.later(() => client.close());
  await Promise.all([installDefinitions(client), makeNamespace(client, 'holdfast')]);
  const kubeconfig = join(site.dir, `kubeconfig-${(opened += 1)}`);
  writeKubeconfig(kubeconfig, url);
  return { url, kubeconfig, client };
}

import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openClusterClock, type ClusterClock } from '../../cluster/clock/clock.ts';
import { ApiClient, type ApiAccess } from '../../cluster/kubelet/api-client.ts';
import { startControlPlane } from '../../cluster/real/control-plane.ts';
import { howToBuild, kubernetes } from '../../cluster/real/kubernetes.ts';
import { builtModule } from '../../go-build.ts';
import type { Bench, Contest, Size } from './bench.ts';
import { onSite, type Site } from './site.ts';

/** A real control plane of its own, without nodes: Jobs get their pods, and no pod ever runs. */
export interface ControlPlane {
  readonly dir: string;
  /** As the administrator. */
  readonly access: ApiAccess;
  readonly client: ApiClient;
  readonly clock: ClusterClock;
  /** Takes it away with everything that was left there. */
  stop(): Promise<void>;
}

/** What a dev cluster tells the controller manager about looking again for its clock's sake would be in the way of a measurement. */
const ownLimits = { 'min-resync-period': '12h0m0s' };

let planes = 0;

/** @param controllers flags of the controller manager, over its own defaults */
export async function openControlPlane(
  site: Site,
  controllers: Readonly<Record<string, string>> = {},
): Promise<ControlPlane> {
  const dir = join(site.dir, `plane-${(planes += 1)}`);
  await mkdir(dir);
  const clock = openClusterClock(join(dir, 'clock.json'));
  const env = { HOLDFAST_DEV_CLUSTER: site.dir, HOLDFAST_CLOCK_FILE: clock.file };
  const flags = { ...ownLimits, ...controllers };
  const plane = await startControlPlane({ dir: join(dir, 'kept'), logs: dir, env, controllers: flags });
  const client = new ApiClient(plane.access);
  return {
    dir,
    access: plane.access,
    client,
    clock,
    stop: async () => {
      client.close();
      await plane.stop();
      await rm(dir, { recursive: true });
    },
  };
}

/** The `open` of a bench that needs Kubernetes itself; where that was not built, everything is left out. */
export function onKubernetes(openContest: (site: Site, size: Size) => Promise<Contest>): Bench['open'] {
  return (size) => (builtModule(kubernetes) ? onSite((site) => openContest(site, size)) : Promise.resolve(nothing));
}

const nothing: Contest = {
  comparisons: [],
  left: [`everything: Kubernetes is not built here; build it once with \`${howToBuild}\``],
  round: () => Promise.resolve({}),
  close: () => Promise.resolve(),
};

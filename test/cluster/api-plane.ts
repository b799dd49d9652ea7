import type { ClusterClock } from './clock/clock.ts';
import { startApiServer } from './embedded/server.ts';
import { installDefinitions, provisionerName } from './furnish.ts';
import { ApiClient, type ApiAccess } from './kubelet/api-client.ts';
import type { ProcessKind } from './kinds.ts';
import type { KubeletTls } from './kubelet/kubelet-server.ts';
import { startControlPlane, type ControlPlaneParts } from './real/control-plane.ts';
import { startProvisioner } from './real/provisioner.ts';

/** API server and controllers of a dev cluster, of either kind, with our definitions in it. */
export interface ApiPlane {
  readonly access: ApiAccess;
  /** What a kubelet has to show to this API server; undefined where plain HTTP does. */
  readonly kubeletTls: KubeletTls | undefined;
  /** Whether pods get their node from a scheduler. Else the kubelet takes what it sees. */
  readonly schedules: boolean;
  /** Whether the API server asks who calls, and what he may do. */
  readonly authorizes: boolean;
  /** What can be done to its parts; undefined where it has none. */
  readonly parts: ControlPlaneParts | undefined;
  stop(): Promise<void>;
}

/** Starts what the kind needs; everything in it tells the time of `clock`. */
export async function startApiPlane(
  kind: ProcessKind,
  given: {
    readonly dir: string;
    readonly logs: string;
    readonly clock: ClusterClock;
    readonly env: Readonly<Record<string, string>>;
    readonly say: (line: string) => void;
  },
): Promise<ApiPlane> {
  const { dir, logs, clock, env, say } = given;
  if (kind === 'embedded') {
    const server = await startApiServer({ now: () => clock.now(), log: say });
    const stop = () => server.close();
    const client = new ApiClient(server.url);
    try {
      await installDefinitions(client);
    } catch (error) {
      await stop();
      throw error;
    } finally {
      client.close();
    }
    return {
      access: { url: server.url },
      kubeletTls: undefined,
      schedules: false,
      authorizes: false,
      parts: undefined,
      stop,
    };
  }
  const plane = await startControlPlane({
    dir,
    logs,
    env: { ...env, HOLDFAST_CLOCK_FILE: clock.file },
    furnish: (client) => installDefinitions(client),
  });
  const client = new ApiClient(plane.access);
  const endProvisioner = await startProvisioner(client, { provisioner: provisionerName, log: say });
  const stop = async () => {
    endProvisioner();
    client.close();
    await plane.stop();
  };
  return { access: plane.access, kubeletTls: plane.kubeletTls, schedules: true, authorizes: true, parts: plane, stop };
}

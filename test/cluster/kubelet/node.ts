import { ApiError, type ApiClient } from './api-client.ts';
import { wholeSeconds } from './kube-time.ts';

/** Makes the Node object, or brings an existing one up to date: Ready, with the kubelet's address and port. */
export async function registerNode(api: ApiClient, name: string, kubeletPort: number, now: Date): Promise<void> {
  const node = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux', 'holdfast.dev/stand-in': 'true' },
    },
  };
  await api.create('/api/v1/nodes', node).catch((error: unknown) => {
    if (!(error instanceof ApiError && error.status === 409)) throw error;
  });
  await api.patch(`/api/v1/nodes/${name}/status`, { status: nodeStatus(name, kubeletPort, wholeSeconds(now)) });
}

function nodeStatus(name: string, kubeletPort: number, at: string): object {
  const resources = { cpu: '64', memory: '256Gi', pods: '500', 'ephemeral-storage': '1Ti' };
  const condition = (type: string, status: string, reason: string) => ({
    type,
    status,
    reason,
    message: '',
    lastHeartbeatTime: at,
    lastTransitionTime: at,
  });
  return {
    capacity: resources,
    allocatable: resources,
    addresses: [
      { type: 'InternalIP', address: '127.0.0.1' },
      { type: 'Hostname', address: name },
    ],
    declaredFeatures: ['ExtendWebSocketsToKubelet'], // exec comes to us as it was asked for, not as SPDY
    daemonEndpoints: { kubeletEndpoint: { Port: kubeletPort } },
    conditions: [
      condition('Ready', 'True', 'KubeletReady'),
      condition('MemoryPressure', 'False', 'KubeletHasSufficientMemory'),
      condition('DiskPressure', 'False', 'KubeletHasNoDiskPressure'),
      condition('PIDPressure', 'False', 'KubeletHasSufficientPID'),
    ],
    nodeInfo: {
      kubeletVersion: 'v1.36.3-stand-in',
      osImage: 'local processes',
      kernelVersion: '',
      architecture: process.arch,
      operatingSystem: process.platform,
      containerRuntimeVersion: 'process://1',
      machineID: '',
      systemUUID: '',
      bootID: '',
      kubeProxyVersion: '',
    },
  };
}

import { type ApiClient, type KubeObject } from '../kubelet/api-client.ts';
import { startReflector } from '../kubelet/reflector.ts';

interface SigningRequest extends KubeObject {
  readonly spec: { readonly signerName: string; readonly username: string };
  readonly status?: { readonly conditions?: readonly unknown[] };
}

const requests = '/apis/certificates.k8s.io/v1/certificatesigningrequests';

/**
 * Says yes to the node that asks for a certificate to serve with, as an administrator does: Kubernetes has nobody who would do it by himself.
 * https://kubernetes.io/docs/reference/access-authn-authz/kubelet-tls-bootstrapping/#certificate-rotation
 */
export async function approveCertificates(
  api: ApiClient,
  { node, log }: { readonly node: string; readonly log: (line: string) => void },
): Promise<() => void> {
  const over = new AbortController();
  const approve = ({ metadata, spec, status }: SigningRequest, gone: boolean) => {
    const ours = spec.signerName === 'kubernetes.io/kubelet-serving' && spec.username === `system:node:${node}`;
    if (gone || !ours || status?.conditions?.length) return;
    const condition = { type: 'Approved', status: 'True', reason: 'DevCluster', message: 'the node of this cluster' };
    api
      .patch(`${requests}/${metadata.name}/approval`, { status: { conditions: [condition] } })
      .catch((error: unknown) => log(`approving ${metadata.name}: ${String(error)}`));
  };
  const seen = startReflector<SigningRequest>(api, requests, {
    signal: over.signal,
    onChange: approve,
    onTrouble: log,
  });
  await seen.synced;
  return () => over.abort();
}

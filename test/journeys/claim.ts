import { stringify } from 'yaml';

/** A claim for kubectl to apply. */
export function claimOf(namespace: string, name: string, size = '1Gi'): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name, namespace },
    spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'standard', resources: { requests: { storage: size } } },
  });
}

/**
 * What the API server adds to a spec, by the words of the reference: nothing that a second spelling could say too. Written down once more
 * here, so that a default that changes is seen.
 */
export function withDocumentedDefaults(sent: object): object {
  const spec: Spec = sent;
  const { storage, retention, options } = spec;
  return {
    concurrencyPolicy: 'Forbid',
    suspend: false,
    historyLimit: 20,
    ...spec,
    ...(storage?.['pvc'] && { storage: { ...storage, pvc: { accessModes: ['ReadWriteOnce'], ...storage['pvc'] } } }),
    ...(retention && { retention: { deletePolicy: 'Delete', onDelete: 'Retain', ...retention } }),
    ...(options && { options: optionsOf(options) }),
  };
}

interface Spec {
  readonly storage?: Record<string, object>;
  readonly retention?: object;
  readonly options?: Record<string, object>;
}

function optionsOf(options: Record<string, object>): Record<string, object> {
  const encryption = options['encryption'];
  return {
    ...({ backupType: 'AUTO', compress: true } as object),
    ...options,
    ...(encryption && { encryption: { enabled: false, keySecretKey: 'key', ...encryption } }),
  };
}

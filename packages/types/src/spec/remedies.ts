/** What to write where a required field is missing. */
export const remedies: Readonly<Record<string, string>> = {
  spec: 'write at least a target and a storage',
  'spec.target': 'say what to back up, such as target: {kind: Cluster, name: my-cluster}',
  'spec.target.kind': 'write Cluster for all databases of a cluster, or Database for one',
  'spec.target.name': 'name the cluster or standalone, or for kind Database the database',
  'spec.storage': 'say where backups go, such as storage: {type: s3, bucket: my-backups, cloud: {region: eu-west-1}}',
  'spec.storage.type': 'write one of s3, gcs, azure, pvc',
  'spec.options.tempStorage.size': 'write a size such as 100Gi',
};

/** What to write instead of things that are often written but were never part of the API. */
export const wellKnownMistakes: Readonly<Record<string, string>> = {
  'spec.schedule': 'write the cron expression itself, such as schedule: "0 2 * * *"',
  'spec.clusterRef':
    'write the name of the cluster in spec.target.name, or in spec.target.clusterRef for kind Database',
  'spec.storage.s3':
    'write bucket and path directly below spec.storage, and region and credentialsSecret below spec.storage.cloud',
  'spec.storage.gcs':
    'write bucket and path directly below spec.storage, and credentialsSecret below spec.storage.cloud',
  'spec.storage.azure':
    'write bucket (the container) and path directly below spec.storage, and the rest below spec.storage.cloud',
  'spec.storage.region': 'write it in spec.storage.cloud.region',
  'spec.storage.endpoint': 'write it in spec.storage.cloud.endpointURL',
  'spec.storage.credentialsSecret': 'write it in spec.storage.cloud.credentialsSecret',
  'spec.storage.cloud.endpoint': 'write it in spec.storage.cloud.endpointURL',
  'spec.storage.size': 'write it in spec.storage.pvc.size',
  'spec.metadata': "write labels and annotations in the object's own metadata",
  'spec.options.type': 'write it in spec.options.backupType',
  'spec.options.encryption.kmsKeyId': 'put the key into a Secret and name it in spec.options.encryption.keySecret',
  'spec.triggers[].true': 'write "on" in quotes, because YAML takes the bare word for true',
  'spec.retention.days': 'write maxAge, such as 30d',
};

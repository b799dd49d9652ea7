import type { Family } from './row.ts';

const s3 = (cloud: object, more: object = {}) => ({ storage: { type: 's3', bucket: 'backups', cloud }, ...more });
const gcs = (cloud: object) => ({ storage: { type: 'gcs', bucket: 'backups', cloud } });
const azure = (cloud: object) => ({ storage: { type: 'azure', bucket: 'backups', cloud } });
const region = 'eu-west-1';
const at = (endpointURL: string) => s3({ endpointURL });
const annotations = { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::1:role/backups' };
const fits = 'does not match spec.storage.type; s3 goes with aws, gcs with gcp, azure with azure';

export const cloudFamily: Family = {
  taken: [
    { what: 'provider and region', spec: s3({ provider: 'aws', region }) },
    { what: 'a region without a provider', spec: s3({ region }) },
    { what: 'a Secret', spec: s3({ region, credentialsSecret: 'backup-credentials' }) },
    { what: 'the other spelling of the Secret', spec: s3({ region, credentialsSecretRef: 'backup-credentials' }) },
    {
      what: 'both spellings of the Secret alike',
      spec: s3({ region, credentialsSecret: 'a', credentialsSecretRef: 'a' }),
    },
    { what: 'an endpoint instead of a region', spec: at('https://minio.example:9000') },
    {
      what: 'an endpoint with path style and checksums',
      spec: s3({ endpointURL: 'http://minio:9000/', forcePathStyle: true, checksumMode: 'WhenSupported' }),
    },
    { what: 'an authority of its own', spec: s3({ endpointURL: 'https://minio.example', caSecret: 'ca' }) },
    {
      what: 'an authority of its own with a work volume',
      spec: s3({ region, caSecret: 'ca' }, { options: { workVolume: 'chains' } }),
    },
    { what: "an authority of its own before Google's stores", spec: gcs({ caSecret: 'ca' }) },
    { what: "an authority of its own before Azure's stores", spec: azure({ caSecret: 'ca' }) },
    { what: 'path style switched off', spec: s3({ region, forcePathStyle: false }) },
    { what: 'the older place', spec: { storage: { type: 's3', bucket: 'b' }, cloud: { provider: 'aws', region } } },
    { what: 'both places alike', spec: s3({ region }, { cloud: { region, provider: 'aws' } }) },
    {
      what: 'the Secret in both places, spelled twice',
      spec: s3({ region, credentialsSecret: 'a' }, { cloud: { credentialsSecretRef: 'a' } }),
    },
    { what: 'empty cloud settings for Google', spec: gcs({}) },
    {
      what: "Google's region and Secret",
      spec: gcs({ provider: 'gcp', region: 'us-central1', credentialsSecret: 'key' }),
    },
    { what: "Google's workload identity", spec: gcs({ identity: { provider: 'gcp', serviceAccount: 'backups' } }) },
    { what: 'empty cloud settings for Azure', spec: azure({}) },
    { what: "Azure's region and account", spec: azure({ provider: 'azure', region: 'eastus', account: 'mybackups1' }) },
    {
      what: "Azure's Secret and endpoint",
      spec: azure({ credentialsSecret: 'keys', endpointURL: 'https://azurite.example:10000/account' }),
    },
    { what: 'an account that exists', spec: s3({ region, identity: { provider: 'aws', serviceAccount: 'backups' } }) },
    { what: 'an account of its own', spec: s3({ region, identity: { autoCreate: { enabled: true, annotations } } }) },
    {
      what: 'an account of its own, not said in so many words',
      spec: s3({ region, identity: { autoCreate: { annotations } } }),
    },
    {
      what: 'the same account in both places',
      spec: s3({ region, identity: { serviceAccount: 'a' } }, { cloud: { identity: { serviceAccount: 'a' } } }),
    },
    {
      what: 'an account that exists, and none made',
      spec: s3({ region, identity: { serviceAccount: 'a', autoCreate: { enabled: false } } }),
    },
    {
      what: "Azure's workload identity",
      spec: azure({ account: 'mybackups', identity: { provider: 'azure', autoCreate: { enabled: true } } }),
    },
  ],
  refused: [
    {
      what: 'a provider nobody has',
      spec: s3({ provider: 'minio', region }),
      server: 'spec.storage.cloud.provider: Unsupported value: "minio"',
    },
    {
      what: 'an endpoint in other letters',
      spec: s3({ endpointUrl: 'https://x' }),
      server: 'unknown field "spec.storage.cloud.endpointUrl"',
    },
    {
      what: 'a text for a switch',
      spec: s3({ region, forcePathStyle: 'true' }),
      server: 'spec.storage.cloud.forcePathStyle in body must be of type boolean: "string"',
    },
    {
      what: 'a checksum mode nobody has',
      spec: s3({ region, checksumMode: 'Never' }),
      server: 'supported values: "WhenSupported", "WhenRequired"',
    },
    {
      what: 'an endpoint of 513 characters',
      spec: at(`https://${'x'.repeat(505)}`),
      server: 'spec.storage.cloud.endpointURL: Too long',
    },
    {
      what: 'no region',
      spec: s3({ provider: 'aws' }),
      rule: 'spec.storage.cloud.region is missing; name the region of the bucket, or set spec.storage.cloud.endpointURL for another S3 store',
    },
    {
      what: 'no region in the older place',
      spec: { storage: { type: 's3', bucket: 'b' }, cloud: { provider: 'aws' } },
      rule: 'spec.storage.cloud.region is missing',
    },
    { what: 'a region with a blank', spec: s3({ region: 'eu west' }), rule: 'write a region such as eu-west-1' },
    {
      what: "Google's cloud and Amazon's store",
      spec: s3({ provider: 'gcp', region }),
      rule: `spec.storage.cloud.provider ${fits}`,
    },
    {
      what: 'the same in the older place',
      spec: { storage: { type: 's3', bucket: 'b' }, cloud: { provider: 'azure', region } },
      rule: `spec.cloud.provider ${fits}`,
    },
    {
      what: 'cloud settings beside a claim',
      spec: { storage: { type: 'pvc', cloud: {} } },
      rule: 'spec.storage.cloud has no meaning with storage type pvc; remove it',
    },
    {
      what: 'the same in the older place, beside a claim',
      spec: { cloud: { provider: 'aws', region } },
      rule: 'spec.cloud has no meaning with storage type pvc; remove it',
    },
    {
      what: 'two Secrets',
      spec: s3({ region, credentialsSecret: 'a', credentialsSecretRef: 'b' }),
      rule: 'credentialsSecret and credentialsSecretRef are the same field and differ; keep one of them',
    },
    {
      what: 'two Secrets in two places, spelled twice',
      spec: s3({ region, credentialsSecret: 'a' }, { cloud: { credentialsSecretRef: 'b' } }),
      rule: 'spec.cloud.credentialsSecret and spec.storage.cloud.credentialsSecret differ; keep the one below storage',
    },
    {
      what: 'two regions',
      spec: s3({ region }, { cloud: { region: 'us-east-1' } }),
      rule: 'spec.cloud.region and spec.storage.cloud.region differ; keep the one below storage',
    },
    {
      what: 'two endpoints',
      spec: s3({ endpointURL: 'https://a' }, { cloud: { endpointURL: 'https://b' } }),
      rule: 'spec.cloud.endpointURL and spec.storage.cloud.endpointURL differ; keep the one below storage',
    },
    {
      what: 'two path styles',
      spec: s3({ region, forcePathStyle: true }, { cloud: { forcePathStyle: false } }),
      rule: 'spec.cloud.forcePathStyle and spec.storage.cloud.forcePathStyle differ; keep the one below storage',
    },
    {
      what: 'a Secret that climbs',
      spec: s3({ region, credentialsSecret: '../x' }),
      rule: 'write the name of a Kubernetes object: lower-case letters, digits, "-" and "."',
    },
    {
      what: "Azure's account for Amazon",
      spec: s3({ region, account: 'mybackups' }),
      rule: 'spec.storage.cloud.account belongs to storage type azure; remove it',
    },
    {
      what: "Azure's account for Amazon, in the older place",
      spec: s3({ region }, { cloud: { account: 'mybackups' } }),
      rule: 'spec.cloud.account belongs to storage type azure; remove it',
    },
    {
      what: 'an account of two letters',
      spec: azure({ account: 'my' }),
      rule: 'write the name of an Azure storage account: 3 to 24 lower-case letters and digits',
    },
    {
      what: "Amazon's path style for Google",
      spec: gcs({ forcePathStyle: true }),
      rule: 'spec.storage.cloud.forcePathStyle belongs to storage type s3; remove it',
    },
    {
      what: "Amazon's path style for Azure",
      spec: azure({ forcePathStyle: true }),
      rule: 'spec.storage.cloud.forcePathStyle belongs to storage type s3; remove it',
    },
    {
      what: "Amazon's checksums for Azure",
      spec: azure({ checksumMode: 'WhenRequired' }),
      rule: 'spec.storage.cloud.checksumMode belongs to storage type s3; remove it',
    },
    {
      what: 'an endpoint without a scheme',
      spec: at('minio:9000'),
      rule: 'write an address that starts with https:// or http://',
    },
    {
      what: 'an endpoint of another kind',
      spec: at('file:///etc/passwd'),
      rule: 'write an address that starts with https:// or http://',
    },
    {
      what: 'an endpoint with a blank',
      spec: at('https://a b'),
      rule: 'is not an address; write one such as https://minio.example:9000',
    },
    { what: 'an endpoint with a query', spec: at('https://minio?x=1'), rule: 'write only scheme, host, port and path' },
    {
      what: 'an endpoint with a password',
      spec: at('https://key:hunter2@minio'),
      rule: 'has credentials in it; put them into a Secret and name it in credentialsSecret',
    },
    {
      what: 'an endpoint with a port nobody has',
      spec: at('https://minio:99999'),
      later: 'spec.storage.cloud.endpointURL is not an address; write one such as https://minio.example:9000',
    },
    {
      what: 'an identity of another provider',
      spec: s3({ region, identity: { provider: 'gcp' } }),
      rule: `spec.storage.cloud.identity.provider ${fits}`,
    },
    {
      what: 'two accounts',
      spec: s3({ region, identity: { serviceAccount: 'a', autoCreate: { enabled: true } } }),
      rule: 'has no meaning beside serviceAccount, which exists already; remove one of the two',
    },
    {
      what: 'no account at all',
      spec: s3({ region, identity: { autoCreate: { enabled: false } } }),
      rule: 'is false and no serviceAccount is named, so the Job would have no account; name one, or set it to true',
    },
    {
      what: 'annotations for nobody',
      spec: s3({ region, identity: { serviceAccount: 'a', autoCreate: { enabled: false, annotations } } }),
      rule: 'has no meaning while autoCreate.enabled is false; remove one of the two',
    },
    {
      what: 'an account in each place',
      spec: s3({ region, identity: { serviceAccount: 'a' } }, { cloud: { identity: { serviceAccount: 'b' } } }),
      rule: 'spec.cloud.identity differs from spec.storage.cloud.identity; give it once',
    },
    {
      what: 'an authority of its own without TLS',
      spec: s3({ endpointURL: 'http://minio.example', caSecret: 'ca' }),
      rule: 'caSecret has no meaning with an endpointURL that starts with http://; write https://, or remove caSecret',
    },
    {
      what: 'an authority of its own that neo4j-admin would have to know',
      spec: s3({ region, caSecret: 'ca' }, { options: { transfer: 'Direct' } }),
      rule: 'spec.options.transfer is Direct, and neo4j-admin does not know the authority of storage.cloud.caSecret; write Auto or leave it out',
    },
  ],
};

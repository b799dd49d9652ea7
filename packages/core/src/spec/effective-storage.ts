import {
  cloudContradiction,
  cloudFieldElsewhere,
  cloudFieldOwners,
  cloudFields,
  providerMismatch,
  sentences,
  type CloudSettings,
  type EffectiveAzure,
  type EffectiveGcs,
  type EffectiveIdentity,
  type EffectivePvc,
  type EffectiveS3,
  type EffectiveStorage,
  type ParsedSpec,
} from '@holdfast/types';
import { parseEndpoint } from './endpoint.ts';
import type { Findings } from './findings.ts';
import { readIdentity } from './identity.ts';
import { parseStorePath } from './path.ts';
import { parseSize } from './quantity.ts';

/** Where a backup goes; absent when refused, or when this version cannot write to that kind of store. */
export function effectiveStorage(
  spec: ParsedSpec,
  backupName: string,
  findings: Findings,
): EffectiveStorage | undefined {
  const path = findings.read('spec.storage.path', spec.storage.path, parseStorePath) ?? '';
  return spec.storage.type === 'pvc' ? readClaim(spec, backupName, path, findings) : readBucket(spec, path, findings);
}

function readClaim(spec: ParsedSpec, backupName: string, path: string, findings: Findings): EffectivePvc {
  const { bucket, cloud, pvc } = spec.storage;
  if (bucket !== undefined) findings.invalid('spec.storage.bucket', sentences.bucketWithPvc);
  if (cloud !== undefined) findings.invalid('spec.storage.cloud', sentences.cloudWithPvc);
  if (spec.cloud !== undefined) findings.invalid('spec.cloud', sentences.topCloudWithPvc);
  findings.read('spec.storage.pvc.size', pvc?.size, parseSize);
  const storageClass = pvc?.storageClass ?? pvc?.storageClassName;
  if (pvc?.storageClassName !== undefined && storageClass !== pvc.storageClassName) {
    findings.invalid('spec.storage.pvc.storageClassName', sentences.classTwice);
  }
  const accessModes = pvc?.accessModes ?? ['ReadWriteOnce'];
  return {
    type: 'pvc',
    claim: pvc?.name ?? `${backupName}-backups`,
    path,
    ...(pvc?.size !== undefined && {
      create: { size: pvc.size, ...(storageClass !== undefined && { storageClass }), accessModes },
    }),
  };
}

type Bucket = EffectiveS3 | EffectiveGcs | EffectiveAzure;

const providers = { s3: 'aws', gcs: 'gcp', azure: 'azure' } as const;

function readBucket(spec: ParsedSpec, path: string, findings: Findings): Bucket | undefined {
  const { type, bucket, pvc } = spec.storage;
  if (bucket === undefined) findings.invalid('spec.storage.bucket', sentences.bucketMissing);
  if (pvc !== undefined) findings.invalid('spec.storage.pvc', sentences.pvcWithoutPvc);
  const cloud = readCloud(spec, findings);
  if (type === 'pvc') return undefined;
  refuseOtherStores(spec, type, findings);
  const endpointUrl = readEndpoint(spec, cloud, findings);
  if (cloud?.caSecret !== undefined && endpointUrl?.startsWith('http:'))
    findings.invalid(`${placeOf('caSecret', spec)}.caSecret`, sentences.authorityWithoutTls);
  const identity = readIdentity(spec, providers[type], findings);
  const reading = { cloud, endpointUrl, identity };
  if (type === 'azure') return bucket === undefined ? undefined : azureOf(bucket, path, reading);
  if (type === 'gcs') return bucket === undefined ? undefined : { type, bucket, path, ...usual(reading) };
  // Without any cloud settings the installation's own defaults may name an endpoint and a region.
  if (cloud && cloud.region === undefined && cloud.endpointURL === undefined)
    findings.invalid('spec.storage.cloud.region', sentences.regionMissing);
  if (bucket === undefined) return undefined;
  const checksumMode = cloud?.checksumMode ?? (endpointUrl === undefined ? undefined : 'WhenRequired');
  return {
    type: 's3',
    bucket,
    path,
    ...(cloud?.region !== undefined && { region: cloud.region }),
    ...(cloud?.forcePathStyle !== undefined && { forcePathStyle: cloud.forcePathStyle }),
    ...(checksumMode && { checksumMode }),
    ...usual(reading),
  };
}

/** A provider, or a field, that speaks of another type of store. */
function refuseOtherStores(spec: ParsedSpec, type: keyof typeof providers, findings: Findings): void {
  for (const [place, cloud] of [
    ['spec.storage.cloud', spec.storage.cloud],
    ['spec.cloud', spec.cloud],
  ] as const) {
    if (cloud?.provider !== undefined && cloud.provider !== providers[type])
      findings.invalid(`${place}.provider`, providerMismatch(place));
    for (const [field, owner] of Object.entries(cloudFieldOwners) as [keyof typeof cloudFieldOwners, string][]) {
      if (cloud?.[field] !== undefined && owner !== type)
        findings.invalid(`${place}.${field}`, cloudFieldElsewhere(place, field));
    }
  }
}

interface CloudReading {
  readonly cloud: CloudSettings | undefined;
  readonly endpointUrl: string | undefined;
  readonly identity: EffectiveIdentity | undefined;
}

function azureOf(bucket: string, path: string, reading: CloudReading): EffectiveAzure {
  const account = reading.cloud?.account;
  return { type: 'azure', bucket, path, ...(account !== undefined && { account }), ...usual(reading) };
}

/** What is said of every store in a cloud. */
function usual({
  cloud,
  endpointUrl,
  identity,
}: CloudReading): Partial<Pick<EffectiveGcs, 'endpointUrl' | 'credentialsSecret' | 'caSecret' | 'identity'>> {
  return {
    ...(endpointUrl !== undefined && { endpointUrl }),
    ...(cloud?.credentialsSecret !== undefined && { credentialsSecret: cloud.credentialsSecret }),
    ...(cloud?.caSecret !== undefined && { caSecret: cloud.caSecret }),
    ...(identity && { identity }),
  };
}

function readEndpoint(spec: ParsedSpec, cloud: CloudSettings | undefined, findings: Findings): string | undefined {
  return findings.read(`${placeOf('endpointURL', spec)}.endpointURL`, cloud?.endpointURL, parseEndpoint);
}

/** Where a field of the cloud settings was said. */
function placeOf(field: 'endpointURL' | 'caSecret', { storage }: ParsedSpec): string {
  return storage.cloud?.[field] === undefined ? 'spec.cloud' : 'spec.storage.cloud';
}

/** Both places and both spellings as one: what one place leaves out the other may say, and neither may contradict. */
function readCloud(spec: ParsedSpec, findings: Findings): CloudSettings | undefined {
  const below = oneSpelling(spec.storage.cloud, 'spec.storage.cloud', findings);
  const above = oneSpelling(spec.cloud, 'spec.cloud', findings);
  if (!below || !above) return below ?? above;
  for (const field of cloudFields) {
    if (below[field] !== undefined && above[field] !== undefined && below[field] !== above[field]) {
      findings.invalid(`spec.cloud.${field}`, cloudContradiction(field));
    }
  }
  return { ...above, ...below };
}

function oneSpelling(cloud: CloudSettings | undefined, place: string, findings: Findings): CloudSettings | undefined {
  if (!cloud) return undefined;
  const { credentialsSecretRef, ...rest } = cloud;
  if (credentialsSecretRef === undefined) return rest;
  if (rest.credentialsSecret !== undefined && rest.credentialsSecret !== credentialsSecretRef) {
    findings.invalid(`${place}.credentialsSecretRef`, sentences.credentialsTwice);
  }
  return { ...rest, credentialsSecret: rest.credentialsSecret ?? credentialsSecretRef };
}

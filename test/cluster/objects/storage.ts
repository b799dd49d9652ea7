import type { Family, Refused } from './row.ts';

const s3 = (difference: object = {}) => ({ storage: { type: 's3', bucket: 'backups', ...difference } });
const claim = (pvc: object) => ({ storage: { type: 'pvc', pvc } });
const path = (text: string) => s3({ path: text });

const characters = 'write ASCII letters, digits, "/" and any of - _ . = + @ , ~';
const steps = "write a path below the store's root";

export const storageFamily: Family = {
  taken: [
    { what: 'a bucket alone', spec: s3() },
    { what: 'a claim alone', spec: { storage: { type: 'pvc' } } },
    { what: 'a container alone', spec: { storage: { type: 'azure', bucket: 'backups' } } },
    { what: 'a bucket of Google', spec: { storage: { type: 'gcs', bucket: 'backups' } } },
    { what: "Azure's own container", spec: { storage: { type: 'azure', bucket: '$root' } } },
    { what: 'a path', spec: path('neo4j/production') },
    { what: 'a path with slashes around it', spec: path('/neo4j/production/') },
    { what: 'an empty path', spec: path('') },
    { what: 'a path with every character', spec: path('a-b_c.d=e+f@g,h~i/0') },
    { what: 'a path with dots that climb nowhere', spec: path('..hidden/a..b') },
    { what: 'a path on a claim', spec: { storage: { type: 'pvc', path: 'neo4j' } } },
    { what: 'a folder name of 255 characters', spec: path('x'.repeat(255)) },
    { what: 'an empty claim', spec: claim({}) },
    { what: 'a claim that is there', spec: claim({ name: 'backup-storage' }) },
    { what: 'a claim to be made', spec: claim({ name: 'new', size: '100Gi', storageClass: 'fast-ssd' }) },
    { what: 'the other spelling of the class', spec: claim({ size: '1Ti', storageClassName: 'fast-ssd' }) },
    {
      what: 'both spellings of the class alike',
      spec: claim({ size: '1Ti', storageClass: 'a', storageClassName: 'a' }),
    },
    { what: 'a claim for many', spec: claim({ size: '5G', accessModes: ['ReadWriteMany'] }) },
    { what: 'a size with a fraction', spec: claim({ size: '1.5Ti' }) },
    { what: 'a size with an exponent', spec: claim({ size: '1e12' }) },
    { what: 'a size in bytes', spec: claim({ size: '107374182400' }) },
  ],
  refused: [
    { what: 'no storage', spec: { storage: undefined }, server: 'spec.storage: Required value' },
    { what: 'a storage without a type', spec: { storage: {} }, server: 'spec.storage.type: Required value' },
    {
      what: 'a type in capitals',
      spec: { storage: { type: 'S3', bucket: 'b' } },
      server: 'spec.storage.type: Unsupported value: "S3": supported values: "s3", "gcs", "azure", "pvc"',
    },
    {
      what: 'an S3 block of its own',
      spec: s3({ s3: { bucket: 'b' } }),
      server: 'unknown field "spec.storage.s3"',
    },
    {
      what: 'a list of buckets',
      spec: s3({ bucket: ['a'] }),
      server: 'spec.storage.bucket in body must be of type string: "array"',
    },
    {
      what: 'an access mode nobody has',
      spec: claim({ accessModes: ['ReadOnlyMany'] }),
      server: 'Unsupported value: "ReadOnlyMany"',
    },
    {
      what: 'no access mode',
      spec: claim({ accessModes: [] }),
      server: 'spec.storage.pvc.accessModes in body should have at least 1 items',
    },
    {
      what: 'a number for a size',
      spec: claim({ size: 100 }),
      server: 'spec.storage.pvc.size in body must be of type string',
    },
    {
      what: 'a path of 513 characters',
      spec: path('a/'.repeat(257).slice(0, 513)),
      server: 'spec.storage.path: Too long',
    },
    {
      what: 'a bucket that is missing',
      spec: { storage: { type: 's3' } },
      rule: 'spec.storage.bucket is missing; name the bucket or container that this storage type writes to',
    },
    {
      what: 'a bucket beside a claim',
      spec: { storage: { type: 'pvc', bucket: 'b' } },
      rule: 'spec.storage.bucket has no meaning with storage type pvc; remove it, or name the claim in spec.storage.pvc.name',
    },
    {
      what: 'a claim beside a bucket',
      spec: s3({ pvc: { name: 'x' } }),
      rule: 'spec.storage.pvc has no meaning with this storage type; remove it, or set spec.storage.type to pvc',
    },
    {
      what: 'a bucket with a scheme',
      spec: s3({ bucket: 's3://backups' }),
      rule: 'write the bare name of the bucket or container, without a scheme or a path',
    },
    {
      what: 'a bucket with a path',
      spec: s3({ bucket: 'backups/daily' }),
      rule: 'write the bare name of the bucket or container, without a scheme or a path',
    },
    {
      what: 'a claim that climbs',
      spec: claim({ name: '../x' }),
      rule: 'write the name of a Kubernetes object: lower-case letters, digits, "-" and "."',
    },
    {
      what: 'two spellings of the class that differ',
      spec: claim({ size: '1Gi', storageClass: 'a', storageClassName: 'b' }),
      rule: 'spec.storage.pvc.storageClass and storageClassName are the same field and differ; keep one of them',
    },
    ...(['big', '10 Gi', '-5Gi', '5GB', '1,5Gi'] as const).map((size): Refused => ({
      what: `a size of ${size}`,
      spec: claim({ size }),
      rule: 'write a Kubernetes quantity such as 100Gi',
    })),
    ...(['0', '0Gi', '0.00Ti', '0.5', '999m'] as const).map((size): Refused => ({
      what: `a size of ${size}`,
      spec: claim({ size }),
      rule: 'write a size above zero, such as 100Gi',
    })),
    {
      what: 'a size that is nothing after all',
      spec: claim({ size: '1e-9' }),
      later: 'spec.storage.pvc.size is "1e-9"; write a size above zero, such as 100Gi',
    },
    { what: 'a path that climbs', spec: path('../other'), rule: steps },
    { what: 'a path that climbs later', spec: path('a/../../b'), rule: steps },
    { what: 'a path that stays', spec: path('a/./b'), rule: steps },
    { what: 'a path with an empty step', spec: path('a//b'), rule: 'write one slash between two folders' },
    { what: 'a path in Unicode', spec: path('säkerhet/备份'), rule: characters },
    { what: 'a path with a line break', spec: path('a\nb'), rule: characters },
    { what: 'a path with a blank', spec: path('a b'), rule: characters },
    { what: 'a path with a backslash', spec: path(String.raw`a\..\b`), rule: characters },
    { what: 'a path in per cent', spec: path('a%2e%2e/b'), rule: characters },
    { what: 'a folder name of 256 characters', spec: path('x'.repeat(256)), rule: 'write a shorter one' },
  ],
};

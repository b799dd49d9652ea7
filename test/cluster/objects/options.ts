import type { Family, Taken } from './row.ts';

const options = (fields: object) => ({ options: fields });
const staged = { transfer: 'Staged' };
const encryption = (fields: object, more: object = {}) => options({ encryption: fields, ...more });

export const optionsFamily: Family = {
  taken: [
    { what: 'no option at all', spec: options({}) },
    ...['AUTO', 'FULL', 'DIFF'].map((backupType): Taken => ({
      what: `type ${backupType}`,
      spec: options({ backupType }),
    })),
    { what: 'limits of a chain', spec: options({ fullInterval: '1w', maxChainLength: 10 }) },
    { what: 'staged with a volume for chains', spec: options({ ...staged, workVolume: 'chains' }) },
    { what: 'direct', spec: options({ transfer: 'Direct' }) },
    { what: 'no compression', spec: options({ compress: false }) },
    ...['512', '512K', '8M', '4G'].map((pageCache): Taken => ({
      what: `a page cache of ${pageCache}`,
      spec: options({ pageCache }),
    })),
    { what: 'encryption switched off', spec: encryption({ enabled: false }) },
    { what: 'encryption left for later', spec: encryption({ keySecret: 'keys' }) },
    { what: 'encryption', spec: encryption({ enabled: true, keySecret: 'keys', algorithm: 'AES256' }) },
    {
      what: 'encryption by another entry',
      spec: encryption({ enabled: true, keySecret: 'keys', keySecretKey: '2026.key' }),
    },
    {
      what: 'encryption that keeps its chain',
      spec: encryption({ enabled: true, keySecret: 'keys' }, { workVolume: 'chains' }),
    },
    { what: 'verification', spec: options({ verifyBackup: true }) },
    { what: 'the other spelling of it', spec: options({ verify: true }) },
    { what: 'both spellings of it alike', spec: options({ verify: false, verifyBackup: false }) },
    { what: 'times and attempts', spec: options({ deadline: '6h', stallTimeout: '45m', retries: 0 }) },
    { what: 'a scratch volume', spec: options({ tempStorage: { size: '200Gi', storageClass: 'fast-ssd' } }) },
    { what: 'the usual way to Neo4j', spec: options({ transport: 'network' }) },
    { what: 'no event and no goal', spec: { triggers: [], objectives: {} } },
    {
      what: 'events that start a run',
      spec: { triggers: [{ on: 'TargetUpgrade', backupType: 'FULL' }, { on: 'DatabaseCreated' }] },
    },
  ],
  refused: [
    {
      what: 'a type in lower case',
      spec: options({ backupType: 'full' }),
      server: 'spec.options.backupType: Unsupported value: "full": supported values: "FULL", "DIFF", "AUTO"',
    },
    {
      what: 'a number for compression',
      spec: options({ compress: 1 }),
      server: 'spec.options.compress in body must be of type boolean: "integer"',
    },
    {
      what: 'an option of another product',
      spec: options({ type: 'FULL' }),
      server: 'unknown field "spec.options.type"',
    },
    {
      what: 'a chain of nothing',
      spec: options({ maxChainLength: 0 }),
      server: 'spec.options.maxChainLength in body should be greater than or equal to 1',
    },
    {
      what: 'eleven attempts',
      spec: options({ retries: 11 }),
      server: 'spec.options.retries in body should be less than or equal to 10',
    },
    {
      what: 'a transfer nobody has',
      spec: options({ transfer: 'Streamed' }),
      server: 'spec.options.transfer: Unsupported value: "Streamed"',
    },
    {
      what: 'a key of a cloud',
      spec: encryption({ enabled: true, kmsKeyId: 'x' }),
      server: 'unknown field "spec.options.encryption.kmsKeyId"',
    },
    {
      what: 'a scratch volume without a size',
      spec: options({ tempStorage: {} }),
      server: 'spec.options.tempStorage.size: Required value',
    },
    {
      what: 'an algorithm nobody has',
      spec: encryption({ algorithm: 'AES128' }),
      server: 'spec.options.encryption.algorithm: Unsupported value: "AES128"',
    },
    { what: 'a trigger without its event', spec: { triggers: [{}] }, server: 'spec.triggers[0].on: Required value' },
    {
      what: 'a trigger nobody has',
      spec: { triggers: [{ on: 'Always' }] },
      server: 'spec.triggers[0].on: Unsupported value: "Always"',
    },
    {
      what: 'a page cache with a fraction',
      spec: options({ pageCache: '1.5G' }),
      rule: 'write a number with K, M or G, such as 2G',
    },
    {
      what: 'a page cache in Kubernetes words',
      spec: options({ pageCache: '2Gi' }),
      rule: 'write a number with K, M or G, such as 2G',
    },
    {
      what: 'encryption without a key',
      spec: encryption({ enabled: true }),
      rule: 'spec.options.encryption.keySecret is missing; name the Secret that holds the key, or set enabled to false',
    },
    {
      what: 'an entry that is none',
      spec: encryption({ keySecretKey: 'a/b' }),
      rule: 'write the name of an entry of the Secret',
    },
    {
      what: 'encryption by Neo4j',
      spec: encryption({ enabled: true, keySecret: 'keys' }, { transfer: 'Direct' }),
      rule: 'spec.options.transfer is Direct, and neo4j-admin cannot encrypt what it writes into the store itself; write Auto or leave it out, or set encryption.enabled to false',
    },
    {
      what: 'a volume for chains that nobody fills',
      spec: options({ workVolume: 'chains' }),
      rule: 'spec.options.workVolume has no meaning while neo4j-admin writes into the store itself; remove it, or set spec.options.transfer to Staged',
    },
    {
      what: 'two answers to verification',
      spec: options({ verifyBackup: false, verify: true }),
      rule: 'spec.options.verifyBackup and verify are the same field and differ; keep one of them',
    },
    {
      what: 'a deadline below nothing',
      spec: options({ deadline: '-1h' }),
      rule: 'write whole numbers with w, d, h, m or s, such as 30d, 720h or 1h30m',
    },
    {
      what: 'a chain of no time',
      spec: options({ fullInterval: '0s' }),
      rule: 'write a duration above zero, such as 30d',
    },
    {
      what: 'a stall of ages',
      spec: options({ stallTimeout: '999999w' }),
      rule: 'write at most 36525d, a hundred years',
    },
    {
      what: 'a scratch volume of nothing',
      spec: options({ tempStorage: { size: '0' } }),
      rule: 'write a size above zero, such as 100Gi',
    },
    {
      what: 'another algorithm',
      spec: encryption({ enabled: true, keySecret: 'keys', algorithm: 'ChaCha20' }),
      later:
        'spec.options.encryption.algorithm is ChaCha20, which this version does not do yet; write AES256 or leave it out',
      reason: 'NotSupportedYet',
    },
    {
      what: 'its other spelling',
      spec: encryption({ enabled: true, keySecret: 'keys', algorithm: 'ChaCha20Poly1305' }),
      later: 'spec.options.encryption.algorithm is ChaCha20Poly1305, which this version does not do yet',
      reason: 'NotSupportedYet',
    },
    {
      what: 'a way through the pod',
      spec: options({ transport: 'exec' }),
      later: 'spec.options.transport is exec, which this version does not do yet',
      reason: 'NotSupportedYet',
    },
    {
      what: 'an event that is named twice',
      spec: { triggers: [{ on: 'SpecChanged' }, { on: 'SpecChanged', backupType: 'FULL' }] },
      later: 'spec.triggers[1].on names SpecChanged a second time; keep one of them',
    },
    {
      what: 'a goal',
      spec: { objectives: { rpo: '24h' } },
      later: 'spec.objectives is something this version does not do yet',
      reason: 'NotSupportedYet',
    },
  ],
};

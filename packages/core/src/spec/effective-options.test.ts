import { expect, test } from 'vitest';
import { read, sentencesOf } from './a-spec.ts';

const options = (given: Record<string, unknown>) => read({ options: given }).spec?.options;

function chain(retention: Record<string, unknown>): unknown[] {
  const found = read({ retention }).spec?.options;
  return [found?.fullIntervalMs, found?.maxChainLength];
}

test('chain limits follow the policy', () => {
  expect(chain({ maxAge: '8d' })).toEqual([2 * 86_400_000, undefined]);
  expect(chain({ maxAge: '90d', maxCount: 7 })).toEqual([7 * 86_400_000, 3]);
  expect(chain({ maxCount: 1 })).toEqual([7 * 86_400_000, 1]);
  expect(options({ fullInterval: '1h', maxChainLength: 5 })).toMatchObject({
    fullIntervalMs: 3_600_000,
    maxChainLength: 5,
  });
});

test('an explicit false for compression survives', () => {
  expect(options({ compress: false })?.compress).toBe(false);
});

test('fields and arguments that say the same are one argument', () => {
  expect(
    options({
      additionalArgs: ['--verbose', '--parallel-recovery', '--temp-path=/tmp/backup', '--include-metadata'],
      parallelRecovery: true,
      keepFailed: true,
      skipRecovery: false,
    }),
  ).toMatchObject({
    additionalArgs: ['--verbose', '--parallel-recovery', '--include-metadata=all', '--keep-failed=true'],
    tempPath: '/tmp/backup',
  });
});

test('encryption and staging are read with their defaults', () => {
  expect(options({ encryption: { enabled: true, keySecret: 'keys' } })?.encryption).toEqual({
    algorithm: 'AES256',
    keySecret: 'keys',
    keySecretKey: 'key',
  });
  expect(options({ transfer: 'Staged', workVolume: 'chains' })).toMatchObject({
    transfer: 'Staged',
    workVolume: 'chains',
  });
  expect(
    options({ encryption: { enabled: false, keySecret: 'keys', algorithm: 'ChaCha20' } })?.encryption,
  ).toBeUndefined();
});

test.each<[string, Record<string, unknown>]>([
  [
    'spec.options.verifyBackup and verify are the same field and differ; keep one of them',
    { options: { verifyBackup: false, verify: true } },
  ],
  [
    'spec.options.encryption.keySecret is missing; name the Secret that holds the key, or set enabled to false',
    { options: { encryption: { enabled: true } } },
  ],
  [
    'spec.options.transfer is Direct, and neo4j-admin cannot encrypt what it writes into the store itself; write Auto or leave it out, or set encryption.enabled to false',
    { options: { transfer: 'Direct', encryption: { enabled: true, keySecret: 'keys' } } },
  ],
  [
    'spec.options.workVolume has no meaning while neo4j-admin writes into the store itself; remove it, or set spec.options.transfer to Staged',
    { options: { workVolume: 'chains' } },
  ],
  [
    'spec.options.parallelRecovery and spec.options.additionalArgs[0] give --parallel-recovery different values; keep one of them',
    { options: { additionalArgs: ['--parallel-recovery'], parallelRecovery: false } },
  ],
  [
    'spec.options.additionalArgs[1] and spec.options.additionalArgs[0] give --include-metadata different values; keep one of them',
    { options: { additionalArgs: ['--include-metadata', '--include-metadata=none'] } },
  ],
  ['spec.options.tempPath is "tmp"; write an absolute path such as /scratch', { options: { tempPath: 'tmp' } }],
])('%s', (sentence, difference) => {
  expect(sentencesOf(difference)).toContain(sentence);
});

import type { ParsedSpec } from '@holdfast/types';
import { expect, test } from 'vitest';
import { Findings } from './findings.ts';
import { readIdentity } from './identity.ts';

function read(below: unknown, above?: unknown) {
  const findings = new Findings();
  const cloud = (identity: unknown) => (identity === undefined ? {} : { cloud: { identity } });
  const spec = { storage: { type: 's3', ...cloud(below) }, ...cloud(above) } as unknown as ParsedSpec;
  const identity = readIdentity(spec, 'aws', findings);
  return { identity, messages: findings.refusals.map(({ message }) => message) };
}

test('an account that exists, annotations for an own one, or nothing but the wish', () => {
  const annotations = { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::1:role/backups' };
  expect(read({ provider: 'aws', serviceAccount: 'backups' })).toEqual({
    identity: { serviceAccount: 'backups' },
    messages: [],
  });
  expect(read({ autoCreate: { enabled: true, annotations } })).toEqual({ identity: { annotations }, messages: [] });
  expect(read({ autoCreate: { annotations } })).toEqual({ identity: { annotations }, messages: [] });
  expect(read({})).toEqual({ identity: {}, messages: [] });
  expect(read(undefined, { serviceAccount: 'backups' }).identity).toEqual({ serviceAccount: 'backups' });
  expect(read(undefined)).toEqual({ identity: undefined, messages: [] });
});

test.each<[string, unknown, unknown]>([
  [
    'spec.storage.cloud.identity.provider does not match spec.storage.type; s3 goes with aws, gcs with gcp, azure with azure',
    { provider: 'gcp' },
    undefined,
  ],
  [
    'spec.storage.cloud.identity.autoCreate has no meaning beside serviceAccount, which exists already; remove one of the two',
    { serviceAccount: 'backups', autoCreate: { enabled: true } },
    undefined,
  ],
  [
    'spec.storage.cloud.identity.autoCreate has no meaning beside serviceAccount, which exists already; remove one of the two',
    { serviceAccount: 'backups', autoCreate: { annotations: { a: 'b' } } },
    undefined,
  ],
  [
    'spec.cloud.identity.autoCreate.enabled is false and no serviceAccount is named, so the Job would have no account; name one, or set it to true',
    undefined,
    { autoCreate: { enabled: false } },
  ],
  [
    'spec.storage.cloud.identity.autoCreate.annotations has no meaning while autoCreate.enabled is false; remove one of the two',
    { serviceAccount: 'backups', autoCreate: { enabled: false, annotations: { a: 'b' } } },
    undefined,
  ],
  [
    'spec.cloud.identity differs from spec.storage.cloud.identity; give it once',
    { serviceAccount: 'one' },
    { serviceAccount: 'two' },
  ],
])('%s', (message, below, above) => {
  expect(read(below, above).messages).toEqual([message]);
});

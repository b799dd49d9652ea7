import { expect, test } from 'vitest';
import { read } from './a-spec.ts';

test('values that say what is done anyway are accepted', () => {
  const { refusals } = read({
    concurrencyPolicy: 'Forbid',
    triggers: [],
    objectives: {},
    retention: { maxAge: '7d', deletePolicy: 'Archive', onDelete: 'Retain', keep: {}, maxDeletePercent: 100 },
    options: {
      encryption: { enabled: false },
      verify: false,
      verifyBackup: false,
      transfer: 'Direct',
      transport: 'network',
    },
  });
  expect(refusals).toEqual([]);
  expect(read({ options: { transfer: 'Auto', transport: 'Auto' } }).refusals).toEqual([]);
});

test.each<[string, Record<string, unknown>]>([
  ['spec.concurrencyPolicy', { concurrencyPolicy: 'Replace' }],
  ['spec.objectives', { objectives: { rpo: '1h' } }],
  [
    'spec.options.encryption.algorithm',
    { options: { encryption: { enabled: true, keySecret: 'key', algorithm: 'ChaCha20' } } },
  ],
  ['spec.options.transport', { options: { transport: 'exec' } }],
])('%s is refused by name where this version does not do it', (field, difference) => {
  const { spec, refusals } = read(difference);
  expect(spec).toBeUndefined();
  expect(refusals.map(({ reason, field: named }) => [reason, named])).toEqual([['NotSupportedYet', field]]);
  expect(refusals[0]?.message).toMatch(new RegExp(`^${field.replaceAll('.', '\\.')} is .*; .`));
});

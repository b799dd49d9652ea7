import type { VerificationLevel } from '@holdfast/types';
import { expect, test } from 'vitest';
import { provenLevel } from './proven-level.ts';

const full = (level: VerificationLevel) => ({ type: 'FULL', recovered: true, verified: { level } }) as const;
const unrecovered = (level: VerificationLevel) => ({ ...full(level), recovered: false }) as const;
const diff = (level: VerificationLevel) => ({ type: 'DIFF', recovered: false, verified: { level } }) as const;

test.each([
  ['nothing', [], undefined],
  ['one FULL that was checked', [full('consistency')], 'consistency'],
  ['DIFFs that were read back', [diff('content'), diff('content')], 'content'],
  ['a checked FULL beside a DIFF, which cannot be checked', [full('consistency'), diff('content')], 'consistency'],
  ['an unrecovered FULL, which cannot be checked', [full('consistency'), unrecovered('content')], 'consistency'],
  ['one FULL of two that could not be checked', [full('consistency'), full('content')], 'content'],
  ['a DIFF that was not read back', [full('consistency'), diff('objects')], 'objects'],
  ['nothing asked for', [full('objects'), diff('objects')], 'objects'],
  ['the lowest of those that fell short', [full('content'), diff('objects'), full('consistency')], 'objects'],
] as const)('%s', (_, artifacts, level) => {
  expect(provenLevel(artifacts)).toBe(level);
});

import { expect, test } from 'vitest';
import {
  compareVersions,
  formatVersion,
  gateArguments,
  parseVersion,
  supports,
  type EngineVersion,
} from './versions.ts';

function version(text: string): EngineVersion {
  const found = parseVersion(text);
  if (!found) throw new Error(`no version in ${text}`);
  return found;
}

test.each([
  ['5.26.4-enterprise', '5.26.4'],
  ['5.26-enterprise', '5.26.0'],
  ['2025.04.0-enterprise-ubi9', '2025.04.0'],
  ['neo4j-admin 2026.02.1', '2026.02.1'],
  ['v2025.1', '2025.01.0'],
])('%s is read', (text, formatted) => {
  expect(formatVersion(version(text))).toBe(formatted);
});

test.each(['latest', 'enterprise', '', '5', 'sha256:4f1c', '5-enterprise'])('%j says no version', (text) => {
  expect(parseVersion(text)).toBeUndefined();
});

test('calendar versions are newer than the 5.x line', () => {
  const ordered = ['5.25.1', '5.26.0', '5.26.12', '2025.01.0', '2025.10.1', '2026.02.0'].map(version);
  expect(ordered.toSorted(compareVersions)).toEqual(ordered);
});

test('what came to one line in a patch and to the other in a month is known for both', () => {
  expect(supports(version('5.26.3'), 'azureEndpoint')).toBe(false);
  expect(supports(version('5.26.4'), 'azureEndpoint')).toBe(true);
  expect(supports(version('2025.02'), 'azureEndpoint')).toBe(false);
  expect(supports(version('2025.03'), 'azureEndpoint')).toBe(true);
  expect(supports(version('5.26.99'), 'backupAggregate')).toBe(false);
});

test.each([
  ['--prefer-diff-as-parent', '2025.03', '2025.04'],
  ['--remote-address-resolution=true', '2025.08', '2025.09'],
  ['--include-metadata=users=alice', '2025.09', '2025.10'],
  ['--parallel-download', '2025.10', '2025.11'],
  ['--skip-recovery', '5.26.1', '2025.11'],
])('%s is refused by %s and taken by %s', (argument, before, from) => {
  expect(gateArguments(['--verbose', argument], version(before))).toMatch(
    /needs Neo4j .* and the target runs .*; remove it/,
  );
  expect(gateArguments(['--verbose', argument], version(from))).toBeUndefined();
});

test('options that every supported version has are never gated', () => {
  expect(
    gateArguments(
      ['--parallel-recovery', '--include-metadata=all', '--keep-failed', '--verbose', '--future-option'],
      version('5.26.0'),
    ),
  ).toBeUndefined();
});

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatArgument, parseArgument } from './arguments.ts';
import { Refused } from './refused.ts';

test.each([
  ['--parallel-recovery', '--parallel-recovery'],
  ['--verbose', '--verbose'],
  ['--keep-failed=true', '--keep-failed=true'],
  ['--include-metadata', '--include-metadata=all'],
  ['--include-metadata=users=alice,bob', '--include-metadata=users=alice,bob'],
  ['--temp-path=/tmp/backup', '--temp-path=/tmp/backup'],
  ['--option-of-a-later-version=some value', '--option-of-a-later-version=some value'],
])('%s is taken', (text, argument) => {
  expect(formatArgument(parseArgument(text))).toBe(argument);
});

test.each([
  ['--to-path=/elsewhere', 'contains --to-path, which is not accepted (it follows from spec.storage)'],
  ['--from=a:6362', 'contains --from, which is not accepted (it follows from spec.target)'],
  ['--type=FULL', 'write spec.options.backupType'],
  ['--TYPE=FULL', 'write spec.options.backupType'],
  ['--compress=false', 'write spec.options.compress'],
  ['--no-compress', 'write spec.options.compress'],
  ['--pagecache=1G', 'write spec.options.pageCache'],
  ['--expand-commands', 'it runs commands'],
  ['--additional-config=/etc/x', 'it reads settings from a file'],
  ['--inspect-path=/x', 'it makes no backup'],
  ['--skip-producing-empty-diff', 'Neo4j announced it and withdrew it'],
  ['--to=/elsewhere', 'looks like an abbreviation of --to-path'],
  ['--expand', 'looks like an abbreviation of --expand-commands'],
  ['--add=/etc/x', 'looks like an abbreviation of --additional-config'],
  ['--f=a:6362', 'looks like an abbreviation of --from'],
  ['--parallel-d', 'looks like an abbreviation of --parallel-download'],
  ['@/etc/arguments', 'write one option that starts with "--"'],
  ['neo4j', 'write one option that starts with "--"'],
  ['-h', 'write one option that starts with "--"'],
  ['--', 'write one option that starts with "--"'],
  ['--verbose --to-path=/x', 'write one option that starts with "--"'],
  ['--to-path /x', 'write one option that starts with "--"'],
  ['--verbose=maybe', 'write true or false'],
  ['--temp-path', 'write --temp-path=/tmp/backup'],
  ['--include-metadata=passwords', 'write all, none, users, roles'],
  ['--other=a\u0000b', 'contains a control character'],
])('%j is refused', (text, sentence) => {
  expect(() => parseArgument(text)).toThrow(Refused);
  expect(() => parseArgument(text)).toThrow(sentence);
});

test('whatever is written, nothing owned ever passes', () => {
  const owned = /^--(no-)?(to-path|from|type|compress|pagecache|inspect-path|expand-commands|additional-config)(=|$)/i;
  const text = fc.oneof(
    fc.string(),
    fc
      .tuple(
        fc.constantFrom('--', '-', '--no-', ''),
        fc.constantFrom('to-path', 'FROM', 'type', 'expand-commands', 'verbose'),
        fc.string(),
      )
      .map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(text, (written) => {
      try {
        const argument = formatArgument(parseArgument(written));
        expect(argument).toMatch(/^--[a-z]/);
        expect(argument).not.toMatch(owned);
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
      }
    }),
  );
});

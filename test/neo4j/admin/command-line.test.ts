import { expect, test } from 'vitest';
import { parseCommandLine, valueOf, type CommandLine } from './command-line.ts';
import { parseVersion } from './version.ts';

const noFile = (path: string): string[] => {
  throw new Error(`no file ${path}`);
};
const ask = (version: string, ...argv: string[]) => parseCommandLine(argv, parseVersion(version), noFile);
function line(...argv: string[]): CommandLine {
  const asked = ask('2026.03', ...argv);
  if (asked.kind !== 'command') throw new Error(JSON.stringify(asked));
  return asked.line;
}

const backup = ['database', 'backup', '--to-path=/b'];
const gates: readonly [since: string, before: string, argv: string[]][] = [
  ['2025.04', '2025.03', [...backup, '--prefer-diff-as-parent']],
  ['2025.09', '2025.08', [...backup, '--remote-address-resolution=true']],
  ['2025.11', '2025.10', [...backup, '--parallel-download']],
  ['2025.11', '5.26.9', [...backup, '--skip-recovery=true']],
  ['2025.01', '5.26.20', ['backup', 'aggregate', '--from-path=/b']],
  ['2025.02', '2025.01', ['database', 'restore', '--from-path=/b', '--source-database=a', 'neo4j']],
  ['2025.12', '2025.11', ['backup', 'validate', '--from-path=/b', '--database=a']],
];

test.each(gates)('%s knows what %s refuses: %j', (since, before, argv) => {
  expect(ask(since, ...argv).kind).toBe('command');
  expect(ask(before, ...argv)).toMatchObject({ kind: 'wrong', message: expect.stringContaining('Unmatched argument') });
});

test('every version still knows the older name of aggregate', () => {
  for (const version of ['5.26', '2026.03']) {
    expect(ask(version, 'database', 'aggregate-backup', '--from-path=/b').kind).toBe('command');
  }
});

test.each([
  ['an unknown option', [...backup, '--skip-producing-empty-diff']],
  ['an unknown command', ['database', 'explode']],
  ['a missing required option', ['database', 'backup', 'neo4j']],
  ['a missing parameter', ['database', 'check']],
  ['both latest options', ['backup', 'inspect', '--latest-backup', '--latest-chain', '/b']],
  ['an impossible type', [...backup, '--type=HALF']],
  ['a value for a boolean that is none', [...backup, '--compress=maybe']],
  ['an option without its value', ['database', 'backup', '--to-path']],
])('%s is wrong use', (_what, argv) => {
  expect(ask('2026.03', ...argv).kind).toBe('wrong');
});

test('values may be attached or follow', () => {
  const read = line('database', 'backup', '--to-path', '/b', '--type=diff', '--compress', 'false', 'a', 'b');
  expect(valueOf(read, '--to-path')).toBe('/b');
  expect(valueOf(read, '--compress')).toBe('false');
  expect(read.parameters).toEqual(['a', 'b']);
});

test('a list of addresses is greedy, repeatable and may be joined by commas', () => {
  const read = line('database', 'backup', '--from=a:1,b:1', '--from', 'c:1', 'd:1', '--to-path=/b', 'neo4j');
  expect(read.values.get('--from')).toEqual(['a:1', 'b:1', 'c:1', 'd:1']);
  expect(read.parameters).toEqual(['neo4j']);
});

test('an argument file stands for its words', () => {
  const asked = parseCommandLine(['@/f'], parseVersion('5.26'), () => [...backup, '*']);
  expect(asked).toMatchObject({ kind: 'command', line: { parameters: ['*'] } });
});

import type { Family, Refused, Taken } from './row.ts';

const args = (...additionalArgs: unknown[]) => ({ options: { additionalArgs } });
const owned = (argument: string, why: string): Refused => ({
  what: `the argument ${argument}`,
  spec: args(argument),
  rule: `which is not accepted (${why}); remove it`,
});

/** As many resources as there may be, each of a name as long as it may be. */
function thirtyTwo(amount: string): object {
  return Object.fromEntries(Array.from({ length: 32 }, (_, index) => [`${index}`.padStart(250, 'x'), amount]));
}

const oneOption = 'write one option that starts with "--", and its value after "="';

export const argumentsFamily: Family = {
  taken: [
    ...[
      '--parallel-recovery',
      '--verbose',
      '--keep-failed=true',
      '--include-metadata',
      '--include-metadata=users=alice,bob',
      '--temp-path=/tmp/backup',
      '--Verbose',
      '--option-of-a-later-version=some value with "quotes", $(commands) and `ticks`',
    ].map((argument): Taken => ({ what: `the argument ${argument}`, spec: args(argument) })),
    { what: 'no argument', spec: args() },
    { what: '64 arguments', spec: args(...Array.from({ length: 64 }, (_, index) => `--x${index}=${'y'.repeat(900)}`)) },
    {
      what: 'an argument and a field alike',
      spec: { options: { additionalArgs: ['--parallel-recovery'], parallelRecovery: true } },
    },
    {
      what: 'every switch as a field',
      spec: {
        options: {
          preferDiffAsParent: true,
          parallelDownload: true,
          remoteAddressResolution: false,
          skipRecovery: true,
          parallelRecovery: true,
          keepFailed: true,
        },
      },
    },
    ...['all', 'none', 'users', 'roles', 'users=alice,bob'].map((includeMetadata): Taken => ({
      what: `metadata ${includeMetadata}`,
      spec: { options: { includeMetadata } },
    })),
    { what: 'a scratch folder', spec: { options: { tempPath: '/scratch' } } },
    { what: 'a scratch folder below /tmp', spec: { options: { tempPath: '/tmp/backup/' } } },
  ],
  refused: [
    {
      what: 'a text for arguments',
      spec: { options: { additionalArgs: '--verbose' } },
      server: 'spec.options.additionalArgs in body must be of type array: "string"',
    },
    {
      what: 'a number among arguments',
      spec: args('--verbose', 5),
      server: 'spec.options.additionalArgs[1] in body must be of type string: "integer"',
    },
    {
      what: '65 arguments',
      spec: args(...Array.from({ length: 65 }, (_, index) => `--x${index}`)),
      server: 'spec.options.additionalArgs: Too many: 65: must have at most 64 items',
    },
    {
      what: 'an argument of 1,025 characters',
      spec: args(`--x=${'y'.repeat(1021)}`),
      server: 'spec.options.additionalArgs[0]: Too long: may not be more than 1024 bytes',
    },
    ...[
      'neo4j',
      '-h',
      '--',
      '@/etc/passwd',
      '$(touch /tmp/x)',
      '--verbose --to-path=/x',
      '--to-path /x',
      '--ünicode',
    ].map((argument): Refused => ({ what: `the argument ${argument}`, spec: args(argument), rule: oneOption })),
    { what: 'an argument with a line break', spec: args('--keep=a\nb'), rule: 'contains a control character' },
    owned('--to-path=/elsewhere', 'it follows from spec.storage'),
    owned('--TO-PATH=/elsewhere', 'it follows from spec.storage'),
    owned('--from=a:6362', 'it follows from spec.target'),
    owned('--type=FULL', 'write spec.options.backupType'),
    owned('--no-compress', 'write spec.options.compress'),
    owned('--pagecache=1G', 'write spec.options.pageCache'),
    owned('--inspect-path=/x', 'it makes no backup'),
    owned('--expand-commands', 'it runs commands that stand in configuration files'),
    owned('--additional-config=/etc/x', 'it reads settings from a file that nobody checked'),
    owned('--help', 'it makes no backup'),
    ...['--to-p=/x', '--expand', '--f=a:6362', '--parallel-d', '--No-Comp'].map((argument): Refused => ({
      what: `the abbreviation ${argument}`,
      spec: args(argument),
      rule: 'write names in full',
    })),
    { what: 'a switch with a command', spec: args('--verbose=$(id)'), rule: 'write true or false' },
    {
      what: 'metadata nobody has',
      spec: args('--include-metadata=passwords'),
      rule: 'write all, none, users, roles, or users=<name>,…',
    },
    {
      what: 'metadata nobody has, as a field',
      spec: { options: { includeMetadata: 'passwords' } },
      rule: 'write all, none, users, roles, or users=<name>,…',
    },
    { what: 'a scratch folder without a name', spec: args('--temp-path'), rule: 'write --temp-path=/tmp/backup' },
    {
      what: 'a scratch folder over the system',
      spec: args('--temp-path=/etc/x'),
      rule: 'is a folder that the container needs itself; write a folder such as /scratch',
    },
    {
      what: 'a scratch folder over the root',
      spec: { options: { tempPath: '/' } },
      rule: 'write a folder such as /tmp/backup',
    },
    {
      what: 'a scratch folder over all of /tmp',
      spec: { options: { tempPath: '/tmp/' } },
      rule: 'write a folder such as /tmp/backup',
    },
    {
      what: 'a scratch folder over libraries',
      spec: { options: { tempPath: '/usr/lib' } },
      rule: 'write a folder such as /scratch',
    },
    {
      what: 'a scratch folder somewhere',
      spec: { options: { tempPath: 'scratch' } },
      rule: 'write an absolute path such as /scratch',
    },
    {
      what: 'a scratch folder that climbs',
      spec: { options: { tempPath: '/scratch/../etc' } },
      rule: "write a path below the store's root",
    },
    {
      what: 'a switch on and off',
      spec: { options: { additionalArgs: ['--parallel-recovery'], parallelRecovery: false } },
      rule: 'give --parallel-recovery different values; keep one of them',
    },
    {
      what: 'metadata all and none',
      spec: { options: { additionalArgs: ['--include-metadata'], includeMetadata: 'none' } },
      rule: 'give --include-metadata different values; keep one of them',
    },
    {
      what: 'two scratch folders',
      spec: { options: { additionalArgs: ['--temp-path=/a'], tempPath: '/b' } },
      rule: 'give --temp-path different values; keep one of them',
    },
    {
      what: 'more mistakes than a condition has room for',
      spec: {
        options: {
          additionalArgs: Array.from({ length: 64 }, (_, index) => `--verbose=${index % 2 === 0}`),
          resources: { requests: thirtyTwo('lots'), limits: thirtyTwo('more') },
        },
      },
      later: 'spec.options.additionalArgs[1] and spec.options.additionalArgs[0] give --verbose different values',
    },
    {
      what: 'an argument twice',
      spec: args('--include-metadata', '--include-metadata=none'),
      later:
        'spec.options.additionalArgs[1] and spec.options.additionalArgs[0] give --include-metadata different values; keep one of them',
    },
  ],
};

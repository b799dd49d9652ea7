import { has, type Version } from './version.ts';

/** `value` takes one value, `list` takes as many as follow it, `boolean` may stand alone, `flag` takes no value. */
export interface OptionRule {
  readonly name: string;
  readonly kind: 'value' | 'list' | 'boolean' | 'flag';
  /** First version that knows it. */
  readonly since?: string;
  /** The only values allowed, compared without case. */
  readonly oneOf?: readonly string[];
  readonly pattern?: RegExp;
}

/** One command of `neo4j-admin`. */
export interface CommandRule {
  readonly words: readonly [string, string];
  readonly does: 'backup' | 'inspect' | 'aggregate' | 'check' | 'restore' | 'load' | 'validate';
  readonly since?: string;
  readonly options: readonly OptionRule[];
  /** Each line is a set of options of which one must be given. */
  readonly required: readonly (readonly string[])[];
  readonly parameters: { readonly min: number; readonly max: number; readonly label: string };
}

/** The commands that a version knows, without the options it does not know. */
export function commandsOf(version: Version): CommandRule[] {
  return commands
    .filter(({ since }) => has(version, since))
    .map((command) => ({ ...command, options: command.options.filter(({ since }) => has(version, since)) }));
}

const size = /^\d+[kKmMgG]?$/;
const everyCommand: readonly OptionRule[] = [
  { name: '--verbose', kind: 'flag' },
  { name: '--help', kind: 'flag' },
  { name: '--expand-commands', kind: 'flag' },
  { name: '--additional-config', kind: 'value' },
];

const backupOptions: readonly OptionRule[] = [
  { name: '--to-path', kind: 'value' },
  { name: '--from', kind: 'list' },
  { name: '--type', kind: 'value', oneOf: ['FULL', 'DIFF', 'AUTO'] },
  { name: '--compress', kind: 'boolean' },
  { name: '--include-metadata', kind: 'value', pattern: /^(all|none|users|roles|(users|roles)=.+)$/i },
  { name: '--temp-path', kind: 'value' },
  { name: '--pagecache', kind: 'value', pattern: size },
  { name: '--keep-failed', kind: 'boolean' },
  { name: '--parallel-recovery', kind: 'boolean' },
  { name: '--inspect-path', kind: 'value' },
  { name: '--prefer-diff-as-parent', kind: 'boolean', since: '2025.04' },
  { name: '--remote-address-resolution', kind: 'boolean', since: '2025.09' },
  { name: '--parallel-download', kind: 'boolean', since: '2025.11' },
  { name: '--skip-recovery', kind: 'boolean', since: '2025.11' },
  ...everyCommand,
];

const aggregate = {
  does: 'aggregate',
  options: [
    { name: '--from-path', kind: 'value' },
    { name: '--keep-old-backup', kind: 'boolean' },
    { name: '--temp-path', kind: 'value' },
    { name: '--parallel-recovery', kind: 'boolean' },
    ...everyCommand,
  ],
  required: [['--from-path']],
  parameters: { min: 0, max: 1, label: '[<database>]' },
} as const satisfies Omit<CommandRule, 'words'>;

const oneDatabase = { min: 1, max: 1, label: '<database>' } as const;

const commands: readonly CommandRule[] = [
  {
    words: ['database', 'backup'],
    does: 'backup',
    options: backupOptions,
    required: [['--to-path', '--inspect-path']],
    parameters: { min: 0, max: Infinity, label: '[<database>...]' },
  },
  {
    words: ['backup', 'inspect'],
    does: 'inspect',
    since: '5.25',
    options: [
      { name: '--show-metadata', kind: 'boolean' },
      { name: '--empty', kind: 'boolean' },
      { name: '--latest-backup', kind: 'boolean' },
      { name: '--latest-chain', kind: 'boolean' },
      { name: '--database', kind: 'value' },
      { name: '--format', kind: 'value', oneOf: ['TABULAR', 'JSON'] },
      ...everyCommand,
    ],
    required: [],
    parameters: { min: 1, max: 1, label: '<path>' },
  },
  { words: ['database', 'aggregate-backup'], ...aggregate },
  { words: ['backup', 'aggregate'], since: '2025.01', ...aggregate },
  {
    words: ['database', 'check'],
    does: 'check',
    options: [
      { name: '--from-path', kind: 'value' },
      { name: '--temp-path', kind: 'value' },
      { name: '--report-path', kind: 'value' },
      { name: '--check-indexes', kind: 'boolean' },
      { name: '--check-graph', kind: 'boolean' },
      { name: '--check-counts', kind: 'boolean' },
      { name: '--check-property-owners', kind: 'boolean' },
      { name: '--max-off-heap-memory', kind: 'value', pattern: /^\d+([kKmMgG]|%)?$/ },
      { name: '--threads', kind: 'value', pattern: /^\d+$/ },
      ...everyCommand,
    ],
    required: [],
    parameters: oneDatabase,
  },
  {
    words: ['database', 'restore'],
    does: 'restore',
    options: [
      { name: '--from-path', kind: 'value' },
      { name: '--overwrite-destination', kind: 'boolean' },
      { name: '--restore-until', kind: 'value' },
      { name: '--temp-path', kind: 'value' },
      { name: '--source-database', kind: 'value', since: '2025.02' },
      ...everyCommand,
    ],
    required: [['--from-path']],
    parameters: oneDatabase,
  },
  {
    words: ['database', 'load'],
    does: 'load',
    options: [
      { name: '--from-path', kind: 'value' },
      { name: '--overwrite-destination', kind: 'boolean' },
      ...everyCommand,
    ],
    required: [['--from-path']],
    parameters: oneDatabase,
  },
  {
    words: ['backup', 'validate'],
    does: 'validate',
    since: '2025.12',
    options: [{ name: '--from-path', kind: 'value' }, { name: '--database', kind: 'value' }, ...everyCommand],
    required: [['--from-path'], ['--database']],
    parameters: { min: 0, max: 0, label: '' },
  },
];

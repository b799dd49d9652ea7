/** Options of `neo4j-admin database backup` that Holdfast gives itself, or that must not be given; and what to do instead. */
export const ownedOptions: Readonly<Record<string, string>> = {
  'to-path': 'it follows from spec.storage',
  from: 'it follows from spec.target',
  type: 'write spec.options.backupType',
  compress: 'write spec.options.compress',
  pagecache: 'write spec.options.pageCache',
  'inspect-path': 'it makes no backup',
  'expand-commands': 'it runs commands that stand in configuration files',
  'additional-config': 'it reads settings from a file that nobody checked',
  'skip-producing-empty-diff': 'Neo4j announced it and withdrew it',
  help: 'it makes no backup',
  version: 'it makes no backup',
};

/** Said of an owned option, whether or not `no-` stands before its name. */
export function ownedOptionGiven(name: string): string {
  return `contains --${name}, which is not accepted (${ownedOptions[name.replace(/^no-/, '')]}); remove it`;
}

/** Fields of `options` that are switches of the engine. */
export const switchFields = {
  preferDiffAsParent: 'prefer-diff-as-parent',
  parallelDownload: 'parallel-download',
  remoteAddressResolution: 'remote-address-resolution',
  skipRecovery: 'skip-recovery',
  parallelRecovery: 'parallel-recovery',
  keepFailed: 'keep-failed',
} as const;

/** Options that are on or off. */
export const engineSwitches: readonly string[] = ['verbose', ...Object.values(switchFields)];

/** Options that may not be abbreviated, since rules and version gates know them by name. */
export const knownOptions: readonly string[] = [
  ...Object.keys(ownedOptions),
  ...engineSwitches,
  'temp-path',
  'include-metadata',
];

/** What `--include-metadata` takes. */
export const metadataForm: RegExp = /^(all|none|users|roles|users=[^\s,]+(,[^\s,]+)*)$/;

/** Folders of the Job's container that a scratch volume must not hide. */
export const takenFolders: readonly string[] = [
  '/agent',
  '/backup',
  '/bin',
  '/boot',
  '/dev',
  '/etc',
  '/holdfast',
  '/lib',
  '/lib64',
  '/logs',
  '/opt',
  '/proc',
  '/root',
  '/run',
  '/sbin',
  '/sys',
  '/usr',
  '/var',
];

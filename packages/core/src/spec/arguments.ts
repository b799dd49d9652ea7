import { Refused, shown } from './refused.ts';

/** Options that Holdfast gives itself, or that must not be given; and what to do instead. */
const owned: Readonly<Record<string, string>> = {
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

const switches = [
  'verbose',
  'keep-failed',
  'parallel-recovery',
  'prefer-diff-as-parent',
  'remote-address-resolution',
  'parallel-download',
  'skip-recovery',
] as const;

const known: readonly string[] = [...Object.keys(owned), ...switches, 'temp-path', 'include-metadata'];

/** One option of the engine: its name without dashes, and its value when it has one. */
export interface EngineOption {
  readonly name: string;
  readonly value?: string;
}

/**
 * Reads one entry of `additionalArgs`. Unknown options pass, since newer versions of the engine bring new ones; owned ones are
 * refused whatever their case, and so is every abbreviation, which would slip past these rules and past version gates.
 * @throws Refused
 */
export function parseArgument(text: string): EngineOption {
  const found = /^--([A-Za-z][A-Za-z0-9-]*)(?:=(.*))?$/s.exec(text);
  if (!found)
    throw new Refused(
      `is ${shown(withoutValue(text))}; write one option that starts with "--", and its value after "="`,
    );
  const name = (found[1] ?? '').toLowerCase();
  const value = found[2];
  if (value !== undefined && /[\u0000-\u001f\u007f]/.test(value))
    throw new Refused(`contains a control character in the value of --${name}; remove it`);
  refuseOwned(name);
  return checked(name, value);
}

/** The same option as an argument. */
export function formatArgument({ name, value }: EngineOption): string {
  return value === undefined ? `--${name}` : `--${name}=${value}`;
}

/** Two ways to write one thing: a switch that is on, with and without `=true`. */
export function sameValue(a: EngineOption, b: EngineOption): boolean {
  return (a.value ?? 'true') === (b.value ?? 'true');
}

function refuseOwned(name: string): void {
  const plain = name.replace(/^no-/, '');
  const reason = Object.hasOwn(owned, plain) ? owned[plain] : undefined;
  if (reason) throw new Refused(`contains --${name}, which is not accepted (${reason}); remove it`);
  if (known.includes(plain)) return;
  const full = known.find((option) => option.startsWith(plain));
  if (full) throw new Refused(`contains --${name}, which looks like an abbreviation of --${full}; write names in full`);
}

function checked(name: string, value: string | undefined): EngineOption {
  if (name === 'include-metadata') return { name, value: parseMetadata(value ?? 'all') };
  if (name === 'temp-path' && !value)
    throw new Refused('contains --temp-path without a value; write --temp-path=/tmp/backup');
  if (value !== undefined && switches.some((option) => option === name) && !/^(true|false)$/.test(value)) {
    throw new Refused(`contains --${name}=${shown(value)}; write true or false`);
  }
  return { name, ...(value !== undefined && { value }) };
}

function parseMetadata(value: string): string {
  if (/^(all|none|users|roles|users=[^\s,]+(,[^\s,]+)*)$/.test(value)) return value;
  throw new Refused(`contains --include-metadata=${shown(value)}; write all, none, users, roles, or users=<name>,…`);
}

/** Values may hold anything, also what should not be repeated. */
function withoutValue(text: string): string {
  return text.split(/[=\s]/, 1)[0] ?? '';
}

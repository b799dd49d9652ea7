import { commandsOf, type CommandRule, type OptionRule } from './commands.ts';
import type { Version } from './version.ts';

/** A command line that was understood. */
export interface CommandLine {
  readonly does: CommandRule['does'];
  readonly values: ReadonlyMap<string, readonly string[]>;
  readonly parameters: readonly string[];
}

/** What the arguments ask for: work, or one of the two texts, or a refusal with exit code 64. */
export type Asked =
  | { readonly kind: 'command'; readonly line: CommandLine }
  | { readonly kind: 'version' }
  | { readonly kind: 'help'; readonly usage: string }
  | { readonly kind: 'wrong'; readonly message: string; readonly usage: string };

/**
 * Reads the arguments as the command line of this version would: `--x=v` and `--x v`, bare booleans, `@file`, options
 * that take several values greedily. What the version does not know is wrong.
 */
export function parseCommandLine(
  argv: readonly string[],
  version: Version,
  readArguments: (path: string) => readonly string[],
): Asked {
  const words = argv.flatMap((word) => (/^@[^@]/.test(word) ? readArguments(word.slice(1)) : [word]));
  const [first = '', second = ''] = words;
  if (['--version', '-V', 'version'].includes(first)) return { kind: 'version' };
  if (['--help', '-h', 'help', ''].includes(first)) return { kind: 'help', usage: generalUsage(version) };
  const command = commandsOf(version).find(({ words: [group, verb] }) => group === first && verb === second);
  if (!command) return wrong(`Unmatched arguments from index 0: '${first}', '${second}'`, generalUsage(version));
  try {
    const line = readWords(words.slice(2), command);
    if (line.values.has('--help')) return { kind: 'help', usage: usageOf(command) };
    checkWhole(line, command);
    return { kind: 'command', line };
  } catch (error) {
    if (error instanceof WrongUse) return wrong(error.message, usageOf(command));
    throw error;
  }
}

/** The last value given for an option. */
export function valueOf(line: CommandLine, name: string): string | undefined {
  return line.values.get(name)?.at(-1);
}

/** A boolean option: alone means true. */
export function isOn(line: CommandLine, name: string, byDefault = false): boolean {
  return (valueOf(line, name) ?? String(byDefault)).toLowerCase() === 'true';
}

class WrongUse extends Error {}

function readWords(words: readonly string[], command: CommandRule): CommandLine {
  const values = new Map<string, string[]>();
  const parameters: string[] = [];
  const rest = [...words];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (!word.startsWith('-')) {
      parameters.push(word);
      continue;
    }
    const [name, attached] = splitOption(word);
    const rule = command.options.find((option) => option.name === name);
    if (!rule) throw new WrongUse(`Unmatched argument at index ${words.indexOf(word) + 2}: '${word}'`);
    const given = takeValues(rule, attached, rest);
    for (const value of given) checkValue(rule, value);
    values.set(rule.name, [...(values.get(rule.name) ?? []), ...given]);
  }
  return { does: command.does, values, parameters };
}

function splitOption(word: string): [name: string, attached: string | undefined] {
  if (word === '-h') return ['--help', undefined];
  const at = word.indexOf('=');
  return at < 0 ? [word, undefined] : [word.slice(0, at), word.slice(at + 1)];
}

function takeValues(rule: OptionRule, attached: string | undefined, rest: string[]): string[] {
  switch (rule.kind) {
    case 'flag':
      if (attached !== undefined) throw new WrongUse(`option '${rule.name}' should be specified without '${attached}'`);
      return ['true'];
    case 'boolean':
      return [attached ?? (/^(true|false)$/i.test(rest[0] ?? '') ? (rest.shift() ?? '') : 'true')];
    case 'value': {
      const value = attached ?? takePlain(rest);
      if (value === undefined) throw new WrongUse(`Missing required parameter for option '${rule.name}'`);
      return [value];
    }
    case 'list': {
      const given = attached === undefined ? [] : [attached];
      for (let value = takePlain(rest); value !== undefined; value = takePlain(rest)) given.push(value);
      if (given.length === 0) throw new WrongUse(`Missing required parameter for option '${rule.name}'`);
      return given.flatMap((value) => value.split(',')).filter((value) => value !== '');
    }
  }
}

function takePlain(rest: string[]): string | undefined {
  return rest[0] === undefined || rest[0].startsWith('-') ? undefined : rest.shift();
}

function checkValue({ name, kind, oneOf, pattern }: OptionRule, value: string): void {
  const allowed = kind === 'boolean' ? ['true', 'false'] : oneOf;
  if (allowed && !allowed.includes(kind === 'boolean' ? value.toLowerCase() : value.toUpperCase())) {
    throw new WrongUse(
      `Invalid value for option '${name}': expected one of [${allowed.join(', ')}] but was '${value}'`,
    );
  }
  if (pattern && !pattern.test(value)) throw new WrongUse(`Invalid value for option '${name}': '${value}'`);
}

function checkWhole({ values, parameters }: CommandLine, command: CommandRule): void {
  const missing = command.required.find((options) => !options.some((name) => values.has(name)));
  if (missing) throw new WrongUse(`Missing required option: '${missing.join("' or '")}'`);
  const { min, max, label } = command.parameters;
  if (parameters.length < min) throw new WrongUse(`Missing required parameter: '${label}'`);
  if (parameters.length > max) throw new WrongUse(`Unmatched argument: '${parameters[max] ?? ''}'`);
  if (values.has('--latest-backup') && values.has('--latest-chain')) {
    throw new WrongUse('--latest-backup, --latest-chain are mutually exclusive (specify only one)');
  }
}

function wrong(message: string, usage: string): Asked {
  return { kind: 'wrong', message, usage };
}

function generalUsage(version: Version): string {
  const lines = commandsOf(version).map(({ words }) => `  neo4j-admin ${words.join(' ')}`);
  return ['Usage: neo4j-admin <command>', 'Commands of this stand-in:', ...lines].join('\n');
}

function usageOf({ words, options, parameters }: CommandRule): string {
  const names = options.map(({ name, kind }) => `[${name}${kind === 'flag' ? '' : '=<value>'}]`);
  return ['Usage:', 'neo4j-admin', ...words, ...names, parameters.label].join(' ').trim();
}

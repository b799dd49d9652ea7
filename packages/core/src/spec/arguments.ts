import {
  corrections,
  engineSwitches,
  knownOptions,
  metadataForm,
  ownedOptionGiven,
  ownedOptions,
} from '@holdfast/types';
import { Refused, shown } from './refused.ts';

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
  if (!found) throw new Refused(`is ${shown(withoutValue(text))}; ${corrections.argument}`);
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
  if (Object.hasOwn(ownedOptions, plain)) throw new Refused(ownedOptionGiven(name));
  if (knownOptions.includes(plain)) return;
  const full = knownOptions.find((option) => option.startsWith(plain));
  if (full)
    throw new Refused(`contains --${name}, which looks like an abbreviation of --${full}; ${corrections.abbreviation}`);
}

function checked(name: string, value: string | undefined): EngineOption {
  if (name === 'include-metadata') return { name, value: parseMetadata(value ?? 'all') };
  if (name === 'temp-path' && !value)
    throw new Refused(`contains --temp-path without a value; ${corrections.tempPathValue}`);
  if (value !== undefined && engineSwitches.includes(name) && !/^(true|false)$/.test(value)) {
    throw new Refused(`contains --${name}=${shown(value)}; ${corrections.switchValue}`);
  }
  return { name, ...(value !== undefined && { value }) };
}

function parseMetadata(value: string): string {
  if (metadataForm.test(value)) return value;
  throw new Refused(`contains --include-metadata=${shown(value)}; ${corrections.metadata}`);
}

/** Values may hold anything, also what should not be repeated. */
function withoutValue(text: string): string {
  return text.split(/[=\s]/, 1)[0] ?? '';
}

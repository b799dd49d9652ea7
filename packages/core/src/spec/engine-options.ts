import { optionTwice, switchFields, type OptionSettings } from '@holdfast/types';
import { formatArgument, parseArgument, sameValue, type EngineOption } from './arguments.ts';
import type { Findings } from './findings.ts';
import { parseTempPath } from './path.ts';

interface Stated {
  readonly option: EngineOption;
  readonly field: string;
}

/**
 * `additionalArgs` and the fields that mean the same, as one list without repetitions: first what was listed, in its order, then
 * what fields say. One option with two values is refused. `--temp-path` is taken out, because a volume is mounted there.
 */
export function readEngineOptions(
  given: OptionSettings | undefined,
  findings: Findings,
): { args: string[]; tempPath?: string } {
  const stated = new Map<string, Stated>();
  for (const next of [...listed(given, findings), ...fromFields(given)]) {
    const earlier = stated.get(next.option.name);
    if (!earlier) stated.set(next.option.name, next);
    else if (!sameValue(earlier.option, next.option)) {
      findings.invalid(next.field, optionTwice(next.field, earlier.field, next.option.name));
    }
  }
  const scratch = stated.get('temp-path');
  stated.delete('temp-path');
  const tempPath = scratch && findings.read(scratch.field, scratch.option.value, parseTempPath);
  const args = [...stated.values()].filter(saysSomething).map(({ option }) => formatArgument(option));
  return { args, ...(tempPath !== undefined && { tempPath }) };
}

function listed(given: OptionSettings | undefined, findings: Findings): Stated[] {
  return (given?.additionalArgs ?? []).flatMap((text, index) => {
    const field = `spec.options.additionalArgs[${index}]`;
    const option = findings.read(field, text, parseArgument);
    return option ? [{ option, field }] : [];
  });
}

function fromFields(given: OptionSettings | undefined): Stated[] {
  const stated: Stated[] = [];
  for (const [field, name] of Object.entries(switchFields)) {
    const value = given?.[field as keyof typeof switchFields];
    if (value !== undefined) stated.push({ option: { name, value: String(value) }, field: `spec.options.${field}` });
  }
  if (given?.includeMetadata !== undefined) {
    stated.push({
      option: { name: 'include-metadata', value: given.includeMetadata },
      field: 'spec.options.includeMetadata',
    });
  }
  if (given?.tempPath !== undefined)
    stated.push({ option: { name: 'temp-path', value: given.tempPath }, field: 'spec.options.tempPath' });
  return stated;
}

/**
 * A switch that a field turns off is off by itself, and versions that lack it could not be told. The order of servers is the
 * exception: there the planner may have an opinion, and an explicit `false` is an answer to it.
 */
function saysSomething({ option, field }: Stated): boolean {
  const fromSwitch = !field.includes('additionalArgs') && option.value === 'false';
  return !fromSwitch || option.name === 'remote-address-resolution';
}

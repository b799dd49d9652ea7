import { matches, type CelRule } from './cel.ts';
import {
  engineSwitches,
  knownOptions,
  metadataForm,
  ownedOptionGiven,
  ownedOptions,
  switchFields,
} from './engine-words.ts';
import { corrections } from './sentences.ts';
import { tempPathArgumentRules } from './text-rules.ts';

const option = '^--[A-Za-z][A-Za-z0-9-]*';
const isOption = matches(`${option}(=|$)`);
const named = (names: readonly string[], end = '(=|$)') => `(?i)^--(${names.join('|')})${end}`;
/** The option's name with its dashes and without `no-`. */
const plainName = "self.lowerAscii().split('=')[0].replace('--no-', '--')";

/** One entry of `additionalArgs`, as `parseArgument` reads it. */
export const argumentRules: readonly CelRule[] = [
  { rule: isOption, message: `is not one option; ${corrections.argument}` },
  {
    rule: `!${matches(String.raw`${option}=(?s:.*)[\x00-\x1f\x7f]`)}`,
    message: 'contains a control character in its value; remove it',
  },
  ...Object.keys(ownedOptions).map((name) => ({
    rule: `!${matches(`(?i)^--(no-)?${name}(=|$)`)}`,
    message: ownedOptionGiven(name),
  })),
  {
    rule:
      `!${isOption} || ${matches(named(knownOptions.map((name) => `(no-)?${name}`)))} || ` +
      `![${knownOptions.map((name) => `'--${name}'`).join(', ')}].exists(known, known.startsWith(${plainName}))`,
    message: `looks like an abbreviation of another option; ${corrections.abbreviation}`,
  },
  {
    rule: `!${matches(named(engineSwitches, '='))} || ${matches('^--[A-Za-z-]+=(true|false)$')}`,
    message: `is a switch with another value; ${corrections.switchValue}`,
  },
  {
    rule: `!${matches(named(['include-metadata'], '='))} || ${matches(metadataForm.source.replace('^', '^--[A-Za-z-]+='))}`,
    message: `contains --include-metadata with another value; ${corrections.metadata}`,
  },
  {
    rule: `!${matches(named(['temp-path'], '=?$'))}`,
    message: `contains --temp-path without a value; ${corrections.tempPathValue}`,
  },
  ...tempPathArgumentRules,
];

/** Fields and arguments that say the same thing differently. Arguments among themselves are compared by `core` alone: it would cost too much. */
export const argumentFieldRules: readonly CelRule[] = [
  ...Object.entries(switchFields).map(([field, name]) =>
    sameAsField(field, name, `argument.endsWith('=false') != self.${field}`),
  ),
  sameAsField(
    'includeMetadata',
    'include-metadata',
    "(argument.contains('=') ? argument.substring(argument.indexOf('=') + 1) : 'all') == self.includeMetadata",
  ),
  sameAsField('tempPath', 'temp-path', "argument.substring(argument.indexOf('=') + 1) == self.tempPath"),
];

/** @param same whether `argument` says what the field says, given that it is of that option */
function sameAsField(field: string, name: string, same: string): CelRule {
  return {
    rule: `!has(self.${field}) || !has(self.additionalArgs) || self.additionalArgs.all(argument, !${matches(named([name]), 'argument')} || ${same})`,
    message: optionTwice(`spec.options.${field}`, 'spec.options.additionalArgs', name),
    fieldPath: `.${field}`,
  };
}

/** Said when one option of the engine gets two values. */
export function optionTwice(place: string, other: string, name: string): string {
  return `${place} and ${other} give --${name} different values; keep one of them`;
}

import type { z } from 'zod';
import { specSchema, type ParsedSpec } from '../spec.ts';
import { remedies, wellKnownMistakes } from './remedies.ts';

/** One mistake in the shape of a spec: where it is, and one sentence with the remedy. */
export interface SpecProblem {
  readonly field: string;
  readonly message: string;
}

export type SpecParsing = { readonly spec: ParsedSpec } | { readonly problems: readonly SpecProblem[] };

/**
 * Reads what stands below `spec`, fills in the schema's defaults, and answers every mistake of shape at once: missing and unknown
 * fields, wrong types, values outside an enum, a pattern or a limit. What fields mean together is asked in `core`.
 */
export function parseSpec(value: unknown): SpecParsing {
  const parsed = specSchema.safeParse(value);
  if (parsed.success) return { spec: parsed.data };
  return { problems: parsed.error.issues.flatMap((issue) => problemsOf(issue, value)) };
}

function problemsOf(issue: z.core.$ZodIssue, root: unknown): SpecProblem[] {
  const field = fieldName(issue.path);
  const given = valueAt(root, issue.path);
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownField(`${field}.${key}`));
  if (given === undefined) return [{ field, message: `${field} is missing; ${remedyFor(field, issue)}` }];
  return [{ field, message: `${field} ${complaint(issue, given)}; ${remedyFor(field, issue, given)}` }];
}

/** `spec.options.additionalArgs[2]`, the way kubectl names fields. */
function fieldName(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (name, step) => (typeof step === 'number' ? `${name}[${step}]` : `${name}.${String(step)}`),
    'spec',
  );
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, step) => (typeof value === 'object' && value !== null ? Reflect.get(value, step) : undefined),
    root,
  );
}

function unknownField(field: string): SpecProblem {
  const remedy = wellKnownMistakes[withoutIndexes(field)] ?? 'remove it or correct its name';
  return { field, message: `${field} is not a field of a Neo4jBackup; ${remedy}` };
}

function complaint(issue: z.core.$ZodIssue, given: unknown): string {
  if (issue.code === 'invalid_type' || issue.code === 'invalid_union') return `is ${kindOf(given)}`;
  if (issue.code === 'invalid_value' || issue.code === 'invalid_format') return `is ${quoted(given)}`;
  if (issue.code !== 'too_big' && issue.code !== 'too_small') return 'is not what it should be';
  const counted = issue.origin === 'string' || issue.origin === 'array';
  if (!counted) return `is ${quoted(given)}`;
  return issue.code === 'too_big' ? 'is too long' : 'is too short';
}

function remedyFor(field: string, issue: z.core.$ZodIssue, given?: unknown): string {
  const place = withoutIndexes(field);
  const known =
    given === undefined ? remedies[place] : typeof given === 'object' ? wellKnownMistakes[place] : undefined;
  if (known !== undefined) return known;
  if (issue.code === 'invalid_type') return `write ${article(issue.expected)}`;
  if (issue.code === 'invalid_value') return `write one of ${issue.values.map(String).join(', ')}`;
  if (issue.code === 'too_big') return `write at most ${issue.maximum}${unit(issue.origin)}`;
  if (issue.code === 'too_small') return `write at least ${issue.minimum}${unit(issue.origin)}`;
  if (issue.code === 'invalid_union') return 'write a whole number or a text';
  return issue.message;
}

function withoutIndexes(field: string): string {
  return field.replaceAll(/\[\d+\]/g, '[]');
}

function unit(origin: string): string {
  if (origin === 'string') return ' characters';
  return origin === 'array' ? ' entries' : '';
}

function kindOf(value: unknown): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  return article(typeof value);
}

function article(type: string): string {
  const words: Record<string, string> = {
    object: 'an object with fields',
    record: 'an object with fields',
    array: 'a list',
    int: 'a whole number',
    string: 'a text in quotes',
    boolean: 'true or false',
  };
  return words[type] ?? `a ${type}`;
}

/** At most 60 characters of a value; never used for fields that may carry a secret. */
function quoted(value: unknown): string {
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

import type { z } from 'zod';

/** Every mistake in the environment at once, one sentence each. No value stands in it: it might be a secret. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(
      `the configuration has ${problems.length === 1 ? 'a mistake' : `${problems.length} mistakes`}:\n  ${problems.join('\n  ')}`,
    );
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/**
 * The environment as a typed value. Variables the schema does not name are none of our business; an empty one counts as unset.
 * @throws ConfigError naming each variable that is missing or wrong
 */
export function parseConfig<S extends z.ZodObject>(
  schema: S,
  env: Readonly<Record<string, string | undefined>>,
): z.output<S> {
  const given = Object.fromEntries(Object.keys(schema.shape).flatMap((name) => (env[name] ? [[name, env[name]]] : [])));
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new ConfigError(parsed.error.issues.map((issue) => sentence(issue, given)));
}

/** zod's own message is kept only where it cannot quote the value. */
function sentence(issue: z.core.$ZodIssue, given: Record<string, unknown>): string {
  const name = issue.path.length > 0 ? issue.path.map(String).join('.') : 'the environment';
  const variable = String(issue.path[0] ?? '');
  if (variable && !(variable in given)) return `${name} is not set; ${wanted(issue) ?? 'it is required'}`;
  if (issue.code === 'custom') return `${name}: ${issue.message}`; // written by us, beside the schema
  return `${name} is wrong: ${wanted(issue) ?? 'it does not have the expected form'}`;
}

function wanted(issue: z.core.$ZodIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return `it must be ${article(issue.expected)}`;
    case 'invalid_value':
      return `it must be one of ${issue.values.map(String).join(', ')}`;
    case 'invalid_format':
      return `it must be ${article(issue.format)}`;
    case 'too_small':
      return issue.origin === 'string'
        ? `it needs at least ${issue.minimum} characters`
        : `it must be ${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}`;
    case 'too_big':
      return issue.origin === 'string'
        ? `it may have at most ${issue.maximum} characters`
        : `it must be ${issue.inclusive ? 'at most' : 'less than'} ${issue.maximum}`;
    case 'not_multiple_of':
      return `it must be a multiple of ${issue.divisor}`;
    case 'custom':
    case 'unrecognized_keys':
    case 'invalid_union':
    case 'invalid_key':
    case 'invalid_element':
      return undefined;
    default:
      return undefined;
  }
}

function article(noun: string): string {
  if (noun === 'url') return 'a URL';
  if (noun === 'int') return 'a whole number';
  return `${/^[aeiou]/i.test(noun) ? 'an' : 'a'} ${noun.replaceAll('_', ' ')}`;
}

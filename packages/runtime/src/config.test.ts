import { expect, test } from 'vitest';
import { z } from 'zod';
import { ConfigError, parseConfig } from './config.ts';

const schema = z.object({
  REDIS_URL: z.url(),
  PLACES: z.coerce.number().int().min(1).default(4),
  MODE: z.enum(['direct', 'staged']).optional(),
  TOKEN: z.string().min(16).optional(),
});

test('variables become typed values; unknown ones are ignored and empty ones are unset', () => {
  const config = parseConfig(schema, { REDIS_URL: 'redis://localhost', PLACES: '7', MODE: '', HOME: '/root' });
  expect(config).toEqual({ REDIS_URL: 'redis://localhost', PLACES: 7 });
});

test('every mistake is reported at once, in sentences that name the variable', () => {
  const problems = problemsOf({ PLACES: 'many', MODE: 'other', TOKEN: 'short' });
  expect(problems).toEqual([
    'REDIS_URL is not set; it must be a string',
    'PLACES is wrong: it must be a number',
    'MODE is wrong: it must be one of direct, staged',
    'TOKEN is wrong: it needs at least 16 characters',
  ]);
});

test('no value is ever repeated: it may be a secret', () => {
  const env = { REDIS_URL: 'hunter2-url', PLACES: 'hunter2', MODE: 'hunter2', TOKEN: 'hunter2' };
  expect(problemsOf(env)).toHaveLength(4);
  expect(problemsOf(env).join(' ')).not.toContain('hunter2');
});

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    parseConfig(schema, env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

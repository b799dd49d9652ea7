import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatArgument, parseArgument } from './arguments.ts';
import { parseSchedule, parseTimeZone } from './cron.ts';
import { parseDuration } from './duration.ts';
import { parseEndpoint } from './endpoint.ts';
import { parseStorePath, parseTempPath } from './path.ts';
import { parseQuantity, parseSize } from './quantity.ts';
import { Refused } from './refused.ts';

/** Every parser of the spec, what its texts are made of, and what holds for whatever it reads. */
const parsers: readonly Parser[] = [
  {
    name: 'a schedule',
    frame: ['', ' * * * *'],
    words: [
      '*',
      '/',
      '-',
      ',',
      ' ',
      'H',
      'H(',
      ')',
      'L',
      '#',
      '?',
      'MON',
      'jan',
      '0',
      '5',
      '31',
      '60',
      '@',
      'daily',
      'W',
    ],
    parse: (text) => parseSchedule(text, 'UTC', 'seed').expression,
    holds: (expression) => expect(parseSchedule(String(expression), 'UTC', 'seed').expression).toBe(expression),
  },
  {
    name: 'a time zone',
    frame: ['Etc/', ''],
    words: ['Europe', '/', 'Stockholm', 'UTC', '+02:00', 'Etc/GMT', '-', '_', 'EST5EDT', '\u0000'],
    parse: parseTimeZone,
    holds: (zone) => expect(() => new Intl.DateTimeFormat('en', { timeZone: String(zone) })).not.toThrow(),
  },
  {
    name: 'a duration',
    frame: ['1d', '1d'],
    words: ['1', '30', '999999999999', 'd', 'h', 'm', 's', 'w', '.', '-', ' ', 'e', '0'],
    parse: parseDuration,
    holds: (ms) => expect(ms).toSatisfy((value) => Number.isSafeInteger(value) && Number(value) > 0),
  },
  {
    name: 'a quantity',
    frame: ['1', 'Gi'],
    words: ['1', '0', '.', 'Gi', 'G', 'm', 'e', 'E', '+', '-', '12', 'Ki', 'k', '9999999999'],
    parse: parseQuantity,
    holds: (value) => expect(value).toSatisfy((number) => Number.isFinite(number) && Number(number) >= 0),
  },
  {
    name: 'a size',
    frame: ['.', 'Ki'],
    words: ['1', '0', '.', 'Gi', 'G', 'm', 'e', 'E', '+', '-', '12', 'Ki', 'k', '9999999999'],
    parse: parseSize,
    holds: (bytes) => expect(bytes).toSatisfy((number) => Number.isInteger(number) && Number(number) >= 1),
  },
  {
    name: "a store's path",
    frame: ['a', 'a'],
    words: ['/', '.', '..', 'a', 'b-c', '~', '%2e', '\\', '\u0000', '//', 'é', '@'],
    parse: parseStorePath,
    holds(path) {
      expect(parseStorePath(String(path))).toBe(path);
      expect(path).not.toMatch(/^\/|\/$|\/\/|(^|\/)\.\.?(\/|$)/);
    },
  },
  {
    name: 'a temporary path',
    frame: ['/a', 'a'],
    words: ['/', '.', '..', 'tmp', 'a', 'etc', 'scratch', '//', ' '],
    parse: parseTempPath,
    holds(path) {
      expect(parseTempPath(String(path))).toBe(path);
      expect(path).toMatch(/^\/[^/]/);
    },
  },
  {
    name: 'an endpoint',
    frame: ['http://minio/', 'a'],
    words: [
      'http',
      'https',
      '://',
      ':',
      '@',
      '/',
      '?',
      '#',
      'minio',
      '.example',
      '9000',
      '[::1]',
      '%2f',
      'user',
      '\\',
      ' ',
    ],
    parse: parseEndpoint,
    holds(address) {
      expect(parseEndpoint(String(address))).toBe(address);
      // Whoever appends a bucket to it must stay in the path.
      expect(new URL(`${String(address)}/bucket`).pathname).toMatch(/\/bucket$/);
      expect(address).not.toContain('@');
    },
  },
  {
    name: 'an argument',
    frame: ['--x=', ''],
    words: [
      '--',
      '-',
      '=',
      'verbose',
      'no-',
      'include-metadata',
      'users=',
      'temp-path',
      'constructor',
      'true',
      'x',
      ' ',
      '\n',
    ],
    parse: (text) => formatArgument(parseArgument(text)),
    holds: (argument) => expect(formatArgument(parseArgument(String(argument)))).toBe(argument),
  },
];

describe.each(parsers)('$name', ({ words, frame, parse, holds }) => {
  test('is read, or refused in one short sentence, whatever it is', () => {
    const text = fc.oneof(
      fc.array(fc.constantFrom(...words), { maxLength: 12 }).map((parts) => parts.join('')),
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.constantFrom('constructor', '__proto__', 'toString', '@constructor', '--constructor', '--__proto__=1'),
    );
    fc.assert(
      fc.property(text, (written) => {
        const read = outcomeOf(() => parse(written));
        if (read !== undefined) holds(read);
      }),
      { numRuns: 300 },
    );
  });

  test('costs little when it is a megabyte', () => {
    const began = performance.now();
    for (const word of [...words, 'a', ' ', '\u{1F600}'])
      for (const [before, after] of [['', ''], frame] as const)
        outcomeOf(() => parse(before + word.repeat(Math.ceil(1_000_000 / word.length)) + after));
    expect(performance.now() - began).toBeLessThan(10_000);
  });
});

interface Parser {
  readonly name: string;
  readonly words: readonly string[];
  /** What stands around a long text so that it is looked at closely. */
  readonly frame: readonly [string, string];
  parse(text: string): unknown;
  holds(read: unknown): void;
}

/** What was read; undefined when it was refused as it should be. */
function outcomeOf(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    expect(error).toBeInstanceOf(Refused);
    expect((error as Refused).message.length).toBeLessThan(600);
    expect((error as Refused).message).not.toMatch(/[\u0000-\u001f]|function/);
    return undefined;
  }
}

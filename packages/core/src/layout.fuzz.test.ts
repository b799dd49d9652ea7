import { relativeKey } from '@holdfast/types';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  artifactKey,
  attemptKey,
  backupFolder,
  manifestKey,
  parseKey,
  removingKey,
  runKey,
  runLogKey,
} from './layout.ts';
import { runId, type Cause } from './run/run-id.ts';

const cause = fc.oneof(
  fc
    .date({ min: new Date('1970-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
    .map((slot): Cause => ({ trigger: 'Schedule', slot })),
  fc.string({ unit: 'binary' }).map((token): Cause => ({ trigger: 'Request', token })),
  fc.string({ unit: 'binary' }).map((text): Cause => ({ trigger: 'Retention', cause: text })),
  fc.constant<Cause>({ trigger: 'OneShot' }),
);
const run = fc.tuple(cause, fc.uuid()).map(([one, uid]) => runId(one, uid));
const database = fc.string({ unit: 'binary' });

test('a key of any run and database leads back to them, stays below the folder, and is no key of another kind', () => {
  fc.assert(
    fc.property(run, database, fc.nat(), fc.uuid(), (run, database, attempt, pod) => {
      const keys = [
        [manifestKey(run, database), { kind: 'manifest', run }],
        [removingKey(run, database), { kind: 'removing', run }],
        [attemptKey(run, attempt, pod), { kind: 'attempt', run, attempt, pod: pod.slice(0, 8) }],
        [runKey(run), { kind: 'run', run }],
        [runLogKey(run), { kind: 'log', run }],
        [artifactKey('a-2026-03-01T02-00-34.backup', run), { kind: 'artifact', run }],
      ] as const;
      for (const [key, meaning] of keys) {
        expect(parseKey(key)).toMatchObject(meaning);
        expect(relativeKey.safeParse(key).success).toBe(true);
      }
    }),
  );
});

test('any other text is a key of ours or none, and what it names are steps of a path', () => {
  const step = fc.constantFrom(
    'artifacts',
    'manifests',
    'runs',
    'removing',
    '..',
    '.',
    '',
    'run-1',
    'x.json',
    'run.json',
  );
  const text = fc.oneof(
    fc.array(fc.oneof(step, fc.string({ unit: 'binary' })), { maxLength: 6 }).map((steps) => steps.join('/')),
    fc.string({ unit: 'binary' }),
  );
  fc.assert(
    fc.property(text, (key) => {
      const parsed = parseKey(key);
      for (const value of Object.values(parsed ?? {})) expect(String(value)).not.toMatch(/^$|\//);
    }),
  );
});

test('a folder never begins or ends with a slash, and a megabyte of slashes costs nothing', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('/', 'a', '.', 'é') }), (path) => {
      expect(backupFolder({ path, namespace: 'shop', backup: 'orders' })).toMatch(/^[^/].*[^/]$/);
    }),
  );
  const began = performance.now();
  backupFolder({ path: `a${'/'.repeat(1_000_000)}a`, namespace: 'shop', backup: 'orders' });
  parseKey('/'.repeat(1_000_000));
  expect(performance.now() - began).toBeLessThan(5_000);
});

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { agentPlanSchema, type AgentPlan } from './agent-plan.ts';
import { ringSchema, type Ring } from './payloads.ts';
import { agentResultSchema, type AgentResult } from './result.ts';

const plan: AgentPlan = {
  v: 1,
  verb: 'backup',
  namespace: 'shop',
  backup: 'orders',
  backupUid: '1a2b3c4d-0000-4000-8000-000000000000',
  run: 's20260301t020000z-1a2b3c4d',
  attempt: 1,
  folder: 'shop/orders',
  store: { type: 'pvc' },
  deadlineMs: 3_600_000,
  encryption: { algorithm: 'AES256', writeKey: 'key' },
  engine: {
    mode: 'staged',
    verify: true,
    from: ['core-1:6362'],
    databases: ['*'],
    expected: ['orders'],
    backupType: 'AUTO',
    options: [],
    chainLimits: { fullIntervalMs: 1 },
    stallTimeoutMs: 1,
    heapSize: '1g',
  },
};
const result: AgentResult = {
  v: 1,
  verb: 'backup',
  run: plan.run,
  attempt: 1,
  outcome: 'Succeeded',
  reason: 'Succeeded',
  message: '1 database backed up',
  retry: 'no',
  startTime: '2026-03-02T02:00:30Z',
  completionTime: '2026-03-02T02:03:42Z',
  warnings: [],
  databases: [{ name: 'orders', artifact: 'orders-1.backup', type: 'FULL', bytes: 9000 }],
};
const ring: Ring = { v: 1, namespace: 'shop', name: 'orders', seenAtMs: 1 };

describe.each([
  ['plan of an agent', agentPlanSchema, plan],
  ['result of an agent', agentResultSchema, result],
  ['ring of the doorbell', ringSchema, ring],
] as const)('the %s', (_, schema, sound) => {
  test('is read, and read again as itself', () => {
    expect(schema.parse(JSON.parse(JSON.stringify(sound)))).toEqual(sound);
  });

  test('spoilt anywhere, is read or refused; what is read survives its own JSON', () => {
    const document = fc.oneof(
      fc.jsonValue(),
      fc
        .tuple(
          fc.nat(),
          fc.oneof(fc.jsonValue(), fc.constantFrom(null, -1, 1.5, 2 ** 60, '', 'x'.repeat(100_000), [], {})),
        )
        .map(([at, value]) => spoilt(sound, at, value)),
    );
    fc.assert(
      fc.property(document, (value) => {
        const parsed = schema.safeParse(value);
        if (parsed.success) expect(schema.parse(JSON.parse(JSON.stringify(parsed.data)))).toEqual(parsed.data);
        else expect(parsed.error.issues.length).toBeGreaterThan(0);
      }),
      { numRuns: 500 },
    );
  });

  test('with a field missing or of another version, is refused', () => {
    expect(schema.safeParse({ ...sound, v: 2 }).success).toBe(false);
    expect(schema.safeParse({}).success).toBe(false);
  });
});

/** A copy in which one value, counted through all of them, is another. */
function spoilt(sound: object, at: number, value: unknown): unknown {
  let count = 0;
  JSON.stringify(sound, (_, inner: unknown) => ((count += 1), inner));
  let left = 1 + (at % (count - 1));
  const text = JSON.stringify(sound, (_, inner: unknown) => (left-- === 0 ? value : inner));
  return JSON.parse(text ?? 'null');
}

import type { Condition, Neo4jBackup } from '@holdfast/types';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../../until.ts';
import type { ProcessKind } from '../kinds.ts';
import { makeNamespace } from '../furnish.ts';
import { ApiError, type ApiClient } from '../kubelet/api-client.ts';
import { startCluster, type DevCluster } from '../start-cluster.ts';
import { withDocumentedDefaults } from './documented-defaults.ts';
import { families } from './families.ts';
import type { Refused } from './row.ts';
import { collection, namespace, objectOf, refusalsOfCore, type Sent } from './sent.ts';

/**
 * What an API server makes of our definition, object by object. Everything is suspended, so that a valid object stays as it is; the watcher
 * alone runs, because it alone judges. A server that evaluates no rules takes what a rule would refuse, and the watcher says the same of it.
 */
export function describeObjects(kind: ProcessKind, { skip = false, rules }: { skip?: boolean; rules: boolean }): void {
  describe.skipIf(skip)(`an API server of kind ${kind}`, { tags: ['long'] }, () => {
    let cluster: DevCluster;
    let api: ApiClient;
    beforeAll(async () => {
      const replicas = { watcher: 1, worker: 0, retention: 0 };
      cluster = await startCluster({ kind, quiet: true, neo4j: false, replicas });
      api = cluster.client;
      await makeNamespace(api, namespace);
    });
    afterAll(() => cluster?.stop());

    for (const [family, { taken, refused }] of Object.entries(families)) {
      describe(`takes ${family} with`, () => {
        test.each(taken.map((row, index) => ({ ...row, index })))('$what', async (row) => {
          const sent = objectOf(row, `${family}-taken-${row.index}`);
          const stored = await create(api, sent);
          expect(stored.spec).toEqual(withDocumentedDefaults(sent.spec));
          const { phase, conditions } = await judged(api, stored.metadata.name);
          expect({ phase, ...readyOf(conditions) }).toMatchObject({ phase: 'Suspended', reason: 'NotCheckedYet' });
        });
      });

      describe(`refuses ${family} with`, () => {
        test.each(refused.map((row, index) => ({ ...row, index })))('$what', async (row) => {
          const sent = objectOf(row, `${family}-refused-${row.index}`);
          if ('rule' in row) expectWordsOfCore(row, sent);
          if ('later' in row) await expectCondition(api, sent, row.later, row.reason);
          else if ('rule' in row && !rules) await expectRefusedWithoutRules(api, sent, remedyOf(row));
          else await expectError(api, sent, 'server' in row ? row.server : row.rule);
        });
      });
    }

    test('has been asked about a hundred and fifty objects at least, and half of them it took', () => {
      const count = (which: 'taken' | 'refused') =>
        Object.values(families).reduce((sum, each) => sum + each[which].length, 0);
      expect(count('taken')).toBeGreaterThanOrEqual(75);
      expect(count('refused')).toBeGreaterThanOrEqual(75);
    });
  });
}

function create(api: ApiClient, sent: Sent): Promise<Neo4jBackup> {
  return api.create<Neo4jBackup>(`${collection}?fieldValidation=Strict`, sent);
}

/** The server refuses, repeats no secret, and keeps nothing. */
async function expectError(api: ApiClient, sent: Sent, words: string): Promise<void> {
  const error = await create(api, sent).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ApiError);
  const { message, status } = error as ApiError;
  expect(status).toBeGreaterThanOrEqual(400);
  expect(status).toBeLessThan(500);
  expect(message).toContain(words);
  expect(message).not.toContain('hunter2');
  expect(await api.find(`${collection}/${encodeURIComponent(sent.metadata.name)}`)).toBeUndefined();
}

/** By a pattern, in the server's words; or by the condition, in ours. */
async function expectRefusedWithoutRules(api: ApiClient, sent: Sent, words: string): Promise<void> {
  const patterned = await api.create(`${collection}?fieldValidation=Strict&dryRun=All`, sent).then(() => false, String);
  if (patterned === false) return expectCondition(api, sent, words);
  await expectError(api, sent, " in body should match '^");
}

/** The server takes it, and the watcher says what is wrong. */
async function expectCondition(
  api: ApiClient,
  sent: Sent,
  words: string,
  reason: 'SpecInvalid' | 'NotSupportedYet' = 'SpecInvalid',
): Promise<void> {
  const { metadata } = await create(api, sent);
  const status = await judged(api, metadata.name);
  const condition = readyOf(status.conditions);
  expect({ phase: status.phase, ...condition }).toMatchObject({ phase: 'Failed', status: 'False', reason });
  expect(condition?.message).toContain(words);
  expect(JSON.stringify(status)).not.toContain('hunter2');
}

/** The status, once the watcher has written one. */
function judged(api: ApiClient, name: string): Promise<NonNullable<Neo4jBackup['status']>> {
  return until(
    async () => {
      const { metadata, status } = await api.get<Neo4jBackup>(`${collection}/${name}`);
      return status?.observedGeneration === metadata.generation ? status : undefined;
    },
    { saying: `judgement of ${name}`, withinMs: 30_000 },
  );
}

function readyOf(conditions: readonly Condition[] | undefined): Condition | undefined {
  return conditions?.find(({ type }) => type === 'Ready');
}

/** What a rule says is what `core` says; the server shows the value beside the sentence, `core` within it. */
function expectWordsOfCore(row: Extract<Refused, { rule: string }>, sent: Sent): void {
  const said = refusalsOfCore(sent).map(({ message }) => message);
  expect(said.join('\n')).toContain(remedyOf(row));
}

function remedyOf({ rule }: { readonly rule: string }): string {
  return rule.split('; ').at(-1) ?? rule;
}

import { agentResultSchema, type AgentPlan, type Manifest } from '@holdfast/types';
import { expect, test } from 'vitest';
import { anEntry } from '../chains/an-entry.ts';
import type { EngineVerdict } from '../engine/judge-exit.ts';
import type { DatabaseReport, OutputReport } from '../engine/output.ts';
import { agentOutcome, type AttemptFacts } from './agent-outcome.ts';
import { at, slotRunId } from './an-observed.ts';

const now = at('02T02:05');
const refusedByHost: EngineVerdict = {
  reason: 'SourceUnreachable',
  fate: 'transient',
  message: 'neo4j-admin said "connection refused"; check that the servers run',
};

function aPlan(databases: readonly string[]): AgentPlan {
  return {
    v: 1,
    verb: 'backup',
    namespace: 'neo4j',
    backup: 'nightly',
    backupUid: 'uid',
    run: slotRunId,
    attempt: 1,
    folder: 'neo4j/nightly',
    store: { type: 'pvc' },
    deadlineMs: 1000,
    engine: {
      mode: 'direct',
      verify: false,
      from: ['production-server-0:6362'],
      databases: [...databases],
      expected: [],
      backupType: 'AUTO',
      options: [],
      chainLimits: { fullIntervalMs: 1000 },
      stallTimeoutMs: 1000,
      heapSize: '1024M',
    },
  };
}

const manifestOf = (database: string, chain?: string): Manifest =>
  anEntry({ artifact: `${database}-1`, database, ...(chain && { chain }) }).manifest;

function said(difference: Partial<OutputReport> = {}, verdict?: EngineVerdict): AttemptFacts['runs'][number] {
  const report = { databases: [], unreachable: [], signs: new Map<never, never>(), completed: true, ...difference };
  return { report, exitCode: verdict ? 1 : 0, ...(verdict && { verdict }) };
}

const named = (database: string, failure?: string): DatabaseReport => ({
  database,
  fellBack: false,
  ...(failure && { failure }),
});

/** An attempt that expected `orders` and `system`, told by what it made and what the engine said. */
function outcomeOf(made: readonly string[], difference: Partial<AttemptFacts> = {}) {
  return agentOutcome(
    {
      plan: aPlan(['*']),
      manifests: made.map((database) => manifestOf(database)),
      expected: ['orders', 'system'],
      lastGood: [],
      runs: [said()],
      choice: { type: 'FULL', reason: 'NoParent', message: 'the first' },
      startedAt: at('02T02:00'),
      ...difference,
    },
    now,
  );
}

test('every expected database with an artifact is a success', () => {
  const result = outcomeOf(['orders', 'system']);
  expect(agentResultSchema.parse(result)).toEqual(result);
  expect(result).toMatchObject({
    outcome: 'Succeeded',
    reason: 'Succeeded',
    message: '2 databases backed up',
    retry: 'no',
    type: 'FULL',
    typeReason: 'NoParent',
    warnings: [],
    counts: { expected: 2, succeeded: 2, files: 2, bytes: 200, durationMs: 300_000 },
    verified: 'objects',
  });
});

test('exit 1 with every artifact there is a success with a warning that names the server', () => {
  const runs = [said({ unreachable: ['production-server-1:6362'] }, refusedByHost)];
  const result = outcomeOf(['orders', 'system'], { runs });
  expect(result).toMatchObject({ outcome: 'Succeeded', warnings: [{ reason: 'SourceUnreachable' }] });
  expect(result.warnings[0]?.message).toContain('(production-server-1:6362)');
});

test('exit 1 with one database missing is a success in part, and the missing one stands first with its reason', () => {
  const runs = [said({ databases: [named('orders', 'database is offline')] }, refusedByHost)];
  expect(outcomeOf(['system'], { runs })).toMatchObject({
    outcome: 'PartiallySucceeded',
    reason: 'DatabaseMissing',
    retry: 'retry',
    warnings: [],
    counts: { expected: 2, succeeded: 1 },
    databases: [{ name: 'orders', error: 'database is offline' }, { name: 'system' }],
  });
});

test('exit 0 without any artifact is a failure: silence is no evidence', () => {
  const result = outcomeOf([]);
  expect(result).toMatchObject({ outcome: 'Failed', reason: 'EvidenceMissing', retry: 'retry' });
  expect(result.verified).toBeUndefined();
  expect(result.type).toBeUndefined();
});

test.each([
  ['transient', 'retry'],
  ['terminal', 'no'],
] as const)('a %s verdict without any artifact gives its reason and %s', (fate, retry) => {
  const runs = [said({}, { ...refusedByHost, fate })];
  expect(outcomeOf([], { runs })).toMatchObject({ outcome: 'Failed', reason: 'SourceUnreachable', retry });
});

test('a run that took any FULL is a FULL', () => {
  const diff = manifestOf('orders', 'orders-0');
  expect(outcomeOf([], { manifests: [diff, manifestOf('system')] }).type).toBe('FULL');
  expect(outcomeOf([], { manifests: [diff], expected: ['orders'] }).type).toBe('DIFF');
});

test('a database that the output names is expected although no object names it', () => {
  const runs = [said({ databases: [named('orders'), named('system'), named('invoices', 'offline')] })];
  expect(outcomeOf(['orders', 'system'], { runs })).toMatchObject({
    outcome: 'PartiallySucceeded',
    databases: [{ name: 'invoices', error: 'offline' }, {}, {}],
  });
});

test('a database of the last run leaves expectation when all servers answered and none knew it', () => {
  expect(outcomeOf(['orders', 'system'], { lastGood: ['orders', 'dropped'] }).outcome).toBe('Succeeded');
});

test.each([
  ['one server did not answer', [said({ unreachable: ['production-server-1:6362'] })]],
  ['the engine reports trouble', [said({}, refusedByHost)]],
  ['one call of several reports trouble', [said(), said({}, refusedByHost)]],
  ['nothing was asked', []],
] as const)('it stays expected when %s', (_why, runs) => {
  const result = outcomeOf(['orders', 'system'], { lastGood: ['dropped'], runs });
  expect(result).toMatchObject({ outcome: 'PartiallySucceeded', databases: [{ name: 'dropped' }, {}, {}] });
});

test('an engine that ends well and brings nothing but the system database has lost what the last run had', () => {
  const result = outcomeOf(['system'], { lastGood: ['orders', 'system'], runs: [said(), said()] });
  expect(result).toMatchObject({
    outcome: 'PartiallySucceeded',
    reason: 'DatabaseMissing',
    databases: [{ name: 'orders' }, {}],
  });
});

test('an engine that was asked for everything and stopped half-way is no success, whatever is known to be expected', () => {
  const stopped = { reason: 'DeadlineExceeded', fate: 'transient', message: 'neo4j-admin was stopped' } as const;
  const result = outcomeOf(['system'], { expected: [], lastGood: ['system'], runs: [said({}, stopped)] });
  expect(result).toMatchObject({
    outcome: 'PartiallySucceeded',
    message: expect.stringContaining('whatever else there is') as string,
  });
});

test('a repeated pod that finds everything done ends with it', () => {
  expect(outcomeOf(['orders', 'system'], { lastGood: ['orders'], runs: [] }).outcome).toBe('Succeeded');
});

test('a backup of one database expects that one alone', () => {
  const facts = { plan: aPlan(['orders']), expected: ['orders'], lastGood: ['invoices'] };
  expect(outcomeOf(['orders'], facts)).toMatchObject({ outcome: 'Succeeded', message: '1 database backed up' });
});

test('a clock that went back makes no negative duration', () => {
  expect(outcomeOf(['orders', 'system'], { startedAt: at('02T03:00') }).counts?.durationMs).toBe(0);
});

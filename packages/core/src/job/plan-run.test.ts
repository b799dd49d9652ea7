import type { ActiveRun } from '@holdfast/types';
import { expect, test } from 'vitest';
import { aBackup, aRun, aSpec } from '../run/an-observed.ts';
import type { ResolvedTarget } from '../target/resolve-target.ts';
import { planBackup } from './plan-run.ts';

const access = { type: 'pvc', claim: 'nightly-backups' } as const;

const given = { run: aRun(), access, clusterId: 'the-cluster' };

function aTarget(told: Partial<ResolvedTarget> = {}): ResolvedTarget {
  return {
    namespace: 'neo4j',
    image: 'neo4j',
    from: ['production-server-1:6362', 'production-server-0:6362'],
    hasSecondaries: true,
    databases: ['*'],
    expected: [],
    pullSecrets: [],
    tolerations: [],
    ...told,
  };
}

function optionsFor(told: Partial<ResolvedTarget>, additionalArgs: readonly string[] = []): readonly string[] {
  const spec = aSpec();
  const asked = { ...spec, options: { ...spec.options, additionalArgs } };
  return planBackup(aBackup(), asked, { ...given, target: aTarget(told) }).engine?.options ?? [];
}

const resolution = '--remote-address-resolution=true';

test('where there are secondaries, a version that can is asked to spare the primaries itself', () => {
  expect(optionsFor({ version: '2025.09.0' })).toContain(resolution);
  expect(optionsFor({ version: '2026.03.0' })).toContain(resolution);
});

test.each([
  ['a version that cannot', optionsFor({ version: '2025.08.0' })],
  ['a long-term version', optionsFor({ version: '5.26.4' })],
  ['a version that nobody knows', optionsFor({})],
  ['a target without secondaries', optionsFor({ version: '2026.03.0', hasSecondaries: false })],
])('%s is not', (_what, options) => {
  expect(options).not.toContain(resolution);
});

test('what the spec says of it stands', () => {
  const said = ['--remote-address-resolution=false'];
  expect(optionsFor({ version: '2026.03.0' }, said).filter((one) => one.startsWith('--remote'))).toEqual(said);
});

test('the agent is told which run was the last good one, past those that succeeded in part', () => {
  const entry = { trigger: 'Schedule', reason: 'Succeeded' } as const;
  const history = [
    { ...entry, runId: 'partial', status: 'PartiallySucceeded' },
    { ...entry, runId: 'good', status: 'Succeeded' },
    { ...entry, runId: 'older', status: 'Succeeded' },
  ] as const;
  const backup = aBackup({ status: { history: [...history] } });
  expect(planBackup(backup, aSpec(), { ...given, target: aTarget() }).engine?.lastGoodRun).toBe('good');
});

test('the type that an event asks for goes before that of the options', () => {
  const typeOf = (run: ActiveRun) =>
    planBackup(aBackup(), aSpec(), { ...given, run, target: aTarget() }).engine?.backupType;
  expect(typeOf(aRun({ trigger: 'Event', event: 'TargetUpgrade', backupType: 'FULL' }))).toBe('FULL');
  expect(typeOf(aRun({ trigger: 'Event', event: 'TargetUpgrade' }))).toBe('AUTO');
});

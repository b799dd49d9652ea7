import { beforeAll, describe, expect, test } from 'vitest';
import { leaderRules, releaseRules, serviceRules, type Rule } from '../cluster/services/accounts.ts';
import { flatRights } from '../cluster/services/flat-rights.ts';
import { serviceNames } from '../cluster/services/service-specs.ts';
import { helmForTests, objectsIn, renderAll, valueSets, type KubeObject } from './helm.ts';
import { podsIn } from './pod-security.ts';

const helm = await helmForTests('what the chart grants');

const roles = (objects: readonly KubeObject[]) =>
  objects.filter(({ kind }) => kind === 'Role' || kind === 'ClusterRole') as unknown as (KubeObject & {
    rules: Rule[];
  })[];

describe.skipIf(!helm && process.env['CI'] !== 'true')('what the chart grants', () => {
  let rendered: ReadonlyMap<string, string>;
  beforeAll(async () => void (rendered = await renderAll(helm)));
  const objects = (values: string) => objectsIn(rendered.get(values) ?? '');

  test.each(valueSets)(
    'rendered with %s grants no wildcard, no listing of Secrets, and no way to more rights',
    (values) => {
      for (const { metadata, rules } of roles(objects(values)))
        for (const { apiGroups, resources, verbs } of rules) {
          const where = `${metadata.name}: ${resources.join()}`;
          expect([...apiGroups, ...resources, ...verbs], where).not.toContain('*');
          expect(
            verbs.filter((verb) => ['escalate', 'bind', 'impersonate', 'deletecollection'].includes(verb)),
            where,
          ).toEqual([]);
          if (resources.includes('secrets')) expect(verbs, where).toEqual(['get']);
          expect(
            resources.filter((resource) => /^pods\/(exec|attach|portforward)$/.test(resource)),
            where,
          ).toEqual([]);
        }
    },
  );

  test('a service may grant the account of a backup what it holds itself, and no more', async () => {
    const { identityObjects } = await import('@holdfast/core');
    const backup = { key: { namespace: 'neo4j', name: 'nightly' }, uid: '11111111-2222-3333-4444-555555555555' };
    const { role } = identityObjects(backup as Parameters<typeof identityObjects>[0]);
    for (const name of ['holdfast-worker', 'holdfast-retention']) {
      const held = roles(objects('namespaced')).find(({ metadata }) => metadata.name === name)?.rules ?? [];
      for (const wanted of role['rules'] as Rule[])
        for (const resource of wanted.resources)
          for (const verb of wanted.verbs)
            expect(
              held.some((rule) => rule.resources.includes(resource) && rule.verbs.includes(verb)),
              name,
            ).toBe(true);
    }
  });

  test('grants exactly what the services have on a real control plane, everywhere and in one namespace', () => {
    const granted = (values: string, name: string) =>
      flatRights(roles(objects(values)).find(({ metadata }) => metadata.name === name)?.rules ?? []);
    for (const service of serviceNames) {
      const { namespaced, cluster } = serviceRules[service];
      expect(granted('default', `holdfast-backups-${service}`), service).toEqual(
        flatRights([...namespaced, ...cluster]),
      );
      expect(granted('namespaced', `holdfast-${service}`), service).toEqual(flatRights(namespaced));
    }
    expect(granted('default', 'holdfast-backups-release')).toEqual(flatRights(releaseRules));
    expect(granted('namespaced', 'holdfast-release')).toEqual(flatRights(releaseRules));
    for (const values of ['default', 'namespaced'])
      expect(granted(values, 'holdfast-leader'), values).toEqual(flatRights(leaderRules));
  });

  test('for one namespace it asks for rights there and nowhere else', () => {
    const all = objects('namespaced');
    expect(all.filter(({ kind }) => kind.startsWith('ClusterRole'))).toEqual([]);
    const namespaces = roles(all).map(({ metadata }) => [metadata.name, metadata.namespace]);
    expect(Object.fromEntries(namespaces)).toEqual({
      'holdfast-leader': 'backups',
      'holdfast-watcher': 'neo4j',
      'holdfast-worker': 'neo4j',
      'holdfast-retention': 'neo4j',
      'holdfast-release': 'neo4j',
    });
  });

  test('every right is bound to the account that a Deployment runs as', () => {
    for (const values of valueSets) {
      const all = objects(values);
      const accounts = all.filter(({ kind }) => kind === 'ServiceAccount').map(({ metadata }) => metadata.name);
      const used = podsIn(all)
        .map(([, pod]) => pod['serviceAccountName'])
        .filter((name) => name !== undefined);
      expect(used.toSorted()).toEqual(accounts.toSorted());
      const bindings = all.filter(({ kind }) => kind.endsWith('RoleBinding')) as unknown as (KubeObject & {
        roleRef: { kind: string; name: string };
        subjects: { name: string; namespace: string }[];
      })[];
      expect(bindings).toHaveLength(roles(all).length);
      for (const { roleRef, subjects, metadata } of bindings) {
        expect(
          roles(all).some(({ kind, metadata: { name } }) => kind === roleRef.kind && name === roleRef.name),
          metadata.name,
        ).toBe(true);
        for (const { name, namespace } of subjects)
          expect([accounts.includes(name), namespace]).toEqual([true, 'backups']);
      }
    }
  });
});

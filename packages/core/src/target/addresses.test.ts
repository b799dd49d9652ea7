import { expect, test } from 'vitest';
import { addressesOf } from './addresses.ts';
import type { PodObject, ServerObject } from './objects.ts';

const server = (topology?: { primaries?: number; secondaries?: number }): ServerObject => ({
  metadata: { name: 'production', namespace: 'neo4j' },
  ...(topology && { spec: { topology } }),
});
const aPod = (name: string, difference: Partial<PodObject['metadata']> = {}, spec?: PodObject['spec']): PodObject => ({
  metadata: { name, namespace: 'neo4j', ...difference },
  ...(spec && { spec }),
});
const addresses = (pods: readonly PodObject[], topology?: { primaries?: number; secondaries?: number }) =>
  addressesOf(server(topology), 'Cluster', pods, 'cluster.local').map(({ address }) => address);
const hosts = (...given: Parameters<typeof addresses>) => addresses(...given).map((one) => one.split('.', 1)[0]);

test('without pods the names follow from the topology, secondaries first', () => {
  expect(addresses([], { primaries: 2, secondaries: 1 })).toEqual([
    'production-server-2.production-headless.neo4j.svc.cluster.local:6362',
    'production-server-0.production-headless.neo4j.svc.cluster.local:6362',
    'production-server-1.production-headless.neo4j.svc.cluster.local:6362',
  ]);
  expect(hosts([])).toEqual(['production-server-0']);
});

test('a standalone has one server', () => {
  expect(addressesOf(server(), 'Standalone', [], 'example.org')).toEqual([
    { address: 'production-0.production-headless.neo4j.svc.example.org:6362', secondary: false },
  ]);
});

test('pods are taken as they are, with their own host names and services', () => {
  const pod = aPod('production-server-0', {}, { hostname: 'first', subdomain: 'internal' });
  expect(addresses([pod])).toEqual(['first.internal.neo4j.svc.cluster.local:6362']);
});

test('the older layout says in its names who is secondary', () => {
  const pods = ['production-primary-0', 'production-primary-1', 'production-secondary-0'].map((name) => aPod(name));
  expect(hosts(pods, { primaries: 1 })).toEqual([
    'production-secondary-0',
    'production-primary-0',
    'production-primary-1',
  ]);
});

test('a label says who is secondary, whatever the name', () => {
  const pods = [
    aPod('production-server-0', { labels: { 'neo4j.com/server-role': 'PRIMARY' } }),
    aPod('production-server-1', { labels: { 'neo4j.com/role': 'secondary' } }),
  ];
  expect(hosts(pods, { primaries: 2 })).toEqual(['production-server-1', 'production-server-0']);
});

test('without a label the servers after the primaries are secondaries, in numeric order', () => {
  const pods = ['production-server-10', 'production-server-2', 'production-server-0'].map((name) => aPod(name));
  expect(hosts(pods, { primaries: 1 })).toEqual(['production-server-2', 'production-server-10', 'production-server-0']);
});

test('a pod that goes away is not asked', () => {
  const pods = [
    aPod('production-server-0', { deletionTimestamp: '2026-03-01T00:00:00Z' }),
    aPod('production-server-1'),
  ];
  expect(hosts(pods, { primaries: 2 })).toEqual(['production-server-1']);
});

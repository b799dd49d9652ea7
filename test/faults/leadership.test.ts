import { expect, test } from 'vitest';
import type { PassedRequest } from '../cluster/proxy/fault-proxy.ts';
import { turns, writesOutOfTurn } from './leadership.ts';

const lease = '/apis/coordination.k8s.io/v1/namespaces/holdfast/leases/holdfast-watcher';
const status = '/apis/neo4j.neo4j.com/v1alpha1/namespaces/n/neo4jbackups/b/status';
let seconds = 0;

function passed(who: string, path: string, change: Partial<PassedRequest> = {}): PassedRequest {
  const at = new Date(Date.UTC(2026, 2, 1, 2, 0, (seconds += 1)));
  return {
    method: 'PUT',
    path,
    query: new URLSearchParams(),
    agent: `holdfast-watcher (${who})`,
    status: 200,
    at,
    ...change,
  };
}

test('a write counts as out of turn from the moment when another one has taken the Lease', () => {
  const story = [passed('a', lease), passed('a', status), passed('b', lease), passed('b', status)];
  expect(writesOutOfTurn(story)).toEqual([]);
  expect(writesOutOfTurn([...story, passed('a', status)])).toEqual([
    expect.stringMatching(/\(a\) wrote PUT .* \(b\)'s$/),
  ]);
});

test('whoever has never had the Lease must not write at all', () => {
  expect(writesOutOfTurn([passed('a', status)])).toEqual([expect.stringContaining('nobody')]);
});

test('reads, refused writes and the writes of others are no matter of turns', () => {
  const others = { agent: 'holdfast-worker' };
  const story = [
    passed('a', lease),
    passed('b', lease, { status: 409 }),
    passed('b', status, { method: 'GET' }),
    passed('b', status, { status: 409 }),
    passed('', status, others),
  ];
  expect(writesOutOfTurn(story)).toEqual([]);
  expect(turns(story).map(({ who }) => who)).toEqual(['holdfast-watcher (a)']);
});

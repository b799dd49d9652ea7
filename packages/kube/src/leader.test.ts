import { afterEach, expect, test } from 'vitest';
import { KubeError } from './kube-error.ts';
import { campaign, type LeadOptions, type Leadership } from './leader.ts';
import { memoryKube, type MemoryKube } from './memory-kube.ts';
import { resources } from './resources.ts';
import { silentLog } from './silent-log.ts';

const key = { namespace: 'n', name: 'watcher' };
const stops: AbortController[] = [];
afterEach(() => stops.splice(0).forEach((stop) => stop.abort()));

interface Candidate extends Leadership {
  readonly state: { readonly working: boolean };
  stop(): void;
}

/** Campaigns with durations a hundredth of the real ones. */
function aCandidate(kube: MemoryKube, identity: string, change: Partial<LeadOptions> = {}): Candidate {
  const stop = new AbortController();
  stops.push(stop);
  const state = { working: false };
  const lead = async (signal: AbortSignal): Promise<void> => {
    state.working = true;
    await untilAborted(signal);
    state.working = false;
  };
  const times = { leaseMs: 150, renewMs: 100, retryMs: 20 };
  const options = { kube, ...key, identity, lead, signal: stop.signal, log: silentLog(), ...times, ...change };
  const { leads, ended } = campaign(options);
  return { state, leads, ended, stop: () => stop.abort() };
}

const holder = async (kube: MemoryKube): Promise<string | undefined> =>
  (await kube.get(resources.leases, key))?.spec?.holderIdentity;

test('one of several candidates works, and another one takes over when it stops', async () => {
  const kube = memoryKube();
  const lasting = { leaseMs: 90_000, renewMs: 60_000 }; // no busy machine lets it run out
  const first = aCandidate(kube, 'one', lasting);
  await expect.poll(() => first.state.working).toBe(true);
  const second = aCandidate(kube, 'two', lasting);
  expect(first.leads()).toBe(true);
  expect(second.leads()).toBe(false);
  first.stop();
  await first.ended;
  expect(first.state.working).toBe(false);
  await expect.poll(() => second.state.working).toBe(true);
  expect(await holder(kube)).toBe('two');
  expect((await kube.get(resources.leases, key))?.spec?.leaseTransitions).toBe(1);
});

test('a clean stop releases the Lease only after the work has ended', async () => {
  const kube = memoryKube();
  const workEnds = Promise.withResolvers<void>();
  const one = aCandidate(kube, 'one', { lead: () => workEnds.promise });
  await expect.poll(() => one.leads()).toBe(true);
  one.stop();
  expect(await holder(kube)).toBe('one');
  workEnds.resolve();
  await one.ended;
  expect(await holder(kube)).toBe('');
});

test('two candidates never work at the same time, whatever fails', async () => {
  const kube = memoryKube();
  let working = 0;
  let most = 0;
  let terms = 0;
  const lead = async (signal: AbortSignal): Promise<void> => {
    most = Math.max(most, ++working);
    terms++;
    await untilAborted(signal);
    working--;
  };
  const rivals = ['one', 'two', 'three'].map((name) => aCandidate(kube, name, { lead, leaseMs: 500 }));
  for (let round = 1; round <= 3; round++) {
    await expect.poll(() => terms, { timeout: 5000 }).toBeGreaterThanOrEqual(round);
    for (let i = 0; i < 30; i++) kube.failNext('get', new KubeError('transient', 'no answer'));
  }
  for (const rival of rivals) rival.stop();
  await Promise.all(rivals.map((rival) => rival.ended));
  expect(most).toBe(1);
}, 20_000);

test('a leader that cannot renew stops its work before the Lease can run out', async () => {
  const kube = memoryKube();
  const one = aCandidate(kube, 'one', { renewMs: 200, leaseMs: 2000 });
  await expect.poll(() => one.state.working).toBe(true);
  const beganMs = performance.now();
  for (let i = 0; i < 100; i++) kube.failNext('get', new KubeError('transient', 'no answer'));
  await expect.poll(() => one.state.working, { interval: 5, timeout: 3000 }).toBe(false);
  expect(performance.now() - beganMs).toBeLessThan(2000);
  expect(one.leads()).toBe(false);
});

test('a leader that finds another holder stops at once', async () => {
  const kube = memoryKube();
  const one = aCandidate(kube, 'one', { renewMs: 60_000, leaseMs: 90_000 });
  await expect.poll(() => one.state.working).toBe(true);
  await kube.mergePatch(resources.leases, key, { spec: { holderIdentity: 'usurper', leaseDurationSeconds: 90 } });
  await expect.poll(() => one.state.working).toBe(false);
  expect(await holder(kube)).toBe('usurper');
});

test('the times in a Lease decide nothing: a holder is spared until its Lease has stood still for as long as it lasts', async () => {
  const kube = memoryKube();
  const spec = { holderIdentity: 'gone', leaseDurationSeconds: 0, renewTime: '1999-01-01T00:00:00.000000Z' };
  kube.put(resources.leases, { metadata: key, spec });
  const beganMs = performance.now();
  const one = aCandidate(kube, 'one');
  await expect.poll(() => one.state.working, { interval: 5 }).toBe(true);
  expect(performance.now() - beganMs).toBeGreaterThanOrEqual(150);
});

test('work that fails ends the term, and the next term begins', async () => {
  const kube = memoryKube();
  let terms = 0;
  const log = silentLog();
  const lead = async (signal: AbortSignal): Promise<void> => {
    if (++terms === 1) throw new Error('bad start');
    await untilAborted(signal);
  };
  aCandidate(kube, 'one', { lead, log });
  await expect.poll(() => terms).toBe(2);
  expect(log.lines.some((line) => line.message === 'the work of the leader failed')).toBe(true);
});

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

import { expect, test } from 'vitest';
import { aResult } from './a-result.ts';
import { anEndedJob, at } from './an-observed.ts';
import { conclude, type Evidence } from './conclude.ts';

const now = at('02T03:00');
const judge = (evidence: Partial<Evidence>) =>
  conclude({ attempt: 1, retries: 2, job: anEndedJob(), ...evidence }, now);
const gone = (evidence: Partial<Evidence> = {}) => conclude({ attempt: 1, retries: 2, ...evidence }, now);
const missingObject = { reason: 'ArtifactMissing', message: 'orders-1.backup is not in the store' } as const;
const failure = (reason: string, retry: 'retry' | 'no' = 'retry') =>
  aResult({ outcome: 'Failed', reason, message: 'it failed', retry });

test('a result whose manifests agree with the store is a success, whatever the Job thinks of itself', () => {
  const expected = { kind: 'settle', status: 'Succeeded', reason: 'Succeeded' };
  expect(judge({ result: aResult(), findings: [] })).toMatchObject(expected);
  expect(judge({ result: aResult(), job: anEndedJob({ state: 'Failed' }) })).toMatchObject(expected);
  expect(gone({ result: aResult() })).toMatchObject(expected);
});

test.each(['Succeeded', 'PartiallySucceeded'] as const)('%s is nothing when the store says otherwise', (outcome) => {
  const conclusion = judge({ result: aResult({ outcome }), findings: [missingObject] });
  expect(conclusion).toMatchObject({ kind: 'settle', status: 'Failed', ...missingObject });
});

test('a missing database is looked for once more, and then told', () => {
  const result = aResult({ outcome: 'PartiallySucceeded', message: 'no artifact of orders' });
  expect(judge({ result })).toEqual({
    kind: 'retry',
    at: at('02T03:01'),
    reason: 'DatabaseMissing',
    message: 'no artifact of orders',
  });
  const again = { ...result, attempt: 2 };
  expect(judge({ result: again, attempt: 2 })).toMatchObject({
    kind: 'settle',
    status: 'PartiallySucceeded',
    reason: 'DatabaseMissing',
  });
});

test('a failure that may pass is retried with growing pauses, as often as the spec allows', () => {
  const attempts = [1, 2, 3].map((attempt) => judge({ result: { ...failure('SourceUnreachable'), attempt }, attempt }));
  expect(attempts).toMatchObject([
    { kind: 'retry', at: at('02T03:01'), reason: 'SourceUnreachable' },
    { kind: 'retry', at: at('02T03:02') },
    { kind: 'settle', status: 'Failed', reason: 'SourceUnreachable', message: 'it failed' },
  ]);
  const result = { ...failure('SourceUnreachable'), attempt: 9 };
  expect(judge({ result, attempt: 9, retries: 20 })).toMatchObject({ at: at('02T03:30') });
});

test('a failure that a person must put right is not retried', () => {
  expect(judge({ result: failure('TempSpace', 'no') })).toMatchObject({ kind: 'settle', reason: 'TempSpace' });
});

test('no retries means none', () => {
  expect(judge({ result: failure('SourceUnreachable'), retries: 0 })).toMatchObject({ kind: 'settle' });
});

test('what was killed for memory is tried once more, not twice', () => {
  expect(judge({ result: failure('OutOfMemory') })).toMatchObject({ kind: 'retry' });
  const second = { ...failure('OutOfMemory'), attempt: 2 };
  expect(judge({ result: second, attempt: 2 })).toMatchObject({ kind: 'settle', reason: 'OutOfMemory' });
});

test('a Job at its deadline explains what its pod reported', () => {
  const job = anEndedJob({ state: 'Failed', failure: 'DeadlineExceeded' });
  expect(judge({ result: failure('Interrupted', 'no'), job })).toMatchObject({ reason: 'DeadlineExceeded' });
  expect(judge({ job })).toMatchObject({ kind: 'settle', status: 'Failed', reason: 'DeadlineExceeded' });
});

test('a reason of another version is told as one without a name', () => {
  expect(judge({ result: failure('NoSuchWord', 'no') })).toMatchObject({ reason: 'UnexpectedError' });
});

test('a pod that ended without a word is tried again', () => {
  expect(judge({})).toMatchObject({ kind: 'retry', reason: 'EvidenceMissing' });
  expect(judge({ attempt: 3 })).toMatchObject({ kind: 'settle', status: 'Failed', reason: 'EvidenceMissing' });
});

test('a run without Job and without evidence has failed, and is never run again blindly', () => {
  expect(gone()).toMatchObject({ kind: 'settle', status: 'Failed', reason: 'EvidenceMissing' });
});

test('the failure of an earlier attempt is no evidence of this one', () => {
  expect(gone({ attempt: 2, result: failure('SourceUnreachable') })).toMatchObject({
    kind: 'settle',
    reason: 'EvidenceMissing',
  });
  expect(judge({ attempt: 2, result: failure('StorageDenied', 'no') })).toMatchObject({ kind: 'retry' });
});

test('what an earlier attempt made counts when the later one is lost', () => {
  const result = aResult({ outcome: 'PartiallySucceeded' });
  expect(gone({ attempt: 2, result })).toMatchObject({ kind: 'settle', status: 'PartiallySucceeded' });
});

test('a pod that ended without a word ends by the word that Kubernetes has for it', () => {
  const reasons = ['OOMKilled', 'Evicted', 'Error'].map((podReason) => judge({ podReason }).reason);
  expect(reasons).toEqual(['OutOfMemory', 'PodDisrupted', 'EvidenceMissing']);
  expect(judge({ podReason: 'Error' }).message).toContain('Kubernetes says Error');
  expect(judge({ podReason: 'OOMKilled', attempt: 2 })).toMatchObject({ kind: 'settle', reason: 'OutOfMemory' });
  expect(judge({ podReason: 'Evicted', attempt: 2 })).toMatchObject({ kind: 'retry', reason: 'PodDisrupted' });
});

import { describe, expect, test } from 'vitest';
import { judgeExit, type EnginePaths, type EngineVerdict } from './judge-exit.ts';
import { readOutput } from './output.ts';

const paths = { toPath: '/store/artifacts', tempPath: '/scratch/run-1' };

describe('exit codes', () => {
  test('0 leaves the word to the evidence', () => {
    expect(judged({ code: 0 }, 'Connection refused')).toBeUndefined();
  });

  test.each([
    [{ code: 64 }, 'EngineUsage', 'terminal'],
    [{ code: 70 }, 'EngineFailed', 'transient'],
    [{ code: 1 }, 'EngineFailed', 'transient'],
    [{ code: 3 }, 'EngineFailed', 'terminal'],
    [{ code: 127 }, 'EngineFailed', 'terminal'],
    [{ code: 137 }, 'OutOfMemory', 'transient'],
    [{ code: 143 }, 'Interrupted', 'transient'],
    [{ code: null, signal: 'SIGKILL' }, 'OutOfMemory', 'transient'],
    [{ code: null, signal: 'SIGTERM' }, 'Interrupted', 'transient'],
    [{ code: null, signal: 'SIGSEGV' }, 'EngineFailed', 'transient'],
    [{ code: 137, endedFor: 'Stalled' }, 'Stalled', 'transient'],
  ] as const)('%o means %s, %s', (exit, reason, fate) => {
    expect(judged(exit)).toMatchObject({ reason, fate });
  });
});

describe('words', () => {
  test.each([
    ['Storage staging path does not exist: /scratch/run-1', 'TempSpace', 'terminal'],
    ['java.io.IOException: No space left on device', 'TempSpace', 'terminal'],
    ['/scratch/run-1/x: No space left on device', 'TempSpace', 'terminal'],
    ['/store/artifacts: No space left on device', 'StoreSpace', 'terminal'],
    ['The access key you provided does not exist in our records. (Status Code: 403)', 'StorageDenied', 'terminal'],
    ['Unable to load credentials from any of the providers in the chain', 'StorageDenied', 'terminal'],
    ['NoSuchBucket: The specified bucket does not exist (Status Code: 404)', 'BucketMissing', 'terminal'],
    ['SdkClientException: Unable to execute HTTP request: Connection refused', 'StorageUnreachable', 'transient'],
    ['Could not connect to server a:6362: connection timed out', 'SourceUnreachable', 'transient'],
    ['java.lang.OutOfMemoryError: Java heap space', 'OutOfMemory', 'transient'],
    [
      'Differential backups require that a full backup of the same database exists in the folder',
      'NoParent',
      'transient',
    ],
    ['Timed out while waiting for a checkpoint to complete', 'EngineFailed', 'transient'],
  ])('"%s" means %s, %s', (line, reason, fate) => {
    const verdict = judged({ code: 1 }, line);
    expect(verdict).toMatchObject({ reason, fate });
    expect(verdict?.message).toContain(line.slice(0, 40));
  });

  test.each([
    ['store', 'StoreSpace', /make the store larger/, undefined],
    [
      'scratch',
      'TempSpace',
      /tempStorage\.size above the size of the database and of its artifact together/,
      'scratch',
    ],
    ['work', 'TempSpace', /claim of options\.workVolume larger/, 'work'],
  ] as const)('a full folder that is %s means %s', (toPathIs, reason, remedy, full) => {
    const verdict = judged({ code: 1 }, { toPathIs }, '/store/artifacts: No space left on device');
    expect(verdict).toMatchObject({ reason, fate: 'terminal', message: expect.stringMatching(remedy) });
    expect(verdict?.full).toBe(full);
  });

  test('what a person must put right outranks what may pass by itself', () => {
    const verdict = judged({ code: 1 }, 'Could not connect to server a:6362: no', 'AccessDenied (Status Code: 403)');
    expect(verdict?.reason).toBe('StorageDenied');
  });

  test('a database that failed speaks in the message', () => {
    expect(judged({ code: 1 }, "Backup of database 'orders' failed. Reason: store copy failed", 'bye')?.message).toBe(
      'neo4j-admin ended with exit code 1: database orders: store copy failed; its log has the details',
    );
  });
});

function judged(
  exit: Parameters<typeof judgeExit>[0],
  ...told: readonly (string | Partial<EnginePaths>)[]
): EngineVerdict | undefined {
  const lines = told.filter((each) => typeof each === 'string');
  const is = told.find((each) => typeof each === 'object');
  const reader = readOutput();
  const channel = reader.channel();
  for (const line of lines) channel.push(`${line}\n`);
  channel.end();
  return judgeExit(exit, reader.report(), { ...paths, ...is });
}

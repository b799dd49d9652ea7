import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { ContainerLog, readLog } from './container-log.ts';

test('a log can be read from the moment its container starts, and holds all that was said', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'holdfast-log-'));
  const file = join(dir, 'backup.0.log');
  const log = new ContainerLog(file, () => new Date('2026-03-01T02:00:00Z'));
  expect(existsSync(file)).toBe(true);
  await log.take(Readable.from([Buffer.from('one\ntwo\n')]), 'stdout');
  await log.close();
  const texts = await Array.fromAsync(readLog(file, {}, () => true, new AbortController().signal));
  expect(texts.join('')).toBe('one\ntwo\n');
  rmSync(dir, { recursive: true });
});

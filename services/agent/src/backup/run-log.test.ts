import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openRunLog } from './run-log.ts';

let folder: string;
let shown: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-log-'));
  shown = '';
  for (const stream of [process.stdout, process.stderr])
    vi.spyOn(stream, 'write').mockImplementation((text) => {
      shown += String(text);
      return true;
    });
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

test('a secret cut in two reaches neither the pod nor the file', async () => {
  const log = openRunLog(join(folder, 'run.log'), ['the-secret-key']);
  log.write(Buffer.from('AWS=the-sec'), 'stderr');
  log.write(Buffer.from('other stream\n'), 'stdout');
  log.write(Buffer.from('ret-key!\n'), 'stderr');
  log.say('said the-secret-key');
  await log.close();
  const kept = readFileSync(log.file, 'utf8');
  expect(kept).toBe(shown);
  expect(kept).toBe('AWS=other stream\n***!\nholdfast: said ***\n');
});

test('an output that ends in the middle of a line is kept whole', async () => {
  const log = openRunLog(join(folder, 'run.log'), ['the-secret-key']);
  log.write(Buffer.from('ends like the-sec'), 'stdout');
  await log.close();
  expect(readFileSync(log.file, 'utf8')).toBe('ends like the-sec');
});

test('a log that cannot be kept ends nothing, and says so', async () => {
  const log = openRunLog(join(folder, 'missing', 'run.log'), []);
  log.say('goes on');
  await vi.waitFor(() => expect(shown).toContain('cannot be kept'));
  log.say('and on');
  await log.close();
  expect(shown).toContain('holdfast: and on');
});

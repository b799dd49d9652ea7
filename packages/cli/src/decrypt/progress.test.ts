import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { openProgress } from './progress.ts';

let folder: string;
let file: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-progress-'));
  file = join(folder, 'artifact.enc');
  await writeFile(file, new Uint8Array(4096));
});

afterAll(() => rm(folder, { recursive: true }));

afterEach(() => void vi.useRealTimers());

test('a terminal sees one line that is written over, a few times a second, and no trace of it at the end', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const terminal = aStream({ isTTY: true });
  const progress = await openProgress(file, { stream: terminal, shown: true });
  vi.advanceTimersByTime(1000);
  progress.at(1024);
  progress.at(1025);
  vi.advanceTimersByTime(1000);
  progress.at(4096);
  progress.end();
  const erase = '\r\u001b[2K';
  expect(terminal.written).toBe(
    `${erase}25 %  1.0 KiB of 4.0 KiB  1.0 KiB/s${erase}100 %  4.0 KiB of 4.0 KiB  2.0 KiB/s${erase}`,
  );
});

test('a pipe and a machine see nothing', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  for (const [isTTY, shown] of [
    [false, true],
    [true, false],
  ] as const) {
    const stream = aStream({ isTTY });
    const progress = await openProgress(file, { stream, shown });
    vi.advanceTimersByTime(1000);
    progress.at(1024);
    progress.end();
    expect(stream.written).toBe('');
  }
});

function aStream({ isTTY }: { isTTY: boolean }): NodeJS.WriteStream & { readonly written: string } {
  let written = '';
  const stream = {
    isTTY,
    write: (text: string) => ((written += text), true),
    get written() {
      return written;
    },
  };
  return stream as unknown as NodeJS.WriteStream & { readonly written: string };
}

import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { builtModule, goBuild, type GoModule } from '../../go-build.ts';
import { kubernetes } from './kubernetes.ts';

const ready = builtModule(kubernetes) !== undefined; // whoever has it has Go

describe.skipIf(!ready)('a program of ours in Go', () => {
  let room: string;
  let folder: string;
  let clock: GoModule;
  const said: string[] = [];
  const say = (line: string): void => void said.push(line);

  beforeAll(() => {
    room = mkdtempSync(join(tmpdir(), 'holdfast-go-'));
    folder = join(room, 'clock');
    clock = {
      name: 'clock',
      version: '1.0.0',
      folder,
      aliases: ['watch'],
      linked: { 'main.Maker': 'Holdfast' },
      patches: kubernetes.patches ?? {},
    };
    vi.stubEnv('XDG_CACHE_HOME', room);
    mkdirSync(folder);
    copyFileSync(join(kubernetes.folder, 'shift.go.txt'), join(folder, 'shift.go.txt'));
    writeFileSync(join(folder, 'go.mod'), 'module clock\n\ngo 1.26\n');
    writeFileSync(
      join(folder, 'main.go'),
      `package main

import "time"

var Maker string

func main() {
	before := time.Now()
	time.ShiftNow(36*time.Hour + 1500*time.Millisecond)
	after := time.Now()
	println(Maker, after.Round(0).Sub(before.Round(0)).Round(time.Second).String(), after.Sub(before) < time.Minute)
}
`,
    );
  });
  afterAll(() => {
    vi.unstubAllEnvs();
    rmSync(room, { recursive: true });
  });

  test('is built with its flags and patches, once, and nothing but itself is kept', async () => {
    expect(builtModule(clock)).toBeUndefined();
    const program = (await goBuild(clock, say)) ?? '';
    const printed = execFileSync('sh', ['-c', '"$0" 2>&1', program], { encoding: 'utf8' });
    expect(printed).toBe('Holdfast 36h0m2s true\n');
    expect(said.at(-1)).toMatch(/^built clock 1\.0\.0 in \d+ s$/);
    expect(readdirSync(dirname(program)).sort()).toEqual(['clock', 'watch']);
    expect(readdirSync(join(room, 'holdfast'))).toHaveLength(1);
    said.length = 0;
    expect(await goBuild(clock, say)).toBe(program);
    expect(said).toEqual([]);
  });

  test('is another program when a source changes, and none when it does not compile', async () => {
    const before = builtModule(clock) ?? '';
    writeFileSync(join(folder, 'more.go'), 'package main\n\nvar broken int = "no"\n');
    expect(builtModule(clock)).toBeUndefined();
    expect(await goBuild(clock, say)).toBeUndefined();
    expect(said.at(-1)).toMatch(/clock could not be built: .*cannot use "no"/);
    expect(readdirSync(join(room, 'holdfast'))).toHaveLength(1);
    expect(existsSync(before)).toBe(true);
  });

  test('is refused with a remedy when Go no longer has the line that a patch looks for', async () => {
    const patches = { 'time/time.go': { after: 'nothing reads so', line: '' } };
    expect(await goBuild({ ...clock, version: '1.0.1', patches }, say)).toBeUndefined();
    expect(said.at(-1)).toMatch(/has 0 lines "nothing reads so" where one was expected; use Go 1\.26 or 1\.27/);
  });
});

import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-install-'));
  const image = join(folder, 'image');
  mkdirSync(join(image, 'lib'), { recursive: true });
  copyFileSync(join(import.meta.dirname, 'install.ts'), join(image, 'install.mts'));
  writeFileSync(join(image, 'node'), 'a program');
  chmodSync(join(image, 'node'), 0o755);
  writeFileSync(join(image, 'lib', 'libc.so.1'), 'a library');
  symlinkSync('libc.so.1', join(image, 'lib', 'libc.so'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const install = (...to: string[]) =>
  execFileSync(process.execPath, [join(folder, 'image', 'install.mts'), ...to], { stdio: 'pipe' });

test('the whole folder is copied with its modes and links, also over what a predecessor left', () => {
  const to = join(folder, 'agent');
  for (let time = 0; time < 2; time += 1) {
    install(to);
    expect(readFileSync(join(to, 'node'), 'utf8')).toBe('a program');
    expect(statSync(join(to, 'node')).mode & 0o777).toBe(0o755);
    expect(readlinkSync(join(to, 'lib', 'libc.so'))).toBe('libc.so.1');
    expect(readFileSync(join(to, 'lib', 'libc.so'), 'utf8')).toBe('a library');
  }
});

test('without a destination it says what is missing', () => {
  expect(() => install()).toThrow('name the folder');
});

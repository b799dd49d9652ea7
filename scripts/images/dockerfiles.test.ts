import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../steps.ts';
import { imageNames, startOf } from './images.ts';

test.each(imageNames)('the Dockerfile of %s starts what our own archive starts, as the same user', (name) => {
  const text = readFileSync(join(root, `deploy/docker/${name}.Dockerfile`), 'utf8');
  const [, last = ''] = text.split('FROM scratch\n');
  const words = new Map(last.split('\n').map((line) => [line.split(' ')[0], line.slice(line.indexOf(' ') + 1)]));
  const { entrypoint, user, env } = startOf(name);
  expect(words.get('USER')).toBe(user);
  expect(words.get('ENV')?.split(' ')).toEqual(env);
  expect(JSON.parse(words.get('ENTRYPOINT') ?? '')).toEqual(entrypoint);
  expect(text).toContain(`npm run images -- --folder /rootfs ${name}\n`);
  expect(text).toContain(`FROM node:${process.versions.node}-`);
});

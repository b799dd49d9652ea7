import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { nodeIsPossible } from './possible.ts';
import { controlGroupFolders, controlGroupOf, makeControlGroup, removeControlGroup } from './control-groups.ts';

test.skipIf(!nodeIsPossible())('a group goes as soon as the last process has left it, and not before', async () => {
  const group = controlGroupOf(`a test of ${process.pid}`);
  makeControlGroup(group);
  const member = spawn('sleep', ['600'], { stdio: 'ignore' });
  const left = once(member, 'exit');
  try {
    // A group of the controller cpuset takes nobody before it has been given processors.
    const folders = controlGroupFolders(group).filter((folder) => !folder.includes('/cpuset/'));
    for (const folder of folders) writeFileSync(join(folder, 'cgroup.procs'), String(member.pid));
    let removed = false;
    const removal = removeControlGroup(group).then(() => (removed = true));
    await new Promise((resolve) => setImmediate(resolve)); // it has looked once
    expect([removed, controlGroupFolders(group)]).toEqual([false, expect.arrayContaining(folders)]);
    member.kill('SIGKILL');
    await removal;
    expect(controlGroupFolders(group)).toEqual([]);
  } finally {
    member.kill('SIGKILL');
    await left;
    await removeControlGroup(group);
  }
});

// Ends what a dev cluster leaves behind when its own process dies without a word: our stdin is a pipe from it, and its
// end is our signal. Arguments: the cluster's mark, a folder and a control group to remove (each may be empty).
import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { removeControlGroup } from './node/control-groups.ts';
import { clusterMark, killMarked } from './kubelet/processes.ts';

const [mark = '', folder = '', controlGroup = ''] = process.argv.slice(2);
process.on('SIGINT', () => {}); // Ctrl-C reaches the whole terminal; we go last
process.stdin.resume();
await new Promise((resolve) => process.stdin.once('close', resolve));
for (let round = 0; round < 50 && killMarked(clusterMark, mark).length > 0; round += 1) await sleep(20);
if (folder) rmSync(folder, { recursive: true, force: true });
if (controlGroup) removeControlGroup(controlGroup);

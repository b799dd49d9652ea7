// Ends what a dev cluster leaves behind when its own process dies without a word: our stdin is a pipe from it, and its
// end is our signal. Arguments: the cluster's mark, a folder and a control group to remove (each may be empty).
import { rmSync } from 'node:fs';
import { until } from '../until.ts';
import { removeControlGroup } from './node/control-groups.ts';
import { clusterMark, killMarked } from './kubelet/processes.ts';

const [mark = '', folder = '', controlGroup = ''] = process.argv.slice(2);
process.on('SIGINT', () => {}); // Ctrl-C reaches the whole terminal; we go last
process.stdin.resume();
await new Promise((resolve) => process.stdin.once('close', resolve));
const noneLeft = () => killMarked(clusterMark, mark).length === 0;
await until(noneLeft, { withinMs: 30_000, everyMs: 20 }).catch(() => {}); // what cannot be ended shall not keep the rest
if (folder) rmSync(folder, { recursive: true, force: true });
if (controlGroup) await removeControlGroup(controlGroup);

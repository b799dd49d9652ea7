import { builtModule } from '../../go-build.ts';
import { builtProgram } from '../../go-install.ts';
import { kubernetes } from '../real/kubernetes.ts';
import { coredns } from './tools.ts';

/** Whether this machine can have a cluster of kind `node`: it needs Linux, root, and the programs that are built once. */
export function nodeIsPossible(): boolean {
  const built = builtModule(kubernetes) !== undefined && builtProgram(coredns) !== undefined;
  return process.platform === 'linux' && process.getuid?.() === 0 && built;
}

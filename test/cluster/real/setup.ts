import { builtModule, goBuild } from '../../go-build.ts';
import { howToBuild, kubernetes } from './kubernetes.ts';

/**
 * Before the lane: where Kubernetes is not built yet that is said aloud, and the lane's tests are left out; with CI=true it is built first, and
 * failing to is an error.
 */
export default async function setup(): Promise<void> {
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  if (builtModule(kubernetes)) return;
  if (process.env['CI'] !== 'true')
    return say(
      `left out: a real Kubernetes control plane; ${howToBuild} builds it once (six minutes on two idle cores)`,
    );
  if (!(await goBuild(kubernetes, say)))
    throw new Error('Kubernetes could not be built; what was missing is said above');
}

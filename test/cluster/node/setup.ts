import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { goBuild } from '../../go-build.ts';
import { kubernetes } from '../real/kubernetes.ts';
import { nodeIsPossible } from './possible.ts';
import { nodeTools } from './tools.ts';

/** With CI=true everything a node is made of is fetched or built first; elsewhere nobody waits for minutes unasked. */
export default async function setup(): Promise<void> {
  const say = (line: string) => void process.stderr.write(`${line}\n`);
  if (process.env['CI'] !== 'true') {
    if (!nodeIsPossible())
      say(
        'left out: a Kubernetes node with containers; it needs Linux, root, and once: npm run cluster -- build-kubernetes',
      );
    return;
  }
  if (!(await goBuild(kubernetes, say))) throw new Error('Kubernetes could not be built');
  const links = await mkdtemp(join(tmpdir(), 'holdfast-links-'));
  try {
    await nodeTools(links, say);
  } finally {
    await rm(links, { recursive: true, force: true });
  }
}

import { execFile } from 'node:child_process';
import { networkInterfaces } from 'node:os';
import { promisify } from 'node:util';
import type { Namespaces } from './namespaces.ts';

const run = promisify(execFile);

/** The addresses of one node's network. */
export interface NodeNetwork {
  /** Ours at the end of the link to the node: what runs on this machine is reached here from the node and its pods. */
  readonly host: string;
  readonly node: string;
  /** Addresses of pods, as `a.b.c.0/24`. */
  readonly pods: string;
}

/**
 * Links the namespaces to this machine by a pair of interfaces, which goes when they go. The addresses are from the range that is left
 * to providers (RFC 6598), where neither homes nor offices have theirs; the first third byte that nobody uses here is taken.
 */
export async function linkNetwork(namespaces: Namespaces): Promise<NodeNetwork> {
  const inside = (...words: string[]) => namespaces.run('ip', words);
  const { number, link } = await makeLink(namespaces.pid);
  const network = addressesOf(number);
  await ip('addr', 'add', `${network.host}/30`, 'dev', link);
  await ip('link', 'set', link, 'up');
  await ip('route', 'add', network.pods, 'via', network.node);
  await inside('link', 'set', 'lo', 'up');
  await inside('addr', 'add', `${network.node}/30`, 'dev', uplink);
  await inside('link', 'set', uplink, 'up');
  await inside('route', 'add', 'default', 'via', network.host);
  return network;
}

const uplink = 'uplink';

export function addressesOf(number: number): NodeNetwork {
  return { host: `100.100.${number}.1`, node: `100.100.${number}.2`, pods: `100.101.${number}.0/24` };
}

async function makeLink(pid: number): Promise<{ number: number; link: string }> {
  const taken = new Set(Object.keys(networkInterfaces()));
  for (let number = 0; number < 256; number += 1) {
    const link = `holdfast${number}`;
    if (taken.has(link)) continue;
    const words = ['link', 'add', link, 'type', 'veth', 'peer', 'name', uplink, 'netns', String(pid)];
    const made = await ip(...words).then(
      () => true,
      (error: unknown) => {
        if (/File exists/.test(String(error))) return false; // somebody was faster
        throw error;
      },
    );
    if (made) return { number, link };
  }
  throw new Error('256 nodes have their links here already; stop some of them');
}

async function ip(...words: string[]): Promise<void> {
  await run('ip', words);
}

import { existsSync } from 'node:fs';
import { mkdir, rm, symlink } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { tiniFolder } from '../../../scripts/images/tools.ts';
import { debianFiles } from '../../debian-files.ts';
import { goInstall, type GoProgram } from '../../go-install.ts';

/** CoreDNS as it is published. */
export const coredns: GoProgram = { module: 'github.com/coredns/coredns', version: 'v1.14.7' };

const packages = [
  'containerd',
  'runc',
  'containernetworking-plugins',
  'iptables',
  'iproute2',
  'busybox-static',
] as const;

/** The programs that make a node out of a machine. */
export interface NodeTools {
  /** For everything that runs on the node. */
  readonly env: Readonly<Record<string, string>>;
  readonly cniPlugins: string;
  readonly runc: string;
  readonly busybox: string;
  readonly tini: string;
  readonly coredns: string;
}

/**
 * Finds the tools: from this machine where they are installed, else Debian's packages in the user's cache; CoreDNS is built once.
 * Throws one sentence when a tool cannot be had.
 * @param links folder for what Debian makes only when it installs
 */
export async function nodeTools(links: string, say: (line: string) => void): Promise<NodeTools> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    throw new Error(
      'a cluster of kind node needs Linux and root: it makes namespaces, mounts and a network of its own',
    );
  const [files, dns, tini] = await Promise.all([
    debianFiles('node', packages, { say }),
    goInstall(coredns, say),
    tiniFolder(),
  ]);
  if (files === undefined) throw new Error(`a cluster of kind node needs Debian's packages ${packages.join(', ')}`);
  if (dns === undefined) throw new Error('CoreDNS was not built');
  await linkIptables(files, links);
  const folders = ['usr/sbin', 'usr/bin', 'sbin', 'bin'].map((folder) => join(files, folder));
  const libraries = join(files, 'usr/lib', `${triplets[process.arch] ?? ''}-linux-gnu`);
  const systemPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
  return {
    env: {
      PATH: [links, ...folders, systemPath].join(delimiter),
      ...(existsSync(libraries) && { LD_LIBRARY_PATH: libraries, XTABLES_LIBDIR: join(libraries, 'xtables') }),
    },
    cniPlugins: firstThere(join(files, 'usr/lib/cni'), '/usr/lib/cni'),
    runc: firstThere(join(files, 'usr/sbin/runc'), '/usr/sbin/runc', '/usr/bin/runc'),
    busybox: firstThere(join(files, 'bin/busybox'), '/bin/busybox'),
    tini: tini.program,
    coredns: dns,
  };
}

const triplets: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'aarch64' };

/** What `update-alternatives` does when the package is installed. */
async function linkIptables(files: string, links: string): Promise<void> {
  const program = join(files, 'usr/sbin/xtables-nft-multi');
  if (!existsSync(program)) return;
  await rm(links, { recursive: true, force: true });
  await mkdir(links, { recursive: true });
  for (const family of ['iptables', 'ip6tables'])
    for (const verb of ['', '-save', '-restore']) await symlink(program, join(links, `${family}${verb}`));
}

function firstThere(...paths: readonly string[]): string {
  const found = paths.find((path) => existsSync(path));
  if (found === undefined) throw new Error(`${paths.join(' or ')} is missing; remove the user's cache and try again`);
  return found;
}

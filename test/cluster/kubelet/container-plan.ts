import { existsSync, writeFileSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ImageFolder } from '../images/image-table.ts';
import type { ProcessPlan } from './container-process.ts';
import { containerEnvironment, expand, NotYet, type PodFacts, type ValueSource } from './environment.ts';
import type { Container, Pod } from './pod-types.ts';
import { resolveProgram, rewriteArgument, rewriteValue, type Mount } from './rewrite.ts';

/** What a container needs to know of the pod and node it runs in. */
export interface ContainerRoom {
  readonly pod: Pod;
  readonly facts: PodFacts;
  readonly source: ValueSource;
  readonly podDir: string;
  /** Volume name → folder on this machine. */
  readonly volumes: ReadonlyMap<string, string>;
  readonly image: ImageFolder;
  /** Variables every container of this node gets: clock, hosts file, API server. */
  readonly nodeEnvironment: Readonly<Record<string, string>>;
  readonly now: () => Date;
}

/** What stands in a container's spec, as one process of this machine; throws `NotYet` while something is missing. */
export async function planContainer(container: Container, restart: number, room: ContainerRoom): Promise<ProcessPlan> {
  const folder = join(room.podDir, 'containers', container.name);
  const mounts = mountsOf(container, folder, room);
  const environment = await processEnvironment(container, mounts, room);
  const command = commandOf(container, mounts, environment, room.image);
  const workingDir = container.workingDir ?? room.image.workingDir;
  return {
    command,
    environment,
    workingDir: workingDir ? rewriteArgument(workingDir, mounts, room.image) : join(folder, 'root'),
    logFile: logFileOf(room.podDir, container.name, restart),
    terminationLog: join(folder, 'termination-log'),
    fallbackToLogs: container.terminationMessagePolicy === 'FallbackToLogsOnError',
    mark: `${room.pod.metadata.uid}/${container.name}/${restart}`,
    now: room.now,
  };
}

/** Where the output of a container's nth run is kept. */
export function logFileOf(podDir: string, container: string, restart: number): string {
  return join(podDir, 'logs', `${container}.${restart}.log`);
}

/** Program and arguments on this machine for a command inside the container (exec, probes). */
export function commandInside(command: readonly string[], mounts: readonly Mount[], image: ImageFolder): string[] {
  const [program = '', ...args] = command;
  return [resolveProgram(program, mounts, image), ...args.map((value) => rewriteArgument(value, mounts, image))];
}

/** The container's mounts, the termination message's file among them. */
export function mountsOf(container: Container, folder: string, room: ContainerRoom): Mount[] {
  const mounts: Mount[] = (container.volumeMounts ?? []).map(({ name, mountPath, subPath }) => {
    const volume = room.volumes.get(name);
    if (!volume) throw new NotYet('CreateContainerConfigError', `volume "${name}" is mounted but not declared`);
    const hostPath = subPath ? join(volume, subPath) : volume;
    if (!existsSync(hostPath)) mkdirSync(hostPath, { recursive: true });
    return { mountPath: mountPath.replace(/(.)\/+$/, '$1'), hostPath };
  });
  const hosts = { mountPath: '/etc/hosts', hostPath: join(folder, 'hosts') };
  mkdirSync(folder, { recursive: true });
  writeFileSync(hosts.hostPath, `127.0.0.1\tlocalhost\n${room.facts.podIP}\t${room.pod.metadata.name}\n`);
  const message = container.terminationMessagePath ?? '/dev/termination-log';
  return [...mounts, hosts, { mountPath: message, hostPath: join(folder, 'termination-log') }];
}

async function processEnvironment(
  container: Container,
  mounts: readonly Mount[],
  room: ContainerRoom,
): Promise<Record<string, string>> {
  const asked = await containerEnvironment(room.pod, container, room.facts, room.source);
  const temporary = rewriteValue('/tmp', mounts);
  const environment: Record<string, string> = {
    HOSTNAME: room.pod.spec.hostname ?? room.pod.metadata.name,
    ...room.nodeEnvironment,
    ...(temporary !== '/tmp' && { TMPDIR: temporary }),
    ...room.image.env,
  };
  for (const [name, value] of Object.entries(asked)) environment[name] = rewriteValue(value, mounts);
  const preload = `--import=${new URL('./dns-preload.mjs', import.meta.url).href}`;
  environment.NODE_OPTIONS = [preload, asked.NODE_OPTIONS].filter(Boolean).join(' ');
  environment.PATH = searchPath(room.image, asked.PATH);
  return environment;
}

/** Folders of the image come first; the machine's own programs (sh, cp, sleep) stand for the rest of an image. */
function searchPath(image: ImageFolder, asked: string | undefined): string {
  const inImage = ['bin', 'usr/bin', 'var/lib/neo4j/bin', 'agent'].map((part) => join(image.root, part));
  const asImage = (asked ?? '')
    .split(':')
    .filter(Boolean)
    .map((part) => join(image.root, part));
  return [
    ...asImage.filter(existsSync),
    ...inImage.filter(existsSync),
    dirname(process.execPath),
    '/usr/local/bin:/usr/bin:/bin',
  ].join(':');
}

function commandOf(
  container: Container,
  mounts: readonly Mount[],
  environment: Readonly<Record<string, string>>,
  image: ImageFolder,
): [string, ...string[]] {
  const start = container.command ?? image.entrypoint ?? [];
  const words = [...start, ...(container.args ?? [])].map((word) => expand(word, environment));
  const [program, ...args] = commandInside(words, mounts, image);
  if (!program) throw new NotYet('CreateContainerError', 'no command specified');
  return [program, ...args];
}

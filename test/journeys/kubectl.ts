import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** How a call ended. */
export interface Called {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** The real kubectl, as a person at a terminal uses it. */
export interface Kubectl {
  /** What it printed; a call that fails is an error with what it said. */
  ok(...args: readonly string[]): Promise<string>;
  /** A call that may fail. */
  call(...args: readonly string[]): Promise<Called>;
  /** `kubectl apply -f` of this text, validated strictly unless told otherwise. */
  apply(yaml: string, validate?: 'strict' | 'ignore'): Promise<string>;
  /** `kubectl edit` by somebody who replaces words in what the editor shows; each has to be there. */
  edit(what: readonly string[], words: Readonly<Record<string, string>>): Promise<string>;
  close(): void;
}

/** The program, or `undefined` where there is none and none can be had; that is said aloud, and with CI=true it is an error. */
export function findKubectl(): string | undefined {
  if (works()) return 'kubectl';
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get') && installed()) return 'kubectl';
  const complaint = 'the journeys need kubectl on the PATH (Debian: apt-get install kubernetes-client)';
  if (process.env['CI'] === 'true') throw new Error(complaint);
  process.stderr.write(`left out: ${complaint}\n`);
  return undefined;
}

/** Opens kubectl for one cluster, with a home of its own so that nobody's settings play a part. */
export function openKubectl(program: string, kubeconfig: string): Kubectl {
  const home = mkdtempSync(join(tmpdir(), 'holdfast-kubectl-'));
  const env = { PATH: process.env['PATH'] ?? '', HOME: home, KUBECONFIG: kubeconfig };
  let files = 0;
  const callIn = (more: Readonly<Record<string, string>>, args: readonly string[]) =>
    new Promise<Called>((resolve) => {
      execFile(program, args, { env: { ...env, ...more }, encoding: 'utf8', timeout: 60_000 }, (error, out, err) => {
        resolve({ code: error === null ? 0 : Number(error.code ?? 1), out, err });
      });
    });
  const call = (...args: readonly string[]) => callIn({}, args);
  const okIn = async (more: Readonly<Record<string, string>>, args: readonly string[]) => {
    const { code, out, err } = await callIn(more, args);
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${err}`);
    return out;
  };
  const ok = (...args: readonly string[]) => okIn({}, args);
  return {
    call,
    ok,
    apply(yaml, validate = 'strict') {
      files += 1;
      const file = join(home, `${files}.yaml`);
      writeFileSync(file, yaml);
      return ok('apply', `--validate=${validate}`, '-f', file);
    },
    edit(what, words) {
      files += 1;
      const wanted = join(home, `${files}.json`);
      writeFileSync(wanted, JSON.stringify(words));
      const editor = [process.execPath, join(import.meta.dirname, 'editor.ts'), wanted].join(' ');
      return okIn({ KUBE_EDITOR: editor }, ['edit', ...what]);
    },
    close: () => rmSync(home, { recursive: true, force: true }),
  };
}

function works(): boolean {
  try {
    execFileSync('kubectl', ['version', '--client'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function installed(): boolean {
  const quietly = { stdio: 'ignore', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } } as const;
  const install = () =>
    execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'kubernetes-client'], quietly);
  try {
    try {
      install();
    } catch {
      execFileSync('apt-get', ['update', '-qq'], quietly); // a fresh image knows no packages yet
      install();
    }
    return works();
  } catch {
    return false; // the caller says what is missing
  }
}

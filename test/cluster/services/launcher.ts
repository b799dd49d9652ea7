import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

/** One program to keep running. */
export interface ServiceSpec {
  readonly name: string;
  /** A JavaScript or TypeScript file for the Node that runs us. */
  readonly entry: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Programs kept running as a Deployment with one replica each would. */
export interface Services {
  readonly names: readonly string[];
  /** Process id, undefined while it does not run. */
  pid(name: string): number | undefined;
  /** Where it listens, as it said itself; waits for it. */
  url(name: string): Promise<string>;
  /** Sends a signal; when the program dies of it, it is started again. */
  kill(name: string, signal?: NodeJS.Signals): void;
  /** TERM, KILL after ten seconds; stays down. */
  stop(name: string): Promise<void>;
  start(name: string): void;
  /** SIGSTOP: alive, and silent. */
  freeze(name: string): void;
  thaw(name: string): void;
  /** How often it was started again after it died. */
  restarts(name: string): number;
  close(): Promise<void>;
}

/** Starts every program; each writes its output to `<logDir>/<name>.log`. */
export function launchServices(specs: readonly ServiceSpec[], options: { logDir: string }): Services {
  mkdirSync(options.logDir, { recursive: true });
  const keepers = new Map(specs.map((spec) => [spec.name, new Keeper(spec, options.logDir)]));
  const keeper = (name: string): Keeper => {
    const found = keepers.get(name);
    if (!found) throw new Error(`no service "${name}"; there are ${[...keepers.keys()].join(', ') || 'none'}`);
    return found;
  };
  for (const each of keepers.values()) each.start();
  return {
    names: [...keepers.keys()],
    pid: (name) => keeper(name).pid,
    url: (name) => keeper(name).url(),
    kill: (name, signal = 'SIGKILL') => keeper(name).signal(signal),
    stop: (name) => keeper(name).stop(),
    start: (name) => keeper(name).start(),
    freeze: (name) => keeper(name).signal('SIGSTOP'),
    thaw: (name) => keeper(name).signal('SIGCONT'),
    restarts: (name) => keeper(name).restarts,
    close: async () => void (await Promise.all([...keepers.values()].map((each) => each.stop()))),
  };
}

const backOffMs = { first: 200, most: 5_000, forgottenAfter: 10_000 };
const graceMs = 10_000;

class Keeper {
  restarts = 0;
  readonly #spec: ServiceSpec;
  readonly #log;
  #child: ChildProcess | undefined;
  #wanted = new AbortController();
  #running: Promise<void> | undefined;
  #address = Promise.withResolvers<string>();

  constructor(spec: ServiceSpec, logDir: string) {
    this.#spec = spec;
    this.#log = join(logDir, `${spec.name}.log`);
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  url(): Promise<string> {
    return this.#address.promise;
  }

  start(): void {
    if (this.#running) return;
    this.#wanted = new AbortController();
    this.#running = this.#keepRunning(this.#wanted.signal);
  }

  async stop(): Promise<void> {
    this.#wanted.abort();
    const child = this.#child;
    if (child) {
      child.kill('SIGCONT'); // a frozen program cannot hear
      child.kill('SIGTERM');
      const kill = setTimeout(() => child.kill('SIGKILL'), graceMs);
      await this.#running;
      clearTimeout(kill);
    }
    await this.#running;
    this.#running = undefined;
  }

  signal(name: NodeJS.Signals): void {
    if (!this.#child) throw new Error(`${this.#spec.name} does not run now`);
    this.#child.kill(name);
  }

  async #keepRunning(wanted: AbortSignal): Promise<void> {
    let pauseMs = backOffMs.first;
    while (!wanted.aborted) {
      const began = performance.now();
      await this.#runOnce();
      if (wanted.aborted) return;
      if (performance.now() - began > backOffMs.forgottenAfter) pauseMs = backOffMs.first;
      this.restarts += 1;
      await sleep(pauseMs, undefined, { signal: wanted }).catch(() => {}); // stopped meanwhile
      pauseMs = Math.min(pauseMs * 2, backOffMs.most);
    }
  }

  async #runOnce(): Promise<void> {
    const log = createWriteStream(this.#log, { flags: 'a' });
    const child = spawn(process.execPath, ['--enable-source-maps', this.#spec.entry], {
      // As an image has it: compiled once, and not again at every start.
      env: { NODE_COMPILE_CACHE: join(dirname(this.#spec.entry), 'compiled'), ...this.#spec.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true, // Ctrl-C is for us alone; we end our services in order
    });
    this.#child = child;
    child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });
    createInterface({ input: child.stdout }).on('line', (line) => this.#hear(line));
    await new Promise<void>((resolve) => {
      child.once('error', (error) => log.write(`${error.message}\n`, () => resolve()));
      child.once('close', () => resolve());
    });
    this.#child = undefined;
    this.#address = Promise.withResolvers<string>();
    log.end();
    await once(log, 'close');
  }

  /** A service says where it listens by one JSON line. */
  #hear(line: string): void {
    if (!line.includes('"listening"')) return;
    try {
      const { msg, port } = JSON.parse(line) as { msg?: unknown; port?: unknown };
      if (msg === 'listening' && typeof port === 'number') this.#address.resolve(`http://127.0.0.1:${port}`);
    } catch {
      return; // text that only looks like it; it stands in the log
    }
  }
}

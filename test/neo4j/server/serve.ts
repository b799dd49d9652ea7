import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeJson } from '../state/json-file.ts';
import { StateFolder } from '../state/state-folder.ts';
import { answer } from './answer.ts';
import { RunRegister } from './runs.ts';

const lookAtModeEveryMs = 50;

/** One stand-in server. `host` and `port` are where clients reach its backup port. */
export interface ServerOptions {
  readonly name: string;
  readonly role: string;
  readonly version: string;
  readonly host: string;
  readonly port: number;
  readonly stateDir: string;
  /** Store size of the default databases when this server is the first to make them. */
  readonly storeBytes: number;
  readonly now: () => Date;
  readonly log: (line: string) => void;
}

/** A server at work. */
export interface RunningServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Starts a server and makes the default databases `neo4j` and `system`. It follows the mode set in the state folder. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const state = new StateFolder(options.stateDir);
  state.ensureDatabase('neo4j', options.storeBytes, options.now());
  state.ensureDatabase('system', Math.min(options.storeBytes, 256 * 1024), options.now());
  const server = new StandInServer(options, state);
  await server.follow();
  return server;
}

class StandInServer implements RunningServer {
  readonly #options: ServerOptions;
  readonly #state: StateFolder;
  readonly #runs: RunRegister;
  readonly #sockets = new Set<Socket>();
  readonly #stop = new AbortController();
  #listener: Server | undefined;
  #port: number;
  #following: Promise<void> | undefined;

  constructor(options: ServerOptions, state: StateFolder) {
    this.#options = options;
    this.#state = state;
    this.#runs = new RunRegister(state.path, options.name);
    this.#port = options.port;
  }

  get port(): number {
    return this.#port;
  }

  async follow(): Promise<void> {
    await this.#applyMode();
    this.#report();
    this.#following = this.#keepFollowing();
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#following;
    await this.#unlisten();
    this.#report();
  }

  async #keepFollowing(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      await sleep(lookAtModeEveryMs, undefined, { signal: this.#stop.signal }).catch(() => undefined);
      if (!this.#stop.signal.aborted && (await this.#applyMode())) this.#report();
    }
  }

  /** Says whether the listener changed. */
  async #applyMode(): Promise<boolean> {
    const wanted = this.#state.serverMode(this.#options.name).state !== 'stopped';
    if (wanted === (this.#listener !== undefined)) return false;
    await (wanted ? this.#listen() : this.#unlisten());
    return true;
  }

  async #listen(): Promise<void> {
    const listener = createServer((socket) => void this.#serve(socket));
    listener.listen(this.#port, this.#options.host);
    await once(listener, 'listening');
    this.#port = (listener.address() as AddressInfo).port;
    this.#listener = listener;
  }

  async #unlisten(): Promise<void> {
    const listener = this.#listener;
    if (!listener) return;
    this.#listener = undefined;
    const closed = once(listener, 'close');
    listener.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async #serve(socket: Socket): Promise<void> {
    this.#sockets.add(socket);
    socket.on('error', () => undefined); // the reading or writing side reports it
    socket.once('close', () => this.#sockets.delete(socket));
    if (this.#state.serverMode(this.#options.name).state === 'hung') return;
    try {
      const { name, role, version, now } = this.#options;
      await answer(socket, { name, role, version, now, state: this.#state, runs: this.#runs });
      socket.end(); // what is still in the buffers goes out first
      socket.resume();
    } catch (error) {
      this.#options.log(`a client went away: ${error instanceof Error ? error.message : String(error)}`);
      socket.destroy();
    }
  }

  #report(): void {
    const { name, role, version, host } = this.#options;
    const generation = randomUUID();
    const listening = this.#listener !== undefined;
    const report = { name, pid: process.pid, address: host, port: this.#port, role, version, listening, generation };
    writeJson(this.#state.reportFile(name), report);
  }
}

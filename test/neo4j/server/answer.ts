import { once } from 'node:events';
import type { Socket } from 'node:net';
import { storeBytes, storeSize } from '../state/content.ts';
import { committedAt, lastTx, type Database } from '../state/database.ts';
import { takeFaults } from '../state/faults.ts';
import { readJson } from '../state/json-file.ts';
import type { StateFolder } from '../state/state-folder.ts';
import { encodedSize, encodeTransactions } from '../state/transaction-records.ts';
import { readFrames, sendData, sendJson } from './frames.ts';
import {
  standInMark,
  type Begun,
  type Described,
  type Greeting,
  type Refusal,
  type Request,
  type TransferHead,
} from './protocol.ts';
import type { RunRegister } from './runs.ts';

const batchBytes = 256 * 1024;

/** What a server needs to answer with. */
export interface Answering {
  readonly name: string;
  readonly role: string;
  readonly version: string;
  readonly state: StateFolder;
  readonly runs: RunRegister;
  readonly now: () => Date;
}

/** Serves one connection: greeting, one request, its answer. Returns when the other side has what it asked for. */
export async function answer(socket: Socket, server: Answering): Promise<void> {
  const { name, role, version } = server;
  await sendJson(socket, { standIn: standInMark, server: name, role, version } satisfies Greeting);
  for await (const frame of readFrames(socket)) {
    if (frame.kind !== 'json') throw new Error('a client sent data instead of a request');
    await answerRequest(socket, server, frame.value as Request);
    break;
  }
}

async function answerRequest(socket: Socket, server: Answering, request: Request): Promise<void> {
  switch (request.op) {
    case 'begin':
      return begin(socket, server, request.target);
    case 'list':
      return sendJson(socket, {
        databases: hosted(server)
          .map(({ name }) => name)
          .sort(),
      });
    case 'describe': {
      const database = find(server, request.database);
      return sendJson(socket, database ? described(database) : refusal(request.database));
    }
    case 'store':
    case 'transactions': {
      const database = find(server, request.database);
      if (database?.id !== request.databaseId) return sendJson(socket, refusal(request.database));
      return request.op === 'store'
        ? sendStore(socket, server, database)
        : sendTransactions(socket, server, database, request);
    }
  }
}

/** Holds the connection until the command ends: that is how a server knows which runs are at work. */
async function begin(socket: Socket, { state, runs, now }: Answering, target: string): Promise<void> {
  const run = runs.enter(target, now());
  try {
    const faults = await takeFaults(state.faultsFile, 'backup');
    const settings = readJson<Record<string, string>>(state.settingsFile) ?? {};
    const gone = once(socket, 'close');
    await sendJson(socket, { faults, settings, concurrent: run.concurrent } satisfies Begun);
    socket.resume();
    await gone;
  } finally {
    run.leave();
  }
}

async function sendStore(socket: Socket, server: Answering, database: Database): Promise<void> {
  const tx = lastTx(database);
  const head: TransferHead = { lastTx: tx, committedAt: committedAt(database, tx), bytes: storeSize(database, tx) };
  await sendJson(socket, head);
  await sendAll(socket, server, storeBytes(database, tx));
}

async function sendTransactions(
  socket: Socket,
  server: Answering,
  database: Database,
  { from, to }: { from: number; to: number },
): Promise<void> {
  if (from < database.firstAvailableTx) return sendJson(socket, prunedRefusal(database, from));
  const head: TransferHead = {
    lastTx: to,
    committedAt: committedAt(database, to),
    bytes: encodedSize(database, from, to),
  };
  await sendJson(socket, head);
  await sendAll(socket, server, encodeTransactions(database, from, to));
}

async function sendAll(socket: Socket, { state, name }: Answering, chunks: Iterable<Buffer>): Promise<void> {
  let left = state.serverMode(name).cutAfterBytes ?? Infinity;
  for (const chunk of batched(chunks)) {
    if (chunk.length > left) return void socket.resetAndDestroy();
    left -= chunk.length;
    await sendData(socket, chunk);
  }
}

/** Many small transactions go into one frame. */
function* batched(chunks: Iterable<Buffer>): Generator<Buffer> {
  let small: Buffer[] = [];
  let bytes = 0;
  for (const chunk of chunks) {
    if (bytes + chunk.length > batchBytes && bytes > 0) {
      yield Buffer.concat(small);
      small = [];
      bytes = 0;
    }
    if (chunk.length >= batchBytes) {
      yield chunk;
      continue;
    }
    small.push(chunk);
    bytes += chunk.length;
  }
  if (bytes > 0) yield Buffer.concat(small);
}

function hosted({ state, name }: Answering): Database[] {
  const without = state.serverMode(name).without ?? [];
  return state.databases().filter((database) => !without.includes(database.name));
}

function find(server: Answering, name: string): Database | undefined {
  return hosted(server).find((database) => database.name === name);
}

function described(database: Database): Described {
  const { name, id, online, firstAvailableTx } = database;
  return { name, id, online, firstAvailableTx, lastTx: lastTx(database) };
}

function refusal(database: string): Refusal {
  return { error: `Database '${database}' does not exist on this server.` };
}

function prunedRefusal({ name, firstAvailableTx }: Database, from: number): Refusal {
  return {
    error: `Transaction logs of database '${name}' from tx ${from} are no longer available, the first is ${firstAvailableTx}.`,
  };
}

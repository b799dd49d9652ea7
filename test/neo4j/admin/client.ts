import { connect, type Socket } from 'node:net';
import { readFrames, sendJson, type Frame } from '../server/frames.ts';
import {
  standInMark,
  type Begun,
  type Described,
  type Greeting,
  type Refusal,
  type Request,
  type TransferHead,
} from '../server/protocol.ts';

const connectTimeoutMs = 10_000;

/** A stand-in server as the command sees it: one connection per question. */
export interface RemoteServer {
  readonly address: string;
  readonly role: string;
  list(): Promise<string[]>;
  /** `undefined` when this server does not host the database. */
  describe(database: string): Promise<Described | undefined>;
  /** Opens a run; it ends when the connection does, at the latest with this process. */
  begin(target: string): Promise<Begun & { end(): void }>;
  transfer(request: Request): Promise<Transfer>;
}

/** Data on its way. */
export interface Transfer extends TransferHead {
  readonly chunks: AsyncIterable<Buffer>;
}

/** Connects once to see who is there; fails as the network does, or when no stand-in answers. */
export async function reachServer(address: string): Promise<RemoteServer> {
  const greeted = await open(address);
  greeted.socket.destroy();
  return {
    address,
    role: greeted.greeting.role,
    list: async () => (await ask<{ databases: string[] }>(address, { op: 'list' })).databases,
    describe: async (database) => {
      const answer = await ask<Described | Refusal>(address, { op: 'describe', database });
      return 'error' in answer ? undefined : answer;
    },
    begin: async (target) => {
      const { socket, frames } = await request(address, { op: 'begin', target });
      const begun = (await nextJson(frames)) as Begun;
      socket.unref();
      return { ...begun, end: () => void socket.destroy() };
    },
    transfer: async (wanted) => {
      const { socket, frames } = await request(address, wanted);
      const head = (await nextJson(frames)) as TransferHead | Refusal;
      if (!('error' in head)) return { ...head, chunks: closing(socket, dataOf(frames, head.bytes)) };
      socket.destroy();
      throw new Error(head.error);
    },
  };
}

interface Connection {
  readonly socket: Socket;
  readonly frames: AsyncGenerator<Frame>;
  readonly greeting: Greeting;
}

async function ask<T>(address: string, question: Request): Promise<T> {
  const { socket, frames } = await request(address, question);
  try {
    return (await nextJson(frames)) as T;
  } finally {
    socket.destroy();
  }
}

async function request(address: string, wanted: Request): Promise<Connection> {
  const connection = await open(address);
  await sendJson(connection.socket, wanted);
  return connection;
}

async function open(address: string): Promise<Connection> {
  const socket = await connected(address);
  const frames = readFrames(socket);
  const greeting = (await nextJson(frames)) as Greeting;
  if (greeting.standIn !== standInMark) throw new Error(`${address} is not a stand-in server`);
  return { socket, frames, greeting };
}

function connected(address: string): Promise<Socket> {
  const at = address.lastIndexOf(':');
  const [host, port] = at < 0 ? [address, 6362] : [address.slice(0, at), Number(address.slice(at + 1))];
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, timeout: connectTimeoutMs });
    socket.once('connect', () => resolve(socket.setTimeout(0)));
    socket.once('timeout', () => socket.destroy(new Error(`connection to ${address} timed out`)));
    socket.on('error', reject); // after the connection it is the reader who sees it
  });
}

async function nextJson(frames: AsyncGenerator<Frame>): Promise<unknown> {
  const { value: frame } = (await frames.next()) as IteratorResult<Frame, undefined>;
  if (frame?.kind !== 'json') throw new Error('the server closed the connection without an answer');
  return frame.value;
}

/** The connection ends with the data, or when nobody wants more of it. */
async function* closing(socket: Socket, chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* chunks;
  } finally {
    socket.destroy();
  }
}

async function* dataOf(frames: AsyncGenerator<Frame>, bytes: number): AsyncGenerator<Buffer> {
  let left = bytes;
  for await (const frame of frames) {
    if (frame.kind !== 'data') throw new Error('the server sent a message in the middle of the data');
    left -= frame.bytes.length;
    yield frame.bytes;
  }
  if (left !== 0) throw new Error(`the server closed the connection ${left} bytes before the end`);
}

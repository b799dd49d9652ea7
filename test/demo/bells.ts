import { connect, type Socket } from 'node:net';
import type { QueueName } from '@holdfast/types';

/** One entry of a queue's own diary in Redis: `added` is a ring, `active` a worker that took it. */
export interface BellEvent {
  readonly queue: QueueName;
  readonly event: string;
  /** `namespace/name` of the backup. */
  readonly backup: string;
  /** Real time of the Redis server. */
  readonly at: Date;
}

type Reply = string | number | undefined | readonly Reply[];

const queues: readonly QueueName[] = ['backup', 'verify', 'retention'];
const streamOf = (queue: QueueName) => `{holdfast}:${queue}:events`;

/** Follows the diaries of the queues from their beginning; `onEvent` gets each entry once. A lost connection is told to `onEnd`. */
export function followBells(
  port: number,
  told: { onEvent: (event: BellEvent) => void; onEnd: (error: Error) => void },
): { close(): void } {
  const socket = connect({ host: '127.0.0.1', port });
  const last = new Map(queues.map((queue) => [streamOf(queue), '0-0']));
  let heard = Buffer.alloc(0);
  const ask = () => send(socket, ['XREAD', 'BLOCK', '0', 'STREAMS', ...last.keys(), ...last.values()]);
  socket.once('connect', ask);
  socket.on('data', (data) => {
    heard = Buffer.concat([heard, data]);
    for (let read = parseReply(heard, 0); read; read = parseReply(heard, 0)) {
      heard = heard.subarray(read.end);
      for (const [stream, entries] of pairs(read.reply)) {
        for (const [id, fields] of pairs(entries)) {
          last.set(String(stream), String(id));
          const event = eventOf(String(stream), String(id), fields);
          if (event) told.onEvent(event);
        }
      }
      ask();
    }
  });
  const ended = (error?: Error) => told.onEnd(error ?? new Error('Redis closed the connection'));
  socket.once('error', ended);
  socket.once('end', ended);
  return {
    close: () => {
      socket.off('error', ended).off('end', ended);
      socket.on('error', () => undefined); // whatever comes now concerns nobody
      socket.destroy();
    },
  };
}

function send(socket: Socket, words: readonly string[]): void {
  const parts = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
  socket.write(`*${words.length}\r\n${parts.join('')}`);
}

function eventOf(stream: string, id: string, fields: Reply): BellEvent | undefined {
  const queue = queues.find((each) => streamOf(each) === stream);
  const flat = Array.isArray(fields) ? (fields as readonly Reply[]).map(String) : [];
  const field = (name: string) => flat[flat.findIndex((word, index) => index % 2 === 0 && word === name) + 1];
  const [event, backup] = [field('event'), field('jobId')];
  if (!queue || !event || !backup?.includes('/')) return undefined;
  return { queue, event, backup, at: new Date(Number(id.split('-')[0])) };
}

function pairs(reply: Reply): [Reply, Reply][] {
  if (typeof reply === 'string' && reply.startsWith('-')) throw new Error(`Redis answered ${reply.slice(1)}`);
  if (!Array.isArray(reply)) return [];
  return (reply as readonly Reply[]).map((pair) =>
    Array.isArray(pair) ? [pair[0] as Reply, pair[1] as Reply] : [undefined, undefined],
  );
}

/** One whole reply of Redis' protocol from `at` on; undefined while part of it is still under way. Errors come as text with their `-`. */
export function parseReply(bytes: Buffer, at: number): { reply: Reply; end: number } | undefined {
  const lineEnd = bytes.indexOf('\r\n', at);
  if (lineEnd < 0) return undefined;
  const kind = String.fromCharCode(bytes[at] ?? 0);
  const text = bytes.toString('utf8', at + 1, lineEnd);
  const next = lineEnd + 2;
  if (kind === ':') return { reply: Number(text), end: next };
  if (kind === '$') return parseBulk(bytes, next, Number(text));
  if (kind === '*') return parseArray(bytes, next, Number(text));
  return { reply: kind === '-' ? `-${text}` : text, end: next };
}

function parseBulk(bytes: Buffer, at: number, length: number): { reply: Reply; end: number } | undefined {
  if (length < 0) return { reply: undefined, end: at };
  if (bytes.length < at + length + 2) return undefined;
  return { reply: bytes.toString('utf8', at, at + length), end: at + length + 2 };
}

function parseArray(bytes: Buffer, at: number, count: number): { reply: Reply; end: number } | undefined {
  if (count < 0) return { reply: undefined, end: at };
  const items: Reply[] = [];
  let end = at;
  for (let index = 0; index < count; index += 1) {
    const item = parseReply(bytes, end);
    if (!item) return undefined;
    items.push(item.reply);
    end = item.end;
  }
  return { reply: items, end };
}

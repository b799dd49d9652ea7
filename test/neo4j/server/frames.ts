import { once } from 'node:events';
import type { Socket } from 'node:net';

const headBytes = 5;
const jsonType = 1;
const dataType = 2;

/** One thing read from the other side: a message, or a piece of the data that follows it. */
export type Frame =
  | { readonly kind: 'json'; readonly value: unknown }
  | { readonly kind: 'data'; readonly bytes: Buffer };

/**
 * The stand-ins' own little protocol: a frame is four bytes of length, one byte of type, and the body. It resembles
 * nothing that a real Neo4j server speaks. A frame of data is handed on in pieces as they come. Whoever stops reading closes the socket
 * himself: closing it here would throw away what is still to be written.
 */
export async function* readFrames(socket: Socket): AsyncGenerator<Frame> {
  let rest: Buffer = Buffer.alloc(0);
  let dataLeft = 0;
  for await (const chunk of socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    let bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    while (bytes.length > 0) {
      if (dataLeft > 0) {
        const piece = bytes.subarray(0, dataLeft);
        dataLeft -= piece.length;
        bytes = bytes.subarray(piece.length);
        yield { kind: 'data', bytes: piece };
        continue;
      }
      if (bytes.length < headBytes) break;
      const length = bytes.readUInt32BE(0);
      if (bytes.readUInt8(4) === dataType) {
        dataLeft = length;
        bytes = bytes.subarray(headBytes);
        continue;
      }
      if (bytes.length < headBytes + length) break;
      yield { kind: 'json', value: JSON.parse(bytes.toString('utf8', headBytes, headBytes + length)) };
      bytes = bytes.subarray(headBytes + length);
    }
    rest = bytes;
  }
  if (rest.length > 0 || dataLeft > 0) throw new Error('the connection ended in the middle of a frame');
}

/** Sends one message. */
export async function sendJson(socket: Socket, value: unknown): Promise<void> {
  const body = Buffer.from(JSON.stringify(value));
  await send(socket, Buffer.concat([head(body.length, jsonType), body]));
}

/** Sends one piece of data; waits while the other side is slower. */
export async function sendData(socket: Socket, bytes: Buffer): Promise<void> {
  socket.cork();
  socket.write(head(bytes.length, dataType));
  const sent = send(socket, bytes);
  socket.uncork();
  await sent;
}

async function send(socket: Socket, bytes: Buffer): Promise<void> {
  if (socket.destroyed) throw new Error('the connection is closed');
  if (socket.write(bytes)) return;
  const gone = new AbortController();
  const closed = () => gone.abort(new Error('the connection was closed by the other side'));
  socket.once('close', closed);
  try {
    await once(socket, 'drain', { signal: gone.signal });
  } finally {
    socket.off('close', closed);
  }
}

function head(length: number, type: number): Buffer {
  const bytes = Buffer.alloc(headBytes);
  bytes.writeUInt32BE(length, 0);
  bytes.writeUInt8(type, 4);
  return bytes;
}

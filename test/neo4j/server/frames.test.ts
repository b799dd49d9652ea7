import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { readFrames, sendData, sendJson } from './frames.ts';

test('an answer arrives whole, also when its last bytes still wait for room as its sender stops reading', async () => {
  let sent = 0;
  const answered = Promise.withResolvers<void>();
  const server = createServer((socket) => {
    void (async () => {
      for await (const _question of readFrames(socket)) {
        // The other side reads nothing yet, so the system's buffers fill up until some of our bytes have to wait.
        while (socket.writableLength === 0) {
          await sendData(socket, Buffer.alloc(1000));
          sent += 1000;
        }
        break;
      }
      socket.end();
      socket.resume();
      answered.resolve();
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.pause();
  await sendJson(client, { op: 'store' });
  await answered.promise;
  let received = 0;
  for await (const frame of readFrames(client)) if (frame.kind === 'data') received += frame.bytes.length;
  expect(received).toBe(sent);
  client.destroy();
  server.close();
});

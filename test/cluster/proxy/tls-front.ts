import { once } from 'node:events';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { createServer } from 'node:tls';
import type { Shown } from '../certificates/authority.ts';

/** Speaks TLS before a server that does not, on loopback. */
export interface TlsFront {
  readonly url: string;
  /** Shows another certificate from now on. Open connections end, as their certificate was looked at already. */
  show(shown: Shown): void;
  close(): Promise<void>;
}

export async function startTlsFront(target: string, shown: Shown): Promise<TlsFront> {
  const { hostname, port } = new URL(target);
  const open = new Set<Socket>();
  const server = createServer({ ...shown }, (client) => {
    const upstream = connect({ host: hostname, port: Number(port) });
    const end = () => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) socket.once('error', end).once('close', end);
    client.pipe(upstream).pipe(client);
  });
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  // A client that does not trust us says so and hangs up.
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = () => {
    for (const socket of open) socket.destroy();
  };
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    show: (other) => {
      server.setSecureContext({ ...other });
      cut();
    },
    close: async () => {
      server.close();
      cut();
      await once(server, 'close');
    },
  };
}

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server on loopback that nobody should ever call. */
export interface Trap {
  readonly url: string;
  readonly port: number;
  /** What was asked of it all the same. */
  readonly caught: readonly string[];
  close(): Promise<void>;
}

/** @param sendOnTo makes it a server that sends everybody to another place */
export async function startTrap(sendOnTo?: string): Promise<Trap> {
  const caught: string[] = [];
  const server = createServer((request, response) => {
    caught.push(`${request.method ?? ''} ${request.url ?? ''}`);
    request.resume();
    if (sendOnTo === undefined) response.writeHead(200).end();
    else response.writeHead(307, { location: `${sendOnTo}${request.url ?? ''}` }).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    caught,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

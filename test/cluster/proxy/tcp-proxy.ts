import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A proxy of bytes, for servers that do not speak HTTP (Redis, Neo4j's backup port). */
export interface TcpProxy {
  readonly port: number;
  /** Bytes that arrive wait this long before they go on, each way. */
  latencyMs: number;
  /** Connections stay open, and nothing passes, until `resume`. */
  freeze(): void;
  resume(): void;
  /** The next answer ends after this many bytes, and its connection with it. */
  truncateNext(bytes: number): void;
  /** Cuts every open connection; answers how many there were. */
  cut(): number;
  /** Refuses new connections and cuts the open ones. */
  disconnect(): Promise<void>;
  reconnect(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts a proxy before a TCP server.
 * @param at where it listens; left out, at some port of loopback
 */
export async function startTcpProxy(
  target: { host?: string; port: number },
  at: { host: string; port: number } = { host: '127.0.0.1', port: 0 },
): Promise<TcpProxy> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let server: Server | undefined;
  let frozen = false;
  let answerBytes = Infinity;
  let port = at.port;
  const proxy: TcpProxy = {
    latencyMs: 0,
    get port() {
      return port;
    },
    freeze: () => {
      frozen = true;
      for (const pair of pairs) for (const socket of pair) socket.pause();
    },
    resume: () => {
      frozen = false;
      for (const pair of pairs) for (const socket of pair) socket.resume();
    },
    truncateNext: (bytes) => {
      answerBytes = bytes;
    },
    cut: () => {
      const count = pairs.size;
      for (const pair of pairs) for (const socket of pair) socket.destroy();
      return count;
    },
    disconnect: async () => {
      const closing = server;
      server = undefined;
      if (!closing) return;
      closing.close();
      proxy.cut();
      await once(closing, 'close');
    },
    reconnect: async () => {
      if (server) return;
      const opening = createServer((socket) => join(socket));
      opening.listen(port, at.host);
      await once(opening, 'listening');
      port = (opening.address() as AddressInfo).port;
      server = opening;
    },
    close: () => proxy.disconnect(),
  };
  await proxy.reconnect();
  return proxy;

  function join(client: Socket): void {
    const upstream = connect({ host: target.host ?? '127.0.0.1', port: target.port });
    const pair = [client, upstream] as const;
    pairs.add(pair);
    pass(client, upstream);
    pass(upstream, client, true);
    if (frozen) for (const socket of pair) socket.pause();
    const end = () => {
      pairs.delete(pair);
      for (const socket of pair) socket.destroy();
    };
    for (const socket of pair) socket.once('error', end).once('close', end);
  }

  function pass(from: Socket, to: Socket, answers = false): void {
    from.on('data', (bytes: Buffer) => {
      if (answers && answerBytes < Infinity) return endAfter(to, bytes);
      const deliver = () => {
        if (!to.destroyed && !to.write(bytes)) from.pause();
      };
      if (proxy.latencyMs > 0) setTimeout(deliver, proxy.latencyMs);
      else deliver();
    });
    to.on('drain', () => {
      if (!frozen) from.resume();
    });
    from.once('end', () => to.end());
  }

  function endAfter(to: Socket, bytes: Buffer): void {
    const last = bytes.subarray(0, answerBytes);
    answerBytes = bytes.length < answerBytes ? answerBytes - bytes.length : Infinity;
    if (answerBytes < Infinity) to.write(last);
    else to.end(last, () => to.destroy());
  }
}

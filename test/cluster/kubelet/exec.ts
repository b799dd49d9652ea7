import { spawn, type ChildProcess } from 'node:child_process';
import type { RawData, WebSocket } from 'ws';
import type { ProbeReach } from './probes.ts';
import { killGroup } from './processes.ts';

/** First byte of every message: which stream it belongs to. */
const channel = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const;

/** Runs the command named in the query, as an API server asks a kubelet, inside a container and speaks `v4`/`v5.channel.k8s.io` on the socket. */
export function execInside(socket: WebSocket, reach: ProbeReach, query: URLSearchParams): void {
  const wants = (name: string) => ['1', 'true'].includes(query.get(name) ?? '');
  const [program = '', ...args] = reach.command(query.getAll('command'));
  const child = spawn(program, args, {
    env: reach.environment,
    cwd: reach.workingDir,
    detached: true,
    stdio: [wants('input') ? 'pipe' : 'ignore', 'pipe', 'pipe'],
  });
  const send = (to: number, data: Buffer) =>
    socket.readyState === socket.OPEN && socket.send(Buffer.concat([Buffer.of(to), data]));
  child.stdout?.on('data', (data: Buffer) => forward(data, channel.stdout, wants('output'), child, socket, send));
  child.stderr?.on('data', (data: Buffer) =>
    forward(data, channel.stderr, wants('error') || wants('tty'), child, socket, send),
  );
  child.stdin?.on('error', () => {}); // the program may end before it has read everything
  socket.on('message', (data) => takeInput(asBuffer(data), child));
  socket.once('close', () => child.pid !== undefined && killGroup(child.pid, 'SIGKILL'));
  const finish = (status: object) => {
    send(channel.error, Buffer.from(JSON.stringify(status)));
    socket.close(1000);
  };
  child.once('error', (error) => finish(failure(error.message, [])));
  child.once('close', (code, signal) => {
    const exitCode = code ?? 137;
    if (exitCode === 0) return finish({ metadata: {}, status: 'Success' });
    const causes = [{ reason: 'ExitCode', message: String(exitCode) }];
    finish(
      failure(
        `command terminated with non-zero exit code: exit status ${exitCode}${signal ? ` (${signal})` : ''}`,
        causes,
      ),
    );
  });
}

/** A receiver that is slower than the program stops the program's pipe instead of filling our memory. */
function forward(
  data: Buffer,
  to: number,
  wanted: boolean,
  child: ChildProcess,
  socket: WebSocket,
  send: (to: number, data: Buffer) => void,
): void {
  if (!wanted) return;
  send(to, data);
  const source = to === channel.stdout ? child.stdout : child.stderr;
  if (socket.bufferedAmount < 8 * 1024 * 1024) return;
  source?.pause();
  const timer = setInterval(() => {
    if (socket.bufferedAmount > 1024 * 1024 && socket.readyState === socket.OPEN) return;
    clearInterval(timer);
    source?.resume();
  }, 5);
}

function takeInput(message: Buffer, child: ChildProcess): void {
  if (message[0] === channel.stdin) child.stdin?.write(message.subarray(1));
  else if (message[0] === channel.close && message[1] === channel.stdin) child.stdin?.end();
}

function failure(message: string, causes: object[]): object {
  const reason = causes.length > 0 ? 'NonZeroExitCode' : 'InternalError';
  return { metadata: {}, status: 'Failure', reason, message, details: { causes } };
}

function asBuffer(data: RawData): Buffer {
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.isBuffer(data) ? data : Buffer.from(data);
}

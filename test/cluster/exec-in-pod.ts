import { WebSocket } from 'ws';
import type { ApiAccess } from './kubelet/api-client.ts';

/** What a command inside a container said, and the Status the server closed with. */
export interface Heard {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: unknown;
}

/** Runs a command in the container `N/P/C` (namespace, pod, container) and feeds it `input`. */
export function execInPod(
  { url, token, ca }: ApiAccess,
  place: string,
  { words, input }: { words: readonly string[]; input: string },
): Promise<Heard> {
  const [namespace = '', pod = '', container = ''] = place.split('/');
  const query = new URLSearchParams({ container, stdin: 'true', stdout: 'true', stderr: 'true' });
  for (const word of words) query.append('command', word);
  const path = `/api/v1/namespaces/${namespace}/pods/${pod}/exec?${query.toString()}`;
  const socket = new WebSocket(`${url.replace('http', 'ws')}${path}`, ['v5.channel.k8s.io'], {
    ...(ca && { ca }),
    headers: token ? { authorization: `Bearer ${token}` } : {},
  });
  const channels = ['', '', '', ''];
  socket.on('message', (data: Buffer) => (channels[data[0] ?? 0] += data.subarray(1).toString('utf8')));
  socket.once('open', () => {
    socket.send(Buffer.from(`\0${input}`));
    socket.send(Buffer.of(255, 0)); // the end of the input
  });
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.once('close', () => {
      const [, stdout = '', stderr = '', status] = channels;
      resolve({ stdout, stderr, status: JSON.parse(status || 'null') as unknown });
    });
  });
}

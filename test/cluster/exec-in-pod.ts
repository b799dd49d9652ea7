import { WebSocket } from 'ws';

/** What a command inside a container said, and the Status the server closed with. */
export interface Heard {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: unknown;
}

/** Runs a command in a container of the pod at `podUrl` (`http://…/namespaces/N/pods/P`) and feeds it `input`. */
export function execInPod(podUrl: string, container: string, words: readonly string[], input: string): Promise<Heard> {
  const query = new URLSearchParams({ container, stdin: 'true', stdout: 'true', stderr: 'true' });
  for (const word of words) query.append('command', word);
  const socket = new WebSocket(`${podUrl.replace('http', 'ws')}/exec?${query.toString()}`, ['v5.channel.k8s.io']);
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

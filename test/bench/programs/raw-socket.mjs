// The floor of a cold start: no package, one socket to Redis that takes a job, one to the API server that looks at it.
import { connect } from 'node:net';

const [redisPort, key = '', apiPort, path] = process.argv.slice(2);

const queue = connect(Number(redisPort), '127.0.0.1');
queue.write(command('BRPOP', key, '0'));
await firstBytes(queue);
const api = connect(Number(apiPort), '127.0.0.1');
api.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
await firstBytes(api);
setInterval(() => undefined, 60_000); // stays, as a service does, until it is told to end

function command(...words) {
  return `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;
}

function firstBytes(socket) {
  return new Promise((resolve, reject) => socket.once('data', resolve).once('error', reject));
}

// An API server that holds many backups as text and costs only the sending: lists, in pages where they are wanted, and watches. On demand
// it changes a field in as many of them and sends the events.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import type { Neo4jBackup } from '@holdfast/types';
import { storedBackups } from './stored-backups.ts';

const backups = '/apis/neo4j.neo4j.com/v1alpha1/neo4jbackups';
const linesAtOnce = 50;

const stored = storedBackups(Number(process.argv[2])).map((backup) => JSON.stringify(backup));
const watches = new Set<ServerResponse>();
let version = stored.length;
let rounds = 0;
process.once('SIGTERM', () => process.exit());

const server = createServer((request, response) => void answer(request, response));
server.listen(0, '127.0.0.1');
await once(server, 'listening');
say({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });

for await (const line of createInterface({ input: process.stdin })) {
  const { events } = JSON.parse(line) as { events: number };
  const lines = Array.from({ length: events }, (_, index) => changed(index));
  for (const watch of watches) await write(watch, lines);
  say({ sent: lines.length, sizeBytes: sizeOfAll() });
}

async function answer({ url = '/' }: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(url, 'http://shelf');
  if (pathname !== backups) return void response.writeHead(404).end('{}');
  response.writeHead(200, { 'content-type': 'application/json' });
  if (searchParams.has('watch')) return follow(response);
  const start = Number(searchParams.get('continue') ?? 0);
  const end = Math.min(stored.length, start + Number(searchParams.get('limit') ?? stored.length));
  const next = end < stored.length ? { continue: String(end) } : {};
  const metadata = JSON.stringify({ resourceVersion: String(version), ...next });
  response.write(`{"apiVersion":"neo4j.neo4j.com/v1alpha1","kind":"Neo4jBackupList","metadata":${metadata},"items":[`);
  for (let from = start; from < end; from += linesAtOnce) {
    const items = stored.slice(from, Math.min(end, from + linesAtOnce)).join();
    if (!response.write(from === start ? items : `,${items}`)) await once(response, 'drain');
  }
  response.end(']}');
}

function follow(response: ServerResponse): void {
  response.flushHeaders();
  watches.add(response);
  response.once('close', () => watches.delete(response));
}

/** Another backup each time; what changes is kept by who keeps whole objects, and by our projection. */
function changed(index: number): string {
  const place = index % stored.length;
  const before = JSON.parse(stored[place] ?? '{}') as Neo4jBackup;
  if (place === 0) rounds += 1;
  version += 1;
  const text = JSON.stringify({
    ...before,
    metadata: { ...before.metadata, resourceVersion: String(version) },
    status: { ...before.status, stats: { ...before.status?.stats, sizeBytes: 1_000_000 * rounds + place } },
  });
  stored[place] = text;
  return `{"type":"MODIFIED","object":${text}}\n`;
}

async function write(response: ServerResponse, lines: readonly string[]): Promise<void> {
  for (let from = 0; from < lines.length; from += linesAtOnce)
    if (!response.write(lines.slice(from, from + linesAtOnce).join(''))) await once(response, 'drain');
}

function sizeOfAll(): number {
  return stored
    .map((text) => (JSON.parse(text) as Neo4jBackup).status?.stats?.sizeBytes ?? 0)
    .reduce((sum, bytes) => sum + bytes, 0);
}

function say(message: object): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

import { hostname } from 'node:os';
import { clockFrom } from '../state/clock.ts';
import { startServer } from './serve.ts';

const { env } = process;
const stateDir = env['NEO4J_STANDIN_STATE'];
if (!stateDir) throw new Error('NEO4J_STANDIN_STATE must name the state folder that the servers of this cluster share');
const listen = env['NEO4J_STANDIN_LISTEN'] ?? `${env['POD_IP'] ?? '127.0.0.1'}:6362`;
const now = clockFrom(env['HOLDFAST_CLOCK_FILE']);
const log = (line: string) => process.stdout.write(`${now().toISOString()} ${line}\n`);

const server = await startServer({
  name: env['NEO4J_STANDIN_SERVER'] ?? hostname(),
  role: env['NEO4J_STANDIN_ROLE'] ?? 'primary',
  version: env['NEO4J_STANDIN_VERSION'] ?? '5.26.0',
  host: listen.slice(0, listen.lastIndexOf(':')),
  port: Number(listen.slice(listen.lastIndexOf(':') + 1)),
  stateDir,
  storeBytes: Number(env['NEO4J_STANDIN_STORE_BYTES'] ?? 4 * 1024 * 1024),
  now,
  log,
});
log(`This is a Holdfast test stand-in, not Neo4j. Backup server enabled at ${listen}.`);
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void server.close());

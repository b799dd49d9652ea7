// The embedded API server in a process of its own, so that it does not share an event loop with who is measured.
import { startApiServer } from '../../cluster/embedded/server.ts';

const server = await startApiServer();
process.stdout.write(`${JSON.stringify({ url: server.url })}\n`);
process.once('SIGTERM', () => void server.close().then(() => process.exit()));

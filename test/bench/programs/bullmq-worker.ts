// Works for BullMQ job schedulers and says when each job came first.
import { Worker } from 'bullmq';
import { Redis } from 'ioredis';

const [redisUrl = '', wanted] = process.argv.slice(2);
process.once('SIGTERM', () => process.exit());
const seenAt = new Map<string, number>();
const worker = new Worker<{ name: string }>(
  'backup',
  async ({ data: { name } }) => {
    if (seenAt.has(name)) return;
    seenAt.set(name, Date.now());
    if (seenAt.size === Number(wanted)) process.stdout.write(`${JSON.stringify({ atMs: [...seenAt.values()] })}\n`);
  },
  { connection: new Redis(redisUrl, { maxRetriesPerRequest: null }), prefix: '{bench}', concurrency: 50 },
);
worker.on('error', () => undefined);

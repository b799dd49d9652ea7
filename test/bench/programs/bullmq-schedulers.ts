// The ruler of schedules: as many BullMQ job schedulers, all due in one second.
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';

interface Wish {
  readonly count: number;
  readonly redisUrl: string;
  readonly leadMs: number;
}

const { count, redisUrl, leadMs } = JSON.parse(process.argv[2] ?? '{}') as Wish;
process.once('SIGTERM', () => process.exit());
const slotAtMs = Math.ceil((Date.now() + leadMs) / 1000) * 1000;
const slot = new Date(slotAtMs);
const pattern = `${slot.getUTCSeconds()} ${slot.getUTCMinutes()} ${slot.getUTCHours()} * * *`;
const queue = new Queue('backup', {
  connection: new Redis(redisUrl, { maxRetriesPerRequest: null }),
  prefix: '{bench}',
});
for (let begun = 0; begun < count; begun += 200) {
  const names = Array.from({ length: Math.min(200, count - begun) }, (_, index) => `backup-${begun + index}`);
  const template = (name: string) => ({
    name,
    data: { v: 1, namespace: 'team', name },
    opts: { removeOnComplete: true, removeOnFail: true },
  });
  await Promise.all(names.map((name) => queue.upsertJobScheduler(name, { pattern, tz: 'UTC' }, template(name))));
}
process.stdout.write(`${JSON.stringify({ slotAtMs, lateMs: Math.max(0, Date.now() - slotAtMs) })}\n`);

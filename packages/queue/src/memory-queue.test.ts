import { queueContract } from './contract.ts';
import { openMemoryQueue } from './memory-queue.ts';

queueContract('the queue in memory', async () => {
  const queue = openMemoryQueue();
  return {
    doorbell: queue,
    answer: (name, handler, options) => queue.answer(name, handler, options),
    ringRaw: async (name, id, payload) => queue.ringRaw(name, id, payload),
    forget: async () => queue.forget(),
    close: () => queue.close(),
  };
});

export type { Answered, Answering, AnswerOptions, Depth, Doorbell, Handler, Outcome, QueueLog } from './doorbell.ts';
export { openMemoryQueue } from './memory-queue.ts';
export type { MemoryQueue } from './memory-queue.ts';

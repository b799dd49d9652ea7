export type {
  Answered,
  Answering,
  AnswerOptions,
  Depth,
  Doorbell,
  GivenUp,
  Handler,
  Outcome,
  QueueLog,
} from './doorbell.ts';
export { openMemoryQueue } from './memory-queue.ts';
export type { MemoryQueue } from './memory-queue.ts';
export { answer } from './redis-answer.ts';
export type { RedisAnswerOptions } from './redis-answer.ts';
export { openDoorbell } from './redis-doorbell.ts';
export type { DoorbellOptions } from './redis-doorbell.ts';

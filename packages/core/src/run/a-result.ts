import type { AgentResult } from '@holdfast/types';
import { slotRunId } from './an-observed.ts';

/** For tests: what an agent leaves after it backed up `orders` and `system`. */
export function aResult(difference: Partial<AgentResult> = {}): AgentResult {
  return {
    v: 1,
    verb: 'backup',
    run: slotRunId,
    attempt: 1,
    outcome: 'Succeeded',
    reason: 'Succeeded',
    message: '2 databases backed up',
    retry: 'no',
    startTime: '2026-03-02T02:00:30Z',
    completionTime: '2026-03-02T02:03:42Z',
    type: 'FULL',
    warnings: [],
    counts: { expected: 2, succeeded: 2, files: 2, bytes: 1_288_490_189, durationMs: 192_000 },
    databases: [
      { name: 'system', artifact: 'system-1.backup', type: 'FULL', bytes: 1000, highestTx: 77, chain: 'system-1' },
      { name: 'orders', artifact: 'orders-1.backup', type: 'FULL', bytes: 9000, highestTx: 512, chain: 'orders-1' },
    ],
    verified: 'objects',
    ...difference,
  };
}

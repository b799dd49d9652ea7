/** One trouble that the product must survive. */
export interface Scenario {
  /** What goes wrong, in a few words. */
  readonly trouble: string;
  /** Why no test of this folder breaks it yet, and what is known instead. Absent as soon as there is one. */
  readonly notYet?: string;
}

/** Every trouble we know of. A fault test names its scenarios by these ids; one without a test says why. */
export const scenarios = {
  P1: { trouble: 'the watcher is killed between recording a run and enqueueing it' },
  P2: { trouble: 'the watcher is down across 1, 3 and 1000 slots' },
  P3: { trouble: 'a worker is killed while the Job runs' },
  P4: { trouble: 'a worker is frozen past its lock and wakes' },
  P5: { trouble: 'two watchers believe that they lead' },
  P6: { trouble: 'everything is restarted in mid-run' },
  P7: { trouble: 'retention is stopped in the middle of a plan' },
  P8: { trouble: 'the leading watcher dies, freezes, or loses sight of its Lease' },
  R1: { trouble: 'Redis forgets everything' },
  R2: { trouble: 'Redis is down for ten minutes over a slot' },
  R3: { trouble: 'a fail-over of Redis loses the last writes' },
  R4: { trouble: 'Redis is out of memory, read only, or evicts' },
  R5: { trouble: 'the same job id still stands among the finished jobs' },
  R6: { trouble: 'a job always throws' },
  K1: { trouble: 'the API server is gone for five minutes, throttles, or fails' },
  K2: { trouble: 'a watch goes silent without closing' },
  K3: { trouble: 'the API server answers 410 Gone' },
  K4: { trouble: 'a stale cache says that the Job is absent' },
  K5: { trouble: 'a storm of conflicts on status' },
  K6: { trouble: 'the object is deleted while its run is under way' },
  K7: { trouble: 'the object is deleted and recreated fifty times in a minute' },
  K8: { trouble: 'the spec is edited in mid-run' },
  J1: { trouble: 'the pod is evicted or its node drained' },
  J2: { trouble: 'the Job is deleted by hand before its result was read' },
  J3: { trouble: 'the pod stays Pending for good' },
  J4: { trouble: 'exit code 1 with good artifacts' },
  J5: { trouble: 'exit code 0 with no, a partial or an empty artifact' },
  J6: { trouble: 'the scratch disk is full' },
  J7: { trouble: 'the pod is killed for memory' },
  J8: { trouble: 'the pod runs and makes no progress' },
  S1: { trouble: 'a store is unreachable for four hours with many backups due' },
  S2: { trouble: 'credentials are revoked and later replaced' },
  S3: { trouble: 'the store answers 503 SlowDown while it is listed and swept' },
  S4: { trouble: 'a listing is empty or cut short though objects exist' },
  S5: { trouble: 'Object Lock or a hold refuses a deletion' },
  S6: { trouble: 'objects are removed behind our back' },
  S7: { trouble: 'a flipped byte or a truncated object in an old chain' },
  S8: { trouble: 'a hundred crashes in the middle of a multipart upload' },
  S9: { trouble: 'a wrong or expired CA' },
  S10: { trouble: 'a manifest is unreadable, or of a newer format' },
  S11: { trouble: 'the agent dies between artifact and manifest' },
  S12: { trouble: 'a second cluster uses the same folder' },
  C1: { trouble: 'retention runs while a DIFF extends an expired chain' },
  C2: { trouble: 'a DIFF fails half-way and the next one is due' },
  C3: {
    trouble: 'a policy is edited from 30 days to 3 by mistake',
  },
  C4: { trouble: 'the clock jumps an hour, or to or from daylight-saving time' },
  T1: { trouble: 'a tenant asks for what only somebody else may do' },
  B1: { trouble: 'input of a kind that nobody should send' },
} as const satisfies Readonly<Record<string, Scenario>>;

export type ScenarioId = keyof typeof scenarios;

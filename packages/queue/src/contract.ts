import { BackupError, type QueueName, type Ring } from '@holdfast/types';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Answered, Answering, AnswerOptions, Depth, Doorbell, Handler, Outcome } from './doorbell.ts';

/** One implementation, opened afresh and empty for each test. */
export interface QueueUnderTest {
  readonly doorbell: Doorbell;
  answer(queue: QueueName, handler: Handler, options: AnswerOptions): Answering;
  /** Puts a payload in line that no doorbell would ring. */
  ringRaw(queue: QueueName, id: string, payload: unknown): Promise<void>;
  /** Forgets everything, as a Redis that lost its memory. */
  forget(): Promise<void>;
  close(): Promise<void>;
}

/** What every doorbell promises, whatever is behind it. */
export function queueContract(name: string, open: () => Promise<QueueUnderTest>): void {
  describe(`${name} as a queue`, () => {
    let world: World;
    beforeEach(async () => {
      world = new World(await open());
    });
    afterEach(() => world.close());

    test('a ring is answered once and then gone', async () => {
      world.answer(async () => done);
      await world.ring('orders');
      await world.until(() => world.looks.length === 1);
      expect(world.looks[0]).toMatchObject({ v: 1, namespace: 'shop', name: 'orders' });
      await world.untilDepth({ waiting: 0, delayed: 0, active: 0 });
    });

    test('a ring is kept until somebody answers, and many rings of one backup are one', async () => {
      await world.ring('orders');
      await world.ring('orders');
      await world.doorbell.ringMany('backup', [aRing('orders'), aRing('stock'), aRing('stock')]);
      await world.untilDepth({ waiting: 2, delayed: 0, active: 0 });
      world.answer(async () => done);
      await world.until(() => world.looks.length === 2);
      await world.untilDepth({ waiting: 0 });
      expect(world.looks.map(({ name }) => name).toSorted()).toEqual(['orders', 'stock']);
    });

    test('the oldest comes first', async () => {
      await world.doorbell.ringMany('backup', [aRing('a'), aRing('b'), aRing('c')]);
      world.answer(async () => done);
      await world.until(() => world.looks.length === 3);
      expect(world.looks.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
    });

    test('hundreds that are rung at once are each answered once, in their order', async () => {
      const names = Array.from({ length: 600 }, (_, index) => `backup-${index}`);
      await world.ring('backup-300');
      await world.doorbell.ringMany('backup', names.map(aRing));
      await world.untilDepth({ waiting: 600 });
      world.answer(async () => done, { concurrency: 1 });
      await world.until(() => world.looks.length === 600);
      await world.untilDepth({ waiting: 0, delayed: 0, active: 0 });
      const expected = ['backup-300', ...names.filter((name) => name !== 'backup-300')];
      expect(world.looks.map(({ name }) => name)).toEqual(expected);
    });

    test('the age of the oldest ring is shown, and absent when nothing waits', async () => {
      expect(await world.doorbell.depth('backup')).not.toHaveProperty('oldestAgeMs');
      await world.ring('orders');
      await world.until(async () => ((await world.doorbell.depth('backup')).oldestAgeMs ?? 0) > 5);
    });

    test('queues do not see each other', async () => {
      world.answer(async () => done);
      await world.doorbell.ring('verify', aRing('orders'));
      await world.ring('stock');
      await world.until(() => world.looks.length === 1);
      expect(world.looks[0]?.name).toBe('stock');
      expect(await world.doorbell.depth('verify')).toMatchObject({ waiting: 1 });
    });

    test('a ring that asks to be looked at again comes back at its time and no earlier', async () => {
      const seenAt: number[] = [];
      world.answer(async () => {
        seenAt.push(Date.now());
        return seenAt.length === 1 ? again(150) : done;
      });
      await world.ring('orders');
      await world.until(() => seenAt.length === 2);
      expect((seenAt[1] ?? 0) - (seenAt[0] ?? 0)).toBeGreaterThanOrEqual(149);
      await world.untilDepth({ waiting: 0, delayed: 0, active: 0 });
    });

    test('a ring wakes a delayed one', async () => {
      world.answer(async () => (world.looks.length === 1 ? again(3_600_000) : done));
      await world.ring('orders');
      await world.untilDepth({ delayed: 1, active: 0 });
      await world.ring('orders');
      await expect.poll(() => world.looks.length, patience).toBe(2);
      await world.untilDepth({ waiting: 0, delayed: 0, active: 0 });
    });

    const ends: Outcome[] = [done, again(3_600_000), { kind: 'failed', reason: 'EngineUsage', message: 'no' }];
    test.for(ends)('a ring during a look brings another look when the first ends with $kind', async (end) => {
      const gate = Promise.withResolvers<void>();
      world.answer(async () => {
        if (world.looks.length > 1) return done;
        await gate.promise;
        return end;
      });
      await world.ring('orders');
      await world.until(() => world.looks.length === 1);
      await world.ring('orders');
      await world.ring('orders');
      gate.resolve();
      await world.until(() => world.looks.length === 2);
      await world.untilDepth({ waiting: 0, delayed: 0, active: 0 });
      expect(world.looks).toHaveLength(2);
    });

    test('no ring is lost, however it falls beside the end of a look', async () => {
      let state = 0;
      let seen = 0;
      world.answer(async () => {
        seen = state;
        await breathe(Math.random() * 2);
        return Math.random() < 0.5 ? done : again(3_600_000);
      });
      for (let round = 1; round <= 150; round += 1) {
        state = round;
        await world.ring('orders');
        await breathe(Math.random() * 4);
        if (round % 10 === 0) await world.until(() => seen === state);
      }
      await expect.poll(() => seen, patience).toBe(state);
    });

    test('one backup is never looked at twice at the same time', async () => {
      let atWork = 0;
      let most = 0;
      world.answer(
        async () => {
          most = Math.max(most, (atWork += 1));
          await breathe(2);
          atWork -= 1;
          return done;
        },
        { concurrency: 4 },
      );
      for (let count = 0; count < 30; count += 1) await world.ring('orders');
      await world.untilDepth({ waiting: 0, delayed: 0, active: 0 });
      expect(most).toBe(1);
    });

    test('a look that throws is tried again after its back-off, then given up, and the queue moves on', async () => {
      const answered: Answered[] = [];
      const givenUp: unknown[] = [];
      world.answer(
        async ({ name }) => {
          if (name === 'broken') throw new Error('always');
          return done;
        },
        {
          throwLimit: 3,
          backOffMs: () => 20,
          onOutcome: (each) => answered.push(each),
          onGivenUp: async ({ ring, reason, message }) => void givenUp.push([ring.name, reason, message]),
        },
      );
      await world.doorbell.ringMany('backup', [aRing('broken'), aRing('fine')]);
      await world.until(() => answered.length === 4);
      await world.untilDepth({ waiting: 0, delayed: 0, active: 0 });
      const broken = answered.filter(({ ring }) => ring.name === 'broken');
      expect(broken.map(({ outcome }) => outcome.kind)).toEqual(['again', 'again', 'failed']);
      expect(broken.at(-1)).toMatchObject({ outcome: { reason: 'UnexpectedError', message: 'always' } });
      expect(world.logged.filter((line) => line === 'handler threw')).toHaveLength(3);
      expect(givenUp).toEqual([
        ['broken', 'UnexpectedError', expect.stringMatching(/^something failed 3 times in a row/)],
      ]);
    });

    test.each([
      ['terminal', [['broken', 'ApiRefused', 'never']]],
      ['transient', []],
    ] as const)('a %s error to the end is told as what it is', async (fate, told) => {
      const givenUp: unknown[] = [];
      world.answer(() => Promise.reject(new BackupError('ApiRefused', fate, 'never')), {
        throwLimit: 2,
        backOffMs: () => 20,
        onGivenUp: async ({ ring, reason, message }) => {
          givenUp.push([ring.name, reason, message]);
          throw new Error('and telling fails');
        },
      });
      await world.ring('broken');
      await world.until(() => world.logged.includes('handler threw'));
      await world.untilDepth({ waiting: 0, delayed: 0, active: 0 });
      expect(givenUp).toEqual(told);
    });

    test('a ring that was given up runs when it is rung again', async () => {
      world.answer(async () => ({ kind: 'failed', reason: 'EngineUsage', message: 'no' }));
      await world.ring('orders');
      await world.untilDepth({ waiting: 0, active: 0 });
      await world.until(() => world.looks.length === 1);
      await world.ring('orders');
      await expect.poll(() => world.looks.length, patience).toBe(2);
    });

    test('junk and payloads of another version are dropped aloud, and the queue moves on', async () => {
      const junk: string[] = [];
      await world.queue.ringRaw('backup', 'one', { v: 0, key: 'shop/orders' });
      await world.queue.ringRaw('backup', 'two', 'x'.repeat(100_000));
      await world.queue.ringRaw('backup', 'three', null);
      world.answer(async () => done, { onJunk: (_queue, problem) => junk.push(problem) });
      await world.ring('orders');
      await world.until(() => world.looks.length === 1);
      await expect.poll(() => junk, patience).toHaveLength(3);
      await world.untilDepth({ waiting: 0, delayed: 0, active: 0 });
    });

    test('after everything was forgotten a ring is answered as before, whatever it was in the middle of', async () => {
      const gate = Promise.withResolvers<void>();
      world.answer(
        async ({ name }) => {
          if (name === 'active' && world.count('active') === 1) await gate.promise;
          return name === 'delayed' && world.count('delayed') === 1 ? again(3_600_000) : done;
        },
        { concurrency: 2 },
      );
      await world.ring('delayed');
      await world.untilDepth({ delayed: 1 });
      await world.ring('active');
      await world.until(() => world.count('active') === 1);
      await world.queue.forget();
      gate.resolve();
      await world.doorbell.ringMany('backup', [aRing('delayed'), aRing('active'), aRing('waiting')]);
      const counts = () => ['waiting', 'delayed', 'active'].map((name) => world.count(name));
      await expect.poll(counts, patience).toEqual([1, 2, 2]);
      await world.untilDepth({ waiting: 0, delayed: 0, active: 0 });
    });

    test('a clock that jumps wakes what it made due', async () => {
      let aheadMs = 0;
      const now = () => new Date(Date.now() + aheadMs);
      world.answer(
        async () =>
          world.looks.length === 1 ? { kind: 'again', at: new Date(Date.now() + 60_000), reason: 'RunActive' } : done,
        { now, recheckMs: 20 },
      );
      await world.ring('orders');
      await world.untilDepth({ delayed: 1 });
      expect(world.looks).toHaveLength(1);
      aheadMs = 61_000;
      await world.until(() => world.looks.length === 2);
    });

    test('closing lets a look finish', async () => {
      let ended = false;
      const answering = world.answer(async () => {
        await breathe(100);
        ended = true;
        return done;
      });
      expect(answering.busySince).toBeUndefined();
      await world.ring('orders');
      await world.until(() => answering.busy === 1);
      expect(Date.now() - (answering.busySince?.getTime() ?? 0)).toBeLessThan(10_000);
      await answering.close(5000);
      expect(ended).toBe(true);
      expect(answering.busy).toBe(0);
      expect(answering.busySince).toBeUndefined();
    });

    test('closing aborts a look that takes too long, and leaves at the deadline one that does not listen', async () => {
      let aborted = false;
      const answering = world.answer(async (_ring, signal) => {
        signal.addEventListener('abort', () => (aborted = true));
        return new Promise(() => undefined);
      });
      await world.ring('orders');
      await world.until(() => answering.busy === 1);
      const startedAt = performance.now();
      await answering.close(200);
      expect(performance.now() - startedAt).toBeLessThan(1500);
      expect(aborted).toBe(true);
    });
  });
}

/** How long a fact may take to become true. */
const patience = { timeout: 10_000, interval: 5 };

const done: Outcome = { kind: 'done' };

function again(inMs: number): Outcome {
  return {
    kind: 'again',
    get at() {
      return new Date(Date.now() + inMs);
    },
    reason: 'RunActive',
  };
}

function aRing(name: string): Ring {
  return { v: 1, namespace: 'shop', name };
}

function breathe(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

class World {
  readonly queue: QueueUnderTest;
  readonly doorbell: Doorbell;
  readonly looks: Ring[] = [];
  readonly logged: string[] = [];
  readonly #answering: Answering[] = [];

  constructor(queue: QueueUnderTest) {
    this.queue = queue;
    this.doorbell = queue.doorbell;
  }

  answer(handler: Handler, options: Partial<AnswerOptions> = {}): Answering {
    const note = (_fields: object, message: string) => void this.logged.push(message);
    const look: Handler = (ring, signal) => {
      this.looks.push(ring);
      return handler(ring, signal);
    };
    const log = { info: note, warn: note, error: note };
    const answering = this.queue.answer('backup', look, { concurrency: 1, now: () => new Date(), log, ...options });
    this.#answering.push(answering);
    return answering;
  }

  ring(name: string): Promise<void> {
    return this.doorbell.ring('backup', aRing(name));
  }

  count(name: string): number {
    return this.looks.filter((ring) => ring.name === name).length;
  }

  async until(fact: () => boolean | Promise<boolean>): Promise<void> {
    const look = async () => {
      if (!(await fact())) throw new Error('not so yet');
    };
    await vi.waitFor(look, patience);
  }

  async untilDepth(wanted: Partial<Depth>): Promise<void> {
    const look = async () => {
      const depth = await this.doorbell.depth('backup');
      const differs = Object.entries(wanted).some(([key, value]) => depth[key as keyof Depth] !== value);
      if (differs) throw new Error(`wanted ${JSON.stringify(wanted)}, found ${JSON.stringify(depth)}`);
    };
    await vi.waitFor(look, patience);
  }

  async close(): Promise<void> {
    await Promise.all(this.#answering.map((each) => each.close(100)));
    await this.queue.close();
  }
}

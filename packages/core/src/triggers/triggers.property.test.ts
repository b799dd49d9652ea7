import type { Status, TriggerEvent } from '@holdfast/types';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { aBackup, aSpec, at } from '../run/an-observed.ts';
import { decide } from '../run/decide.ts';
import { intentChange } from '../run/intent-change.ts';
import type { BackupFacts } from '../run/observed.ts';
import { settleRun } from '../status/changes.ts';
import { project } from '../status/project.ts';
import type { TargetFacts } from '../target/target-facts.ts';
import { lookAtTriggers } from './look-at-triggers.ts';

/*
 * Something happens, and meanwhile watchers die, lag behind, lose what they write and look many times: when all is quiet again, it has
 * started exactly one run, under a name that no other run ever had.
 */

type Noise = 'look' | 'lookBack' | 'lostWrite' | 'end' | 'fail' | 'pass' | 'pause';

const noise = fc.array(fc.constantFrom<Noise>('look', 'lookBack', 'lostWrite', 'end', 'fail', 'pass', 'pause'), {
  maxLength: 8,
});
const happening = fc.record({
  event: fc.constantFrom<TriggerEvent>('TargetUpgrade', 'TargetCreated', 'DatabaseCreated', 'SpecChanged'),
  before: noise,
  after: noise,
});

class World {
  now = at('01T01:00');
  readonly recorded: { id: string; event: TriggerEvent | undefined }[] = [];
  #status: Status = { lastRunTime: '2026-03-01T00:30:00Z', history: [] };
  #generation = 1;
  #suspended = false;
  #edits = 0;
  #things = 0;
  #target: TargetFacts = this.#newTarget('neo4j:0');
  readonly #history: TargetFacts[] = [];

  happens(event: TriggerEvent): void {
    this.#history.push(this.#target);
    this.#pass();
    const { host, databases } = this.#target;
    if (event === 'SpecChanged') {
      this.#edits = 1 - this.#edits; // there and back again
      this.#generation += 1;
    }
    if (event === 'TargetCreated') this.#target = { ...this.#newTarget(host.image ?? ''), databases };
    if (event === 'TargetUpgrade') {
      const image = host.image === 'neo4j:1' ? 'neo4j:2' : 'neo4j:1'; // so does this
      this.#target = { ...this.#target, host: { ...host, image, generation: host.generation + 1 } };
    }
    if (event === 'DatabaseCreated') {
      const created = { uid: `database-${++this.#things}`, createdAt: this.now, ready: true };
      this.#target = { ...this.#target, databases: [...databases, created] };
    }
  }

  noise(kind: Noise): void {
    if (kind === 'look' || kind === 'lostWrite') this.look(this.#target, kind === 'look');
    // A watcher that was behind may still lead for a moment; what it writes is decided again on the object as it is.
    if (kind === 'lookBack') this.look(this.#history.at(-1) ?? this.#target, true);
    if (kind === 'end' || kind === 'fail') this.#end(kind === 'end');
    if (kind === 'pass') this.#pass();
    if (kind === 'pause') {
      this.#suspended = !this.#suspended;
      this.#generation += 1;
    }
  }

  look(target: TargetFacts, written: boolean): void {
    const backup = this.#backup();
    const intent = decide({ backup, target }, this.now);
    const status = intentChange(intent, backup, { kind: 'admit' }, this.now);
    if (!written || !status) return;
    if (intent.kind === 'record') this.recorded.push({ id: intent.run.id, event: intent.run.event });
    this.#status = project(status, backup, this.now);
  }

  /** Nobody lags behind and nothing is in the way; resolves when there is nothing more to do. */
  settle(): void {
    if (this.#suspended) this.noise('pause');
    for (let round = 0; round < 12; round += 1) {
      this.look(this.#target, true);
      this.#end(true);
    }
    const { occasions, noted } = lookAtTriggers({ backup: this.#backup(), target: this.#target });
    expect({ occasions, noted }).toEqual({ occasions: [], noted: undefined });
  }

  #end(well: boolean): void {
    const run = this.#status.activeRun;
    if (run?.kind !== 'backup') return;
    this.#pass();
    const ending = {
      status: well ? 'Succeeded' : 'Failed',
      reason: well ? 'Succeeded' : 'EngineFailed',
      message: '',
    } as const;
    this.#status = project(settleRun(this.#status, ending, 20, this.now), this.#backup(), this.now);
  }

  #pass(): void {
    this.now = new Date(this.now.getTime() + 60_000);
  }

  #newTarget(image: string): TargetFacts {
    const uid = `target-${++this.#things}`;
    const createdAt = this.#things === 1 ? new Date('2026-02-01T00:00:00Z') : this.now;
    return { host: { uid, image, generation: 1 }, itself: { uid, createdAt }, databases: [] };
  }

  #backup(): BackupFacts {
    const triggers = (['TargetUpgrade', 'TargetCreated', 'DatabaseCreated', 'SpecChanged'] as const).map((on) => ({
      on,
    }));
    const spec = aSpec({ triggers, suspend: this.#suspended });
    return aBackup({ spec, status: this.#status, generation: this.#generation, specDigest: `edit-${this.#edits}` });
  }
}

test('whatever is lost, late or repeated around it, an event starts one run', () => {
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 8 }), (story) => {
      const world = new World();
      world.settle();
      expect(world.recorded).toEqual([]);
      for (const { event, before, after } of story) {
        for (const each of before) world.noise(each);
        world.settle();
        const told = world.recorded.length;
        world.happens(event);
        for (const each of after) world.noise(each);
        world.settle();
        expect(world.recorded.slice(told).map((run) => run.event)).toEqual([event]);
      }
      const ids = world.recorded.map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
      for (const id of ids) expect(id).toMatch(/^e[0-9a-f]{10}-1a2b3c4d$/);
    }),
    { numRuns: 500 },
  );
});

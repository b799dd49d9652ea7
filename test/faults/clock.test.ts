import { expect } from 'vitest';
import { until } from '../until.ts';
import { faultsOn } from './fault.ts';
import type { Scene } from './scene.ts';

const fault = faultsOn();
const hour = 3_600_000;

fault(
  'a clock that jumps an hour ahead catches up the newest slot and counts the others',
  {
    scenario: 'C4',
    done: 'the clock jumps 60 minutes over a schedule of every twenty',
    outcome: 'the newest slot runs once, two are counted as missed; none is doubled',
  },
  async (scene) => {
    const { clock } = scene.cluster;
    clock.set(new Date(Math.ceil(clock.now().getTime() / hour) * hour + 5 * 60_000)); // whatever the time is now, the next slot is far
    await scene.create('jumped', { schedule: '*/20 * * * *' });
    const first = await until(async () => (await scene.status('jumped')).nextRunTime, { saying: 'the next slot' });
    clock.reach(new Date(Date.parse(first) - 60_000));
    clock.advance(hour);
    const newest = new Date(Date.parse(first) + 40 * 60_000).toISOString().replace('.000Z', 'Z');
    expect(await scene.untilSettled('jumped')).toMatchObject({ status: 'Succeeded', slot: newest });
    expect((await scene.status('jumped')).missedSlots).toBe(2);
    expect(await scene.jobsOf('jumped')).toBe(1);
  },
);

/** Nights in which clocks change in Stockholm, and when a backup for half past two then runs (docs/decisions/0010). */
const nights = [
  ['skips half past two', 'spring', '2027-03-27T12:00:00Z', ['2027-03-28T01:00:00Z', '2027-03-29T00:30:00Z']],
  ['shows half past two twice', 'autumn', '2027-10-30T12:00:00Z', ['2027-10-31T00:30:00Z', '2027-11-01T01:30:00Z']],
] as const;

for (const [what, name, dayBefore, slots] of nights) {
  fault(
    `a nightly backup runs exactly once in the night that ${what}`,
    {
      long: true,
      scenario: 'C4',
      done: `the clock of Europe/Stockholm ${what}`,
      outcome: `one run, for the slot ${slots[0]}; the next one is ${slots[1]}`,
    },
    async (scene) => {
      const { clock } = scene.cluster;
      clock.set(new Date(dayBefore));
      await scene.create(name, { schedule: '30 2 * * *', timeZone: 'Europe/Stockholm' });
      for (const [index, slot] of slots.entries()) {
        expect(await nextSlot(scene, name, slot)).toBe(slot);
        clock.reach(new Date(slot));
        const run = await scene.untilSettled(name, (entry) => entry.slot === slot);
        expect(run.status).toBe('Succeeded');
        clock.advance(hour); // where the same reading comes again
        await scene.create(`${name}-witness-${index}`); // younger than the look that follows the jump
        await scene.untilSettled(`${name}-witness-${index}`);
        expect(await scene.jobsOf(name)).toBe(index + 1);
      }
      expect((await scene.status(name)).missedSlots ?? 0).toBe(0);
    },
  );
}

/** What the backup says is next, once it says so. */
async function nextSlot(scene: Scene, name: string, slot: string): Promise<string | undefined> {
  const next = async () => (await scene.status(name)).nextRunTime;
  await until(async () => (await next()) === slot, { saying: `the slot ${slot}` });
  return next();
}

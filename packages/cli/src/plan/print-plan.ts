import { formatBytes } from '@holdfast/core';
import type { VolumeStatus } from '@holdfast/types';
import type { PlanDiff, PlanLine, Side } from './plan-diff.ts';

type Paint = (colour: 'red' | 'green' | 'yellow', text: string) => string;

/** A plan for people: what goes with a minus before it, what goes into the archive with a `>`, what stays without, and why. */
export function printPlan(diff: PlanDiff, paint: Paint): string {
  const { backup, plan, madeAt, run, state, keeps, removes, archives, held, acknowledge } = diff;
  const title = `${plan === undefined ? 'nothing to remove' : `plan ${plan}`} of ${backup.namespace}/${backup.name}, made at ${madeAt} by run ${run}`;
  const rows = diff.chains.map(cellsOf);
  const widths = [0, 1, 2, 3].map((column) => Math.max(0, ...rows.map((cells) => cells[column]?.length ?? 0)));
  const body = diff.chains.map((line, index) => {
    const cells = rows[index] ?? [];
    const text = cells.map((cell, column) => (column < 4 ? cell.padEnd(widths[column] ?? 0) : cell)).join('  ');
    const { sign, colour } = looks[line.fate];
    const row = `${sign} ${text}`.trimEnd();
    return colour ? paint(colour, row) : row;
  });
  const isArchive = archives.chains > 0;
  const going = isArchive ? archives : removes;
  const hidden = [...notNamed(keeps, 'stay'), ...notNamed(going, 'go')];
  const verb = (isArchive ? archiveVerbs : removeVerbs)[state];
  const total = `${verb} ${counted(going)}, keeps ${counted(keeps)}`;
  return [
    title,
    '',
    ...body,
    ...hidden,
    ...(body.length > 0 ? [''] : []),
    state === 'waits' ? paint('yellow', total) : total,
    ...(diff.volume ? [fillOf(diff.volume)] : []),
    ...held.map((sentence) => paint('yellow', `held: ${sentence}`)),
    ...(acknowledge === undefined ? [] : ['', 'to agree to exactly this plan:', `  ${acknowledge}`]),
    '',
  ].join('\n');
}

function fillOf({ usedBytes, capacityBytes, daysUntilFull, growthBytesPerDay }: VolumeStatus): string {
  const used = `the claim's volume holds ${formatBytes(usedBytes)} of ${formatBytes(capacityBytes)}`;
  if (daysUntilFull !== undefined)
    return `${used}, and is full in about ${daysUntilFull} day${daysUntilFull === 1 ? '' : 's'}`;
  return growthBytesPerDay === undefined
    ? `${used}; it was not seen for long enough to say when it is full`
    : `${used}, and does not fill up within years`;
}

const looks = {
  keep: { sign: ' ', colour: undefined },
  remove: { sign: '-', colour: 'red' },
  archive: { sign: '>', colour: 'yellow' },
} as const;
const removeVerbs = { waits: 'would remove', planned: 'removes', applied: 'removed' } as const;
const archiveVerbs = { waits: 'would archive', planned: 'archives', applied: 'archived' } as const;

function cellsOf({ chain, database, artifacts, bytes, because, reason }: PlanLine): string[] {
  return [chain, database, `${artifacts} artifact${artifacts === 1 ? '' : 's'}`, formatBytes(bytes), because ?? reason];
}

function notNamed({ notNamed: count }: Side, verb: string): string[] {
  return count > 0 ? [`  … and ${count} more that ${verb}, which status does not name`] : [];
}

function counted({ chains, bytes }: Side): string {
  return `${chains} chain${chains === 1 ? '' : 's'} (${formatBytes(bytes)})`;
}

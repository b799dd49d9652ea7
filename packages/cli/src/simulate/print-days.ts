import { formatBytes, formatDuration, type SimulatedArtifact, type SimulatedDay } from '@holdfast/core';

/** The days of a simulation as a table, and what exists at the end of the last one. */
export function* printDays(days: Iterable<SimulatedDay>, maxDeletePercent: number): Generator<string> {
  yield row(['day ends', 'artifacts', 'FULLs', 'bytes', 'worst age', 'removed']);
  let [last, peakBytes, waiting]: [SimulatedDay | undefined, number, number] = [undefined, 0, 0];
  for (const day of days) {
    last = day;
    peakBytes = Math.max(peakBytes, day.bytes);
    if (day.removedPercent > maxDeletePercent) waiting += 1;
    yield dayRow(day);
  }
  if (!last) return;
  yield '\n';
  yield* chainsOf(last.artifacts);
  yield `\nat most ${formatBytes(peakBytes)} at the end of a day\n`;
  if (waiting > 0)
    yield `on ${waiting} day${waiting === 1 ? '' : 's'} the plan removes more than ${maxDeletePercent} % and would wait for a person; here it did not\n`;
}

function dayRow({ until, artifacts, bytes, worstAgeMs, removedPercent }: SimulatedDay): string {
  const fulls = artifacts.filter(({ type }) => type === 'FULL').length;
  return row([
    until.toISOString().slice(0, 16).replace('T', ' '),
    String(artifacts.length),
    String(fulls),
    formatBytes(bytes),
    worstAgeMs === undefined ? 'none' : formatDuration(worstAgeMs),
    removedPercent === 0 ? '' : `${removedPercent.toFixed(removedPercent < 10 ? 1 : 0)} %`,
  ]);
}

const widths = [16, 10, 6, 11, 10, 8];

function row(cells: readonly string[]): string {
  const padded = cells.map((cell, index) => (index === 0 ? cell.padEnd(16) : cell.padStart(widths[index] ?? 0)));
  return `${padded.join('  ').trimEnd()}\n`;
}

/** What is left of each chain at the end, and why it stays. */
function* chainsOf(artifacts: readonly SimulatedArtifact[]): Generator<string> {
  yield 'at the end there are:\n';
  for (const members of Map.groupBy(artifacts, ({ chain }) => chain).values()) {
    const [newest, full] = [members[0], members.at(-1)];
    const bytes = members.reduce((sum, artifact) => sum + artifact.bytes, 0);
    const diffs = members.length === 1 ? '' : ` and ${members.length - 1} DIFF${members.length === 2 ? '' : 's'}`;
    yield `  FULL of ${minuteOf(full)}${diffs}  ${formatBytes(bytes)}  ${newest?.because.join(', ') ?? ''}\n`;
  }
}

function minuteOf(artifact: SimulatedArtifact | undefined): string {
  return artifact?.startedAt.toISOString().slice(0, 16).replace('T', ' ') ?? '';
}

// npm run faults: the table of fault tests. With ids (`P4`) or letters (`K`) it plays those scenarios, on the embedded kind of cluster or on
// that of `--kind`; `--json` says it for machines.
import { parseArgs } from 'node:util';
import { processKinds, type ProcessKind } from '../test/cluster/kinds.ts';
import { scenarios, type Scenario } from '../test/faults/scenarios.ts';
import { collectFaults, playFaults, type FaultTest } from './collect-faults.ts';
import { faultRows, isOnControlPlane } from './faults-page.ts';

const known: Readonly<Record<string, Scenario>> = scenarios;
const { json, kind, asked, mistake } = readArguments(process.argv.slice(2));

if (mistake !== undefined) {
  process.stderr.write(`faults: ${mistake}\n`);
  process.exitCode = 2;
} else {
  const tests = (await collectFaults()).filter((test) => isAsked(test) && isPlayedOn(kind, test));
  const failed = asked.length > 0 ? await play(kind, tests) : show(tests);
  process.exitCode = failed ? 1 : 0;
}

interface Arguments {
  readonly json: boolean;
  readonly kind: ProcessKind;
  readonly asked: readonly string[];
  /** What is wrong with them, in one sentence. */
  readonly mistake?: string;
}

function readArguments(args: string[]): Arguments {
  const options = { json: { type: 'boolean', default: false }, kind: { type: 'string', default: 'embedded' } } as const;
  const { values, positionals: asked } = parseArgs({ args, options, allowPositionals: true, strict: false });
  const { json, kind: wanted, ...others } = values;
  const kind = processKinds.find((one) => one === wanted);
  const strange = [
    ...Object.keys(others).map((name) => `--${name}`),
    ...asked.filter((word) => !Object.keys(known).some((id) => isMeant(id, word))),
  ];
  const mistake =
    kind === undefined
      ? `no kind of cluster ${String(wanted)}; there are ${processKinds.join(', ')}`
      : strange.length > 0 && `no scenario ${strange.join(', ')}; there are ${Object.keys(known).join(', ')}`;
  return { json: json === true, kind: kind ?? 'embedded', asked, ...(mistake && { mistake }) };
}

async function play(kind: ProcessKind, tests: readonly FaultTest[]): Promise<boolean> {
  const played = tests.length > 0 ? await playFaults(tests, { kind, quiet: json }) : [];
  const rows = played.flatMap((test) =>
    chosen(faultRows(known, [test])).map((row) => ({
      ...row,
      state: test.state,
      seconds: test.seconds,
      errors: test.errors,
    })),
  );
  const open = notYet();
  if (json) print(JSON.stringify({ played: rows, notYet: open }, undefined, 2));
  else {
    for (const { scenario, done, outcome, state, seconds } of rows)
      print(`${state === 'passed' ? 'ok    ' : 'FAILED'} ${scenario}  ${done} → ${outcome} (${seconds} s)`);
    for (const { scenario, why } of open) print(`-      ${scenario}  ${why}`);
  }
  return rows.some(({ state }) => state === 'failed');
}

function show(tests: readonly FaultTest[]): boolean {
  const rows = faultRows(known, tests);
  if (json) {
    print(JSON.stringify({ faults: rows, notYet: notYet() }, undefined, 2));
    return false;
  }
  for (const { scenario, trouble, done, outcome, invariants, playedOn, test } of rows) {
    const lines = { done, outcome, invariants, 'played on': playedOn, test };
    print(
      [`${scenario}  ${trouble}`, ...Object.entries(lines).map(([what, is]) => `  ${what.padEnd(11)} ${is}`), ''].join(
        '\n',
      ),
    );
  }
  for (const { scenario, why } of notYet()) print(`${scenario}  no fault test: ${why}`);
  return false;
}

function notYet(): { scenario: string; why: string }[] {
  return Object.entries(known).flatMap(([scenario, { notYet: why }]) =>
    why !== undefined && isWanted(scenario) ? [{ scenario, why }] : [],
  );
}

function isAsked({ scenario }: FaultTest): boolean {
  return [scenario].flat().some(isWanted);
}

function isPlayedOn(on: ProcessKind, { file }: FaultTest): boolean {
  return on === 'embedded' || isOnControlPlane(file);
}

function chosen<T extends { readonly scenario: string }>(rows: readonly T[]): T[] {
  return rows.filter(({ scenario }) => isWanted(scenario));
}

function isWanted(id: string): boolean {
  return asked.length === 0 || asked.some((word) => isMeant(id, word));
}

/** `K` means every K, `S1` means S1 and not S10. */
function isMeant(id: string, word: string): boolean {
  return id === word.toUpperCase() || id.replace(/\d+$/, '') === word.toUpperCase();
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

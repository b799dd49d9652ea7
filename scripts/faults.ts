// npm run faults: the table of fault tests. With ids (`P4`) or letters (`K`) it plays those scenarios; `--json` says it for machines.
import { scenarios, type Scenario } from '../test/faults/scenarios.ts';
import { collectFaults, playFaults, type FaultTest } from './collect-faults.ts';
import { faultRows } from './faults-page.ts';

const json = process.argv.includes('--json');
const asked = process.argv.slice(2).filter((word) => word !== '--json');
const known: Readonly<Record<string, Scenario>> = scenarios;
const unknown = asked.filter((word) => !Object.keys(known).some((id) => isMeant(id, word)));

if (unknown.length > 0) {
  process.stderr.write(`faults: no scenario ${unknown.join(', ')}; there are ${Object.keys(known).join(', ')}\n`);
  process.exitCode = 2;
} else {
  const tests = (await collectFaults()).filter(isAsked);
  const failed = asked.length > 0 ? await play(tests) : show(tests);
  process.exitCode = failed ? 1 : 0;
}

async function play(tests: readonly FaultTest[]): Promise<boolean> {
  const played = tests.length > 0 ? await playFaults(tests, { quiet: json }) : [];
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
  for (const { scenario, trouble, done, outcome, invariants, test } of rows)
    print(
      `${scenario}  ${trouble}\n  done        ${done}\n  outcome     ${outcome}\n  invariants  ${invariants}\n  test        ${test}\n`,
    );
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

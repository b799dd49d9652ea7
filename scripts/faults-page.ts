import { filesOnControlPlane } from '../test/faults/on-control-plane.ts';
import type { Scenario } from '../test/faults/scenarios.ts';
import type { FaultTest } from './collect-faults.ts';

type Scenarios = Readonly<Record<string, Scenario>>;

/** One line of the table. */
export interface FaultRow {
  readonly scenario: string;
  readonly trouble: string;
  readonly done: string;
  readonly outcome: string;
  readonly invariants: string;
  /** The kinds of cluster that play it. */
  readonly playedOn: string;
  /** `file: name` */
  readonly test: string;
}

/** The table: one row for each test of each scenario, in the order of the known list. */
export function faultRows(scenarios: Scenarios, tests: readonly FaultTest[]): FaultRow[] {
  return Object.entries(scenarios).flatMap(([id, { trouble }]) =>
    testsOf(id, tests).map((test) => ({
      scenario: id,
      trouble,
      done: test.done,
      outcome: test.outcome,
      invariants: invariantsOf(test),
      playedOn: kindsOf(test),
      test: `${test.file.replace('test/faults/', '')}: ${test.name}`,
    })),
  );
}

/** The page `docs/faults.md`. */
export function faultsPage(scenarios: Scenarios, tests: readonly FaultTest[]): string {
  const rows = faultRows(scenarios, tests).map(({ scenario, trouble, done, outcome, invariants, playedOn, test }) =>
    line([`**${scenario}** ${trouble}`, done, outcome, invariants, playedOn, test]),
  );
  const open = Object.entries(scenarios).flatMap(([id, { trouble, notYet }]) =>
    notYet === undefined ? [] : [line([`**${id}** ${trouble}`, notYet])],
  );
  const head = [
    '| Scenario | What is done | Outcome | Invariants | Played on | Test (in `test/faults/`) |',
    '|---|---|---|---|---|---|',
  ];
  return [preface, head.join('\n'), ...rows, '', ...(open.length > 0 ? [rest, ...open, ''] : [])].join('\n');
}

/** What does not fit: a scenario with neither test nor reason, or with both. */
export function complaints(scenarios: Scenarios, tests: readonly FaultTest[]): string[] {
  return Object.entries(scenarios).flatMap(([id, { notYet }]) => {
    const played = testsOf(id, tests).length > 0;
    if (!played && notYet === undefined)
      return [`scenario ${id} has no fault test; write one, or say in test/faults/scenarios.ts why there is none`];
    return played && notYet !== undefined
      ? [`scenario ${id} has a fault test; remove its notYet from test/faults/scenarios.ts`]
      : [];
  });
}

function testsOf(id: string, tests: readonly FaultTest[]): FaultTest[] {
  return tests.filter(({ scenario }) => [scenario].flat().includes(id as never));
}

function invariantsOf({ allowed = {}, own }: FaultTest): string {
  if (own) return own.invariants;
  const { orphans = [], spoiled = [] } = allowed;
  return [
    'I1–I8',
    ...(orphans.length > 0 ? ['artifacts without manifest are allowed'] : []),
    ...(spoiled.length > 0 ? [`I3–I5 not for the folders that the test spoils`] : []),
  ].join('; ');
}

function kindsOf({ file, own }: FaultTest): string {
  if (own) return own.playedOn;
  return isOnControlPlane(file) ? 'embedded, control-plane' : 'embedded';
}

/** Whether the lane `control-plane` plays the file. */
export function isOnControlPlane(file: string): boolean {
  return filesOnControlPlane.some((name) => file === `test/faults/${name}.test.ts`);
}

function line(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', String.raw`\|`).replaceAll('\n', ' ')).join(' | ')} |`;
}

const preface = `# Faults

Made by \`npm run generate\` from the declarations in \`test/faults/*.test.ts\`; a change here is lost, make it there.
\`npm run faults\` prints the table, \`npm run faults -- P4 K\` plays scenarios and says how they ended, with \`--kind control-plane\` on a
real API server. \`npm test\` plays them on the embedded kind, but \`CI=true npm test\` plays those that can be played on a real control plane
there, and not on the embedded kind as well.

After every fault the trouble ends and the invariants are asked of everything that was seen: I1 one trigger, one run · I2 every run ends ·
I3 a success is proven · I4 no wanted chain is ever broken · I5 the newest verified chain is never removed · I6 every trouble has its reason in
status, as an Event and in a metric · I7 back on schedule by itself · I8 no secret is shown.
`;

const rest = `## Without a fault test

| Scenario | Why, and what is known |
|---|---|`;

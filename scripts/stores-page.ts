import { features, type Feature } from '../packages/storage/src/contract/features.ts';
import { bullet, cellOf, line, notAsked } from '../packages/storage/src/contract/table.ts';
import { operations, type Operation, type TestedStore } from '../packages/storage/src/contract/tested-stores.ts';
import type { StoreCheck } from './collect-stores.ts';

type Stores = Readonly<Record<string, TestedStore>>;
type Check = Omit<StoreCheck, 'store'> & { readonly store: string };

/** The page `docs/stores-tested.md`. */
export function storesPage(stores: Stores, checks: readonly Check[]): string {
  const whole = Object.keys(stores).filter((name) => stores[name]?.plays === undefined);
  const further = Object.keys(stores).filter((name) => stores[name]?.plays !== undefined);
  return [
    preface,
    line(['Store', 'What it is', 'Checks', 'Test']),
    '|---|---|---|---|',
    ...Object.entries(stores).map(([name, { what, file }]) =>
      line([name, what, String(checksOf(checks, name).length), `\`${file}\``]),
    ),
    '',
    ...table(whole, checks),
    '',
    furtherPreface,
    ...table(further, checks),
    '',
    lacksPreface,
    ...lacksOf(stores),
    '',
    checksPreface,
    ...operations.flatMap((operation) => [`### ${operation}`, '', ...sentencesOf(operation, checks).map(bullet), '']),
  ].join('\n');
}

/** What does not fit: an operation that is neither asked of a store nor said to be out of the question, or a lack that no check looks at. */
export function complaints(stores: Stores, checks: readonly Check[]): string[] {
  return Object.entries(stores).flatMap(([name, { lacks = {}, without = {}, plays = operations }]) => {
    const own = checksOf(checks, name);
    const asked = (operation: Operation): boolean => own.some((check) => check.operation === operation);
    const mute = plays.filter((operation) => !asked(operation) && without[operation] === undefined);
    const doubted = operations.filter((operation) => asked(operation) && without[operation] !== undefined);
    const played = Object.keys(lacks).filter((feature) => !own.some((check) => check.lacks === feature));
    return [
      ...mute.map(
        (operation) => `${name} is not asked about "${operation}"; play it, or say in tested-stores.ts why not`,
      ),
      ...doubted.map((operation) => `${name} is asked about "${operation}"; remove its reason from tested-stores.ts`),
      ...(stores[name]?.plays ? [] : played.map((feature) => `no check sees that ${name} lacks ${feature}; remove it`)),
    ];
  });
}

function table(names: readonly string[], checks: readonly Check[]): string[] {
  const cell = (operation: Operation, store: string): string => {
    const own = checksOf(checks, store).filter((check) => check.operation === operation);
    const lacking = own.filter(({ lacks }) => lacks !== undefined).length;
    return cellOf(own.length > 0 ? { checks: own.length, lacking } : undefined);
  };
  const rows = operations.map((operation) => [operation, ...names.map((name) => cell(operation, name))]);
  const asked = rows.filter((row) => row.slice(1).some((told) => told !== notAsked));
  return [line(['Operation', ...names]), `|---|${names.map(() => '---|').join('')}`, ...asked.map(line)];
}

/** One line for each reason, so that what several stores have in common is read once. */
function lacksOf(stores: Stores): string[] {
  const said = new Map<string, { readonly names: string[]; readonly what: string; readonly why: string }>();
  const note = (name: string, what: string, why: string): void => {
    const one = said.get(`${what}\n${why}`) ?? { names: [], what, why };
    one.names.push(name);
    said.set(`${what}\n${why}`, one);
  };
  for (const [name, { lacks = {}, without = {} }] of Object.entries(stores)) {
    for (const [feature, lack] of Object.entries(lacks)) note(name, features[feature as Feature], lack.why);
    for (const [operation, why] of Object.entries(without)) note(name, `being asked: ${operation}`, why);
  }
  return [...said.values()]
    .toSorted((a, b) => (a.what < b.what ? -1 : a.what > b.what ? 1 : 0))
    .map(({ names, what, why }) => line([what, names.join(', '), why]));
}

function sentencesOf(operation: Operation, checks: readonly Check[]): string[] {
  return [...new Set(checks.filter((check) => check.operation === operation).map(({ name }) => name))];
}

function checksOf(checks: readonly Check[], store: string): Check[] {
  return checks.filter((check) => check.store === store);
}

const preface = `# Stores that were tested

Made by \`npm run generate\` from the checks that are declared in \`packages/storage/src/contract/\` and from the record beside them,
\`tested-stores.ts\`; a change here is lost, make it there. Every store is a real server on loopback that the tests start themselves. The
last test of each of them holds this page against what passed before it.

A number counts checks that pass. "lacks" counts those of a feature that this store does not have, which is seen, too: such a check must
fail there as the record says, or looks at what holds instead. "–" is an operation that is not asked, and the reason stands below.
`;

const furtherPreface = `## Further looks

The same stores in another setting; "–" is what the setting has nothing to do with.
`;

const lacksPreface = `## What is lacking

| What | Where | Why |
|---|---|---|`;

const checksPreface = `## The checks
`;

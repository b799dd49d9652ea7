// npm run generate: writes what is made from the schemas, from the catalogue of metrics and from the declarations of the fault tests and of the contract of stores. With --check it writes nothing and fails when a file is out of date.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { backupCrd, reasons, type CustomResourceDefinition } from '@holdfast/types';
import { stringify } from 'yaml';
import { testedStores } from '../packages/storage/src/contract/tested-stores.ts';
import { scenarios } from '../test/faults/scenarios.ts';
import { collectFaults } from './collect-faults.ts';
import { collectStores } from './collect-stores.ts';
import { complaints as faultComplaints, faultsPage } from './faults-page.ts';
import { metricsPage } from './metrics-page.ts';
import { compareReasons } from './reasons-page.ts';
import { root } from './steps.ts';
import { complaints as storeComplaints, storesPage } from './stores-page.ts';

interface Generated {
  readonly path: string;
  readonly content: string;
}

const header = '# Made by `npm run generate` from packages/types; a change here is lost, make it there.\n';

// YAML 1.1, because that is what kubectl reads: there a bare `on` is a truth value.
const yaml = { lineWidth: 120, aliasDuplicateObjects: false, version: '1.1' } as const;

const [faults, stores] = await Promise.all([collectFaults(), collectStores()]);
const files: readonly Generated[] = [
  { path: 'deploy/crds/neo4j.neo4j.com_neo4jbackups.yaml', content: header + stringify(backupCrd(), yaml) },
  { path: 'deploy/chart/files/crd.yaml', content: header + stringify(keptByHelm(backupCrd()), yaml) },
  { path: 'deploy/chart/files/alerts.yaml', content: (await textOf('deploy/alerts/holdfast.yaml')) ?? '' },
  { path: 'docs/faults.md', content: faultsPage(scenarios, faults) },
  { path: 'docs/metrics.md', content: metricsPage() },
  { path: 'docs/stores-tested.md', content: storesPage(testedStores, stores) },
];

const lacking = process.argv.includes('--check') ? await outOfDate() : await write();
lacking.push(
  ...(await incompletePage()),
  ...faultComplaints(scenarios, faults),
  ...storeComplaints(testedStores, stores),
);
for (const complaint of lacking) process.stderr.write(`${complaint}\n`);
process.exitCode = lacking.length === 0 ? 0 : 1;

/** Removing a release must not remove the CRD, and with it every backup object. */
function keptByHelm(crd: CustomResourceDefinition): CustomResourceDefinition {
  const { metadata } = crd;
  const annotations = { ...metadata.annotations, 'helm.sh/resource-policy': 'keep' };
  return { ...crd, metadata: { ...metadata, annotations } };
}

async function outOfDate(): Promise<string[]> {
  const found: string[] = [];
  for (const { path, content } of files) {
    if ((await textOf(path)) !== content) found.push(`${path} is out of date; run npm run generate`);
  }
  return found;
}

async function write(): Promise<string[]> {
  for (const { path, content } of files) {
    if ((await textOf(path)) === content) continue;
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
    process.stdout.write(`wrote ${path}\n`);
  }
  return [];
}

async function incompletePage(): Promise<string[]> {
  const path = 'docs/reasons.md';
  const { lacking, unknown, thin } = compareReasons((await textOf(path)) ?? '', Object.keys(reasons));
  return [
    ...lacking.map((word) => `${path} lacks "### ${word}"; say what happened, why, and what to type`),
    ...unknown.map(
      (word) => `${path} explains ${word}, which is no reason of packages/types/src/reasons.ts; remove it`,
    ),
    ...thin.map((word) => `${path} says too little about ${word}; say what happened, why, and what to type`),
  ];
}

/** Undefined when the file does not exist yet. */
async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(join(root, path), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

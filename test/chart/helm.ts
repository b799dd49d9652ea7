import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { builtForTests, goInstall } from '../go-install.ts';

const run = promisify(execFile);

export const chart: string = resolve(import.meta.dirname, '../../deploy/chart');

/** The version of Kubernetes that charts are rendered for; helm as Go builds it would otherwise take an old one. */
const kubeVersion = '1.36.3';

/** Names of the sets of values that the chart is rendered with. */
export const valueSets: readonly string[] = readdirSync(join(chart, 'tests/values'))
  .map((file) => file.replace(/\.yaml$/, ''))
  .toSorted();

export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly annotations?: Record<string, string>;
  };
  readonly [field: string]: unknown;
}

export interface Helm {
  lint(): Promise<string>;
  /**
   * The YAML of a release `holdfast` in namespace `backups`. Rejects with helm's words when the chart refuses.
   * With a kubeconfig it looks at what is in that cluster, and changes nothing there.
   */
  template(given?: {
    readonly values?: string;
    readonly set?: readonly string[];
    readonly kubeconfig?: string;
  }): Promise<string>;
  /** Any verb of helm against a cluster, such as `install NAME FOLDER`. */
  against(kubeconfig: string, ...words: readonly string[]): Promise<string>;
}

const helm = { module: 'helm.sh/helm/v3/cmd/helm', version: 'v3.22.0' };

/** Helm, built once into the user's cache; undefined, and said why, where it cannot be built. */
export async function openHelm(say: (line: string) => void): Promise<Helm | undefined> {
  const program = await goInstall(helm, say);
  return program === undefined ? undefined : helmAt(program);
}

/** For tests: helm where it stands already, and with CI=true; elsewhere undefined, and said aloud. */
export async function helmForTests(what: string): Promise<Helm | undefined> {
  const program = await builtForTests(helm, what);
  return program === undefined ? undefined : helmAt(program);
}

function helmAt(program: string): Helm {
  const call = async (args: readonly string[]): Promise<string> => {
    const { stdout } = await run(program, args, { maxBuffer: 32 * 2 ** 20 });
    return stdout;
  };
  return {
    lint: () => call(['lint', '--strict', '--kube-version', kubeVersion, chart]),
    against: (kubeconfig, ...words) => call([...words, '--kubeconfig', kubeconfig]),
    template({ values, set = [], kubeconfig } = {}) {
      const from = values === undefined ? [] : ['--values', join(chart, 'tests/values', `${values}.yaml`)];
      const cluster = kubeconfig === undefined ? [] : ['--kubeconfig', kubeconfig, '--dry-run=server'];
      const settings = set.flatMap((setting) => ['--set-json', setting]);
      return call([
        'template',
        'holdfast',
        chart,
        '--namespace',
        'backups',
        '--kube-version',
        kubeVersion,
        ...from,
        ...settings,
        ...cluster,
      ]);
    },
  };
}

/** The YAML of each set of values; empty where there is no helm. */
export async function renderAll(helm: Helm | undefined): Promise<ReadonlyMap<string, string>> {
  const rendered = new Map<string, string>();
  for (const values of valueSets) rendered.set(values, (await helm?.template({ values })) ?? '');
  return rendered;
}

export function objectsIn(yaml: string): KubeObject[] {
  return parseAllDocuments(yaml, { version: '1.1' })
    .map((document) => document.toJS() as KubeObject | null)
    .filter((object) => object !== null);
}

/** The CRD has a file of its own and a check of its own; in each golden file it would hide the rest. */
export function withoutCrd(yaml: string): string {
  return yaml
    .split(/^---\n/m)
    .filter((document) => !/^kind: CustomResourceDefinition$/m.test(document))
    .join('---\n');
}

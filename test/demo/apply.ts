import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { ApiClient, KubeObject } from '../cluster/kubelet/api-client.ts';

const root = join(import.meta.dirname, '../..');
const plurals: Readonly<Record<string, string>> = {
  Neo4jEnterpriseCluster: 'neo4jenterpriseclusters',
  Neo4jEnterpriseStandalone: 'neo4jenterprisestandalones',
  Neo4jDatabase: 'neo4jdatabases',
  Neo4jBackup: 'neo4jbackups',
};

/** Where an example stands, as people name it. */
export function example(name: string): string {
  return `deploy/examples/${name}.yaml`;
}

/** Creates every object of an example as it stands there; only the annotations may be added to. Answers what the server made of them. */
export async function applyExample(
  client: ApiClient,
  name: string,
  annotations: Readonly<Record<string, string>> = {},
): Promise<KubeObject[]> {
  const documents = parseAllDocuments(readFileSync(join(root, example(name)), 'utf8'));
  const made: KubeObject[] = [];
  for (const document of documents) {
    const object = document.toJS() as KubeObject;
    const { apiVersion = '', kind = '', metadata } = object;
    const plural = plurals[kind];
    if (!plural || !metadata.namespace)
      throw new Error(`${example(name)}: the demo does not know how to apply a ${kind} like that`);
    const wanted = { ...object, metadata: { ...metadata, annotations: { ...metadata.annotations, ...annotations } } };
    made.push(
      await client.create<KubeObject>(`/apis/${apiVersion}/namespaces/${metadata.namespace}/${plural}`, wanted),
    );
  }
  return made;
}

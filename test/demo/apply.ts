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
    const { metadata } = object;
    const wanted = { ...object, metadata: { ...metadata, annotations: { ...metadata.annotations, ...annotations } } };
    made.push(await client.create<KubeObject>(collectionOf(object), wanted));
  }
  return made;
}

/** Path of the collection that an object of the examples belongs to. */
export function collectionOf({ apiVersion = '', kind = '', metadata: { name, namespace } }: KubeObject): string {
  const plural = plurals[kind];
  if (!plural || !namespace) throw new Error(`the demo does not know how to apply a ${kind} "${name}" like that`);
  return `/apis/${apiVersion}/namespaces/${namespace}/${plural}`;
}

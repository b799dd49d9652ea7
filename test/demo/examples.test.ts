import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { effectiveSpec } from '@holdfast/core';
import type { Neo4jBackup } from '@holdfast/types';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { startApiServer, type EmbeddedApiServer } from '../cluster/embedded/server.ts';
import { installDefinitions, makeNamespace } from '../cluster/furnish.ts';
import { ApiClient, type KubeObject } from '../cluster/kubelet/api-client.ts';
import { collectionOf } from './apply.ts';

const folder = join(import.meta.dirname, '../../deploy/examples');
const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
let server: EmbeddedApiServer;
let client: ApiClient;

beforeAll(async () => {
  server = await startApiServer();
  client = new ApiClient(server.url);
  await Promise.all([installDefinitions(client), makeNamespace(client, 'neo4j')]);
});
afterAll(async () => {
  client?.close();
  await server?.close();
});

test.each(files)('%s is taken as it stands, every field known, and nothing in it is refused', async (file) => {
  const documents = parseAllDocuments(readFileSync(join(folder, file), 'utf8'));
  expect(documents.length).toBeGreaterThan(0);
  for (const document of documents) {
    const made = await client.create<KubeObject>(
      `${collectionOf(document.toJS() as KubeObject)}?fieldValidation=Strict`,
      document.toJS(),
    );
    if (made.kind === 'Neo4jBackup') expect(effectiveSpec(made as unknown as Neo4jBackup).refusals).toEqual([]);
  }
});

test('the readme has a line for each example and names no other', () => {
  const named = readFileSync(join(folder, 'README.md'), 'utf8').matchAll(/^\| \[`(.+?)`\]/gm);
  expect([...named].map(([, name]) => name).sort()).toEqual(files.toSorted());
});

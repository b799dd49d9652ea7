import { afterEach, beforeEach, expect, test } from 'vitest';
import type { JsonObject } from '../json.ts';
import { startApiServer } from '../server.ts';
import type { EmbeddedApiServer } from '../server.ts';
import { testClient } from '../test-client.ts';
import type { TestClient } from '../test-client.ts';

const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const WIDGETS = '/apis/example.com/v1/namespaces/default/widgets';
const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';

let server: EmbeddedApiServer;
let client: TestClient;

beforeEach(async () => {
  server = await startApiServer();
  client = testClient(server.url);
  await client.post(DEFINITIONS, definition());
});

afterEach(async () => {
  await server.close();
});

function definition(): JsonObject {
  const free = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  const spec = { type: 'object', properties: { size: { type: 'integer', default: 3, minimum: 1 }, free } };
  const version = {
    served: true,
    subresources: { status: {} },
    additionalPrinterColumns: [
      { name: 'Size', type: 'integer', jsonPath: '.spec.size' },
      { name: 'Last', type: 'date', jsonPath: '.status.last' },
    ],
    schema: { openAPIV3Schema: { type: 'object', properties: { spec, status: free } } },
  };
  return {
    metadata: { name: 'widgets.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural: 'widgets', kind: 'Widget' },
      versions: [
        { ...version, name: 'v1', storage: true },
        { ...version, name: 'v1beta1', storage: false },
      ],
    },
  };
}

function widget(name: string, spec: JsonObject = {}, more: JsonObject = {}): JsonObject {
  return { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name }, spec, ...more };
}

function postOdd(query: string): Promise<Response> {
  const body = JSON.stringify(widget('a', { odd: 1 }));
  return fetch(`${server.url}${WIDGETS}?dryRun=All${query}`, { method: 'POST', body });
}

test('a new object is pruned and defaulted and has no status yet', async () => {
  const { body } = await client.post(
    WIDGETS,
    widget('a', { odd: 1, free: { kept: 1 } }, { status: { phase: 'Done' } }),
  );
  expect(body).toMatchObject({ spec: { size: 3, free: { kept: 1 } }, metadata: { generation: 1 } });
  expect(body['spec']).not.toHaveProperty('odd');
  expect(body['status']).toBeUndefined();
});

test('spec and status have one door each, and only the spec counts generations', async () => {
  await client.post(WIDGETS, widget('a'));
  const viaStatus = await client.merge(`${WIDGETS}/a/status`, { spec: { size: 9 }, status: { phase: 'Done' } });
  expect(viaStatus.body).toMatchObject({ spec: { size: 3 }, status: { phase: 'Done' }, metadata: { generation: 1 } });
  const viaMain = await client.merge(`${WIDGETS}/a`, { spec: { size: 9 }, status: { phase: 'Other' } });
  expect(viaMain.body).toMatchObject({ spec: { size: 9 }, status: { phase: 'Done' }, metadata: { generation: 2 } });
});

test('a PUT needs the version it replaces', async () => {
  await client.post(WIDGETS, widget('a'));
  expect(await client.put(`${WIDGETS}/a`, widget('a'))).toMatchObject({
    code: 422,
    body: {
      message: expect.stringContaining('metadata.resourceVersion: Invalid value: 0: must be specified for an update'),
    },
  });
});

test('all findings come at once, as causes', async () => {
  const { code, body } = await client.post(WIDGETS, widget('A', { size: 0 }));
  expect(code).toBe(422);
  expect(body).toMatchObject({
    reason: 'Invalid',
    details: { kind: 'Widget', group: 'example.com', causes: [{ field: 'metadata.name' }, { field: 'spec.size' }] },
  });
});

test('an unknown field is a warning unless validation is strict', async () => {
  expect((await postOdd('')).headers.get('warning')).toBe(String.raw`299 - "unknown field \"spec.odd\""`);
  expect((await postOdd('&fieldValidation=Ignore')).headers.get('warning')).toBeNull();
  expect(await (await postOdd('&fieldValidation=Strict')).json()).toMatchObject({
    code: 400,
    message: 'Widget in version "v1" cannot be handled as a Widget: strict decoding error: unknown field "spec.odd"',
  });
});

test('printer columns become a table, a date its age', async () => {
  await client.post(WIDGETS, widget('a'));
  await client.merge(`${WIDGETS}/a/status`, { status: { last: new Date(Date.now() - 3_700_000).toISOString() } });
  const { body } = await client.get(WIDGETS, TABLE);
  expect(body).toMatchObject({
    kind: 'Table',
    columnDefinitions: [{ name: 'Name' }, { name: 'Size', type: 'integer' }, { name: 'Last', type: 'date' }],
    rows: [{ cells: ['a', 3, '61m'], object: { kind: 'PartialObjectMetadata', metadata: { name: 'a' } } }],
  });
});

test('all served versions show the same objects', async () => {
  await client.post(WIDGETS, widget('a'));
  const { body } = await client.get('/apis/example.com/v1beta1/namespaces/default/widgets/a');
  expect(body).toMatchObject({ apiVersion: 'example.com/v1beta1', spec: { size: 3 } });
});

test('a deleted definition takes its objects with it, and its paths are gone', async () => {
  await client.post(WIDGETS, widget('a'));
  await client.delete(`${DEFINITIONS}/widgets.example.com`);
  await client.until(`${DEFINITIONS}/widgets.example.com`, ({ code }) => code === 404);
  expect((await client.get(WIDGETS)).code).toBe(404);
});

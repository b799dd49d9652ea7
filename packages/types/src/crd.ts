import { z } from 'zod';
import { structural, type JsonSchema } from './crd-schema.ts';
import { category, crdMark, group as ourGroup, kind, plural, shortName, version } from './names.ts';
import { objectRules } from './spec/rules.ts';
import { specSchema } from './spec.ts';
import { statusSchema } from './status.ts';

interface PrinterColumn {
  readonly name: string;
  readonly type: 'string' | 'date';
  readonly jsonPath: string;
  readonly description: string;
  /** 0 always, 1 with `-o wide`. */
  readonly priority?: 0 | 1;
}

/**
 * A path shows one value, so kind and name of the target are two columns. `Next` is text, because kubectl shows dates as their
 * age and the age of a time to come as `<invalid>`.
 */
const columns: readonly PrinterColumn[] = [
  { name: 'Target', type: 'string', jsonPath: '.spec.target.name', description: 'What is backed up.' },
  {
    name: 'Schedule',
    type: 'string',
    jsonPath: '.spec.schedule',
    description: 'When; empty for a backup that runs once.',
  },
  { name: 'LastRun', type: 'date', jsonPath: '.status.lastRunTime', description: 'Start of the last run.' },
  { name: 'Phase', type: 'string', jsonPath: '.status.phase', description: 'What the backup is doing.' },
  { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', description: 'Since the object was created.' },
  { name: 'Kind', type: 'string', jsonPath: '.spec.target.kind', description: 'Cluster or Database.', priority: 1 },
  {
    name: 'Next',
    type: 'string',
    jsonPath: '.status.nextRunTime',
    description: 'Next slot of the schedule.',
    priority: 1,
  },
  {
    name: 'LastSuccess',
    type: 'date',
    jsonPath: '.status.lastSuccessTime',
    description: 'Completion of the last proven run.',
    priority: 1,
  },
  { name: 'Size', type: 'string', jsonPath: '.status.stats.size', description: 'Size of the last run.', priority: 1 },
  { name: 'Storage', type: 'string', jsonPath: '.spec.storage.type', description: 'Kind of store.', priority: 1 },
  {
    name: 'Verified',
    type: 'string',
    jsonPath: '.status.conditions[?(@.type=="Verified")].status',
    description: 'Whether the newest restore point was proven.',
    priority: 1,
  },
  {
    name: 'Message',
    type: 'string',
    jsonPath: '.status.message',
    description: 'What to know, in one sentence.',
    priority: 1,
  },
];

/** A `CustomResourceDefinition`, as plain data. */
export interface CustomResourceDefinition {
  readonly apiVersion: 'apiextensions.k8s.io/v1';
  readonly kind: 'CustomResourceDefinition';
  readonly metadata: { readonly name: string; readonly annotations: Readonly<Record<string, string>> };
  readonly spec: Readonly<Record<string, unknown>>;
}

/** The CRD of `Neo4jBackup`, made from the schemas. The same build serves a second API group for clusters where ours is taken. */
export function backupCrd(group: string = ourGroup): CustomResourceDefinition {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}`, annotations: { [crdMark.name]: crdMark.value } },
    spec: {
      group,
      scope: 'Namespaced',
      names: {
        kind,
        listKind: `${kind}List`,
        plural,
        singular: kind.toLowerCase(),
        shortNames: [shortName],
        categories: [category],
      },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: columns,
          schema: { openAPIV3Schema: objectSchema() },
        },
      ],
    },
  };
}

function objectSchema(): JsonSchema {
  return {
    type: 'object',
    description: 'A backup of a Neo4j cluster or database: once, or on a schedule.',
    required: ['spec'],
    properties: {
      apiVersion: { type: 'string', description: 'Version of this representation of the object.' },
      kind: { type: 'string', description: 'Kind of the object.' },
      metadata: { type: 'object' },
      spec: schemaOf(specSchema),
      status: { ...schemaOf(statusSchema), description: 'What Holdfast did and will do; written by Holdfast alone.' },
    },
    'x-kubernetes-validations': objectRules,
  };
}

function schemaOf(schema: z.ZodType): JsonSchema {
  return structural(z.toJSONSchema(schema, { target: 'openapi-3.0', io: 'input' }) as JsonSchema);
}

import type { JsonObject } from '../json.ts';
import type { KubeObject } from '../kube-object.ts';
import { AGE, NAME } from './columns.ts';
import type { Column, Resource } from '../resources/resource.ts';

/** How much of each object a table row carries (`includeObject`). */
export type RowObject = 'None' | 'Metadata' | 'Object';

/** Options of a table. */
export interface TableOptions {
  readonly now: Date;
  readonly metadata?: JsonObject;
  readonly rowObject?: RowObject;
}

/** Objects as a `meta.k8s.io/v1` Table: what kubectl prints without knowing the kind. */
export function toTable(resource: Resource, objects: readonly KubeObject[], options: TableOptions): JsonObject {
  const columns = resource.columns.length === 0 ? [NAME, AGE] : resource.columns;
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: options.metadata ?? {},
    columnDefinitions: columns.map(definition),
    rows: objects.map((object) => ({
      cells: columns.map((column) => column.cell(object, options.now)),
      ...rowObject(object, options.rowObject ?? 'Metadata'),
    })),
  };
}

function definition(column: Column): JsonObject {
  return {
    name: column.name,
    type: column.type,
    format: column.format ?? '',
    description: column.description ?? '',
    priority: column.priority ?? 0,
  };
}

function rowObject(object: KubeObject, how: RowObject): JsonObject {
  if (how === 'None') return {};
  return { object: how === 'Object' ? object : toPartial(object) };
}

/** The object without spec and status. */
export function toPartial(object: KubeObject): KubeObject {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata };
}

import { at, isObject, numberAt, objectAt, objectsAt, textAt, shown } from '../json.ts';
import type { Json, JsonObject } from '../json.ts';
import type { KubeObject } from '../kube-object.ts';
import { defineResource } from '../resources/resource.ts';
import type { Column, Resource } from '../resources/resource.ts';
import { AGE, NAME } from '../tables/columns.ts';
import { ageOf } from '../tables/human-duration.ts';
import { evaluatePath } from '../tables/json-path.ts';

/** The kinds a CustomResourceDefinition serves, one for each served version. */
export function customResources(definition: KubeObject): Resource[] {
  const spec = objectAt(definition, 'spec');
  return objectsAt(spec, 'versions')
    .filter((version) => version['served'] === true)
    .map((version) => customResource(spec, version));
}

function customResource(spec: JsonObject, version: JsonObject): Resource {
  const names = objectAt(spec, 'names');
  return defineResource({
    group: textAt(spec, 'group'),
    version: textAt(version, 'name'),
    kind: textAt(names, 'kind'),
    plural: textAt(names, 'plural'),
    singular: textAt(names, 'singular'),
    shortNames: texts(names['shortNames']),
    categories: texts(names['categories']),
    namespaced: spec['scope'] === 'Namespaced',
    hasStatus: isObject(at(version, 'subresources', 'status')),
    hasGeneration: true,
    columns: columnsOf(version),
    // A CRD's schema is a structural schema by the API's contract; members we do not know are left alone.
    schema: objectAt(version, 'schema', 'openAPIV3Schema'),
  });
}

function texts(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.map(shown) : [];
}

function columnsOf(version: JsonObject): Column[] {
  const own = objectsAt(version, 'additionalPrinterColumns');
  return own.length === 0 ? [NAME, AGE] : [NAME, ...own.map(printerColumn)];
}

function printerColumn(column: JsonObject): Column {
  const path = textAt(column, 'jsonPath');
  const isDate = textAt(column, 'type') === 'date';
  return {
    name: textAt(column, 'name'),
    // A date is sent as its age, which is text.
    type: isDate ? 'date' : columnType(textAt(column, 'type')),
    format: textAt(column, 'format'),
    description: textAt(column, 'description'),
    priority: numberAt(column, 'priority') ?? 0,
    cell: (object, now) => cellOf(evaluatePath(path, object), isDate, now),
  };
}

function columnType(type: string): Column['type'] {
  switch (type) {
    case 'integer':
    case 'number':
    case 'boolean':
      return type;
    default:
      return 'string';
  }
}

function cellOf(values: readonly Json[], isDate: boolean, now: Date): Json {
  const [first] = values;
  if (first === undefined || first === null) return isDate ? '<unknown>' : null;
  if (isDate) return ageOf(shown(first), now);
  if (values.length > 1) return values.map(shown).join(',');
  return Array.isArray(first) || isObject(first) ? JSON.stringify(first) : first;
}

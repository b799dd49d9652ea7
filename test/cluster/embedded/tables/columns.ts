import { textAt } from '../json.ts';
import type { Json } from '../json.ts';
import type { KubeObject } from '../kube-object.ts';
import type { Column } from '../resources/resource.ts';
import { ageOf } from './human-duration.ts';

/** The object's name: the first column of every table. */
export const NAME: Column = { name: 'Name', type: 'string', format: 'name', cell: (object) => object.metadata.name };

/** The time since creation: the last column of most tables. */
export const AGE: Column = {
  name: 'Age',
  type: 'string',
  cell: (object, now) => ageOf(object.metadata.creationTimestamp ?? '', now),
};

/** A column with text; `wide` ones show with `-o wide` only. */
export function textColumn(name: string, cell: (object: KubeObject, now: Date) => Json, width?: 'wide'): Column {
  return { name, type: 'string', cell, ...(width === 'wide' ? { priority: 1 } : {}) };
}

/** A column with the text at a path, `<none>` when there is none. */
export function pathColumn(name: string, path: readonly string[], width?: 'wide'): Column {
  return textColumn(name, (object) => textAt(object, ...path) || '<none>', width);
}

/** Labels or a selector as `a=b,c=d`. */
export function pairs(map: { readonly [name: string]: unknown }): string {
  const text = Object.entries(map).map(([name, value]) => `${name}=${String(value)}`);
  return text.length === 0 ? '<none>' : text.join(',');
}

import { backupCrd } from '@holdfast/types';
import { expect, test } from 'vitest';
import { consequences } from './consequences.ts';
import { everyField } from './every-field.ts';

interface Node {
  readonly properties?: Readonly<Record<string, Node>>;
  readonly items?: Node;
}

test('the table names every field of the schema and no other', () => {
  const [version] = backupCrd().spec['versions'] as { schema: { openAPIV3Schema: Node } }[];
  const spec = version?.schema.openAPIV3Schema.properties?.['spec'];
  expect(Object.keys(everyField).toSorted()).toEqual(leaves('', spec ?? {}).toSorted());
});

test.each(Object.entries(everyField))('%s means something, or is refused by name', (field, row) => {
  if ('notYet' in row) {
    const { refusal, ...rest } = consequences(row.notYet);
    expect(rest).toEqual({});
    const [first] = (refusal ?? []) as { reason: string; field: string }[];
    expect(first).toMatchObject({ reason: 'NotSupportedYet' });
    expect(`spec.${field}`.startsWith(first?.field ?? '-')).toBe(true);
    return;
  }
  const [before, after] = [consequences(row.without), consequences(row.with)];
  expect(before.refusal).toBeUndefined();
  if (row.in !== 'refusal') expect(after.refusal).toBeUndefined();
  expect(after[row.in]).not.toEqual(before[row.in]);
});

/** Fields without fields of their own; maps and what Kubernetes alone reads count as one. */
function leaves(path: string, { properties, items }: Node): string[] {
  if (items) return leaves(`${path}[]`, items);
  if (!properties) return [path];
  return Object.entries(properties).flatMap(([name, child]) => leaves(path === '' ? name : `${path}.${name}`, child));
}

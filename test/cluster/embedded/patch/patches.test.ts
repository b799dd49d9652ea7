import { describe, expect, test } from 'vitest';
import { applyJsonPatch } from './json-patch.ts';
import { applyMergePatch } from './merge-patch.ts';
import { applyStrategicMergePatch } from './strategic-merge-patch.ts';

describe('JSON patch', () => {
  test('adds, replaces, removes, moves and copies', () => {
    const patched = applyJsonPatch({ a: { b: [1, 3] }, c: 'x' }, [
      { op: 'add', path: '/a/b/1', value: 2 },
      { op: 'add', path: '/a/b/-', value: 4 },
      { op: 'replace', path: '/c', value: 'y' },
      { op: 'copy', from: '/c', path: '/d' },
      { op: 'move', from: '/d', path: '/e~1f' },
      { op: 'remove', path: '/a/b/0' },
    ]);
    expect(patched).toEqual({ a: { b: [2, 3, 4] }, c: 'y', 'e/f': 'y' });
  });

  test('a failed test refuses the whole patch', () => {
    const patch = [
      { op: 'test', path: '/a', value: 2 },
      { op: 'remove', path: '/a' },
    ];
    expect(() => applyJsonPatch({ a: 1 }, patch)).toThrow('test failed');
  });

  test('a path that is not there is refused', () => {
    expect(() => applyJsonPatch({}, [{ op: 'remove', path: '/a' }])).toThrow('missing path: /a');
    expect(() => applyJsonPatch({ a: [] }, [{ op: 'add', path: '/a/1', value: 1 }])).toThrow('invalid index');
  });

  test('the original is left alone', () => {
    const original = { a: { b: 1 } };
    applyJsonPatch(original, [{ op: 'replace', path: '/a/b', value: 2 }]);
    expect(original).toEqual({ a: { b: 1 } });
  });
});

test('a merge patch merges objects, replaces lists and removes nulls', () => {
  expect(applyMergePatch({ a: { b: 1, c: 2 }, l: [1] }, { a: { b: null, d: { e: null, f: 1 } }, l: [2] })).toEqual({
    a: { c: 2, d: { f: 1 } },
    l: [2],
  });
});

describe('strategic merge patch', () => {
  const pod = {
    spec: {
      containers: [
        { name: 'a', image: 'a:1', env: [{ name: 'X', value: '1' }] },
        { name: 'b', image: 'b:1' },
      ],
      tolerations: [{ key: 'k' }],
    },
    metadata: { finalizers: ['one', 'two'] },
  };

  test('lists with a merge key merge item by item', () => {
    const patch = { spec: { containers: [{ name: 'a', env: [{ name: 'Y', value: '2' }] }] } };
    const { spec } = applyStrategicMergePatch('Pod', pod, patch) as typeof pod;
    expect(spec.containers.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(spec.containers[0]?.image).toBe('a:1');
    expect(spec.containers[0]?.env?.map(({ name }) => name).toSorted()).toEqual(['X', 'Y']);
  });

  test('an item is deleted by its key', () => {
    const patched = applyStrategicMergePatch('Pod', pod, { spec: { containers: [{ name: 'a', $patch: 'delete' }] } });
    expect(patched).toMatchObject({ spec: { containers: [{ name: 'b' }] } });
  });

  test('lists without a merge key are replaced', () => {
    const patched = applyStrategicMergePatch('Pod', pod, { spec: { tolerations: [{ key: 'other' }] } });
    expect(patched).toMatchObject({ spec: { tolerations: [{ key: 'other' }] } });
  });

  test('plain values are added to sets and removed by directive', () => {
    const patch = { metadata: { finalizers: ['three'], '$deleteFromPrimitiveList/finalizers': ['one'] } };
    expect(applyStrategicMergePatch('Pod', pod, patch)).toMatchObject({ metadata: { finalizers: ['two', 'three'] } });
  });

  test('the order and the keys that kubectl apply asks for are obeyed', () => {
    const volumes = {
      spec: {
        volumes: [
          { name: 'v', emptyDir: {} },
          { name: 'w', emptyDir: {} },
        ],
      },
    };
    const patch = {
      spec: {
        '$setElementOrder/volumes': [{ name: 'w' }, { name: 'v' }],
        volumes: [{ name: 'v', $retainKeys: ['name', 'secret'], secret: { secretName: 's' } }],
      },
    };
    expect(applyStrategicMergePatch('Pod', volumes, patch)).toEqual({
      spec: {
        volumes: [
          { name: 'w', emptyDir: {} },
          { name: 'v', secret: { secretName: 's' } },
        ],
      },
    });
  });

  test('ports of a Service merge by port, those of a container by containerPort', () => {
    const service = applyStrategicMergePatch('Service', { ports: [{ port: 1 }] }, { ports: [{ port: 1, name: 'x' }] });
    expect(service).toEqual({ ports: [{ port: 1, name: 'x' }] });
    const container = applyStrategicMergePatch(
      'Pod',
      { ports: [{ containerPort: 1 }] },
      { ports: [{ containerPort: 1, name: 'x' }] },
    );
    expect(container).toEqual({ ports: [{ containerPort: 1, name: 'x' }] });
  });

  test('a whole object is replaced by directive', () => {
    expect(applyStrategicMergePatch('Pod', { a: { b: 1 } }, { a: { $patch: 'replace', c: 2 } })).toEqual({
      a: { c: 2 },
    });
  });
});

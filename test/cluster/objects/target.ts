import type { Family } from './row.ts';

const target = (difference: object) => ({ target: { kind: 'Cluster', name: 'prod', ...difference } });

export const targetFamily: Family = {
  taken: [
    { what: 'a cluster', spec: target({}) },
    { what: 'a database', spec: target({ kind: 'Database', name: 'orders' }) },
    { what: 'a database of a named cluster', spec: target({ kind: 'Database', name: 'orders', clusterRef: 'prod' }) },
    { what: 'a target in another namespace', spec: target({ namespace: 'graphs' }) },
    { what: "a database's name as Neo4j has it", spec: target({ kind: 'Database', name: 'Orders_2026.v1-x' }) },
    { what: 'a target of one character', spec: target({ name: 'p' }) },
    { what: 'a target of 253 characters', spec: target({ name: 'p'.repeat(253) }) },
  ],
  refused: [
    { what: 'no target', spec: { target: undefined }, server: 'spec.target: Required value' },
    {
      what: 'a list for a target',
      spec: { target: [] },
      server: 'spec.target in body must be of type object: "array"',
    },
    { what: 'a target without a kind', spec: target({ kind: undefined }), server: 'spec.target.kind: Required value' },
    { what: 'a target without a name', spec: target({ name: undefined }), server: 'spec.target.name: Required value' },
    {
      what: 'a kind that does not exist',
      spec: target({ kind: 'Node' }),
      server: 'spec.target.kind: Unsupported value: "Node": supported values: "Cluster", "Database"',
    },
    {
      what: 'a number for a name',
      spec: target({ name: 7 }),
      server: 'spec.target.name in body must be of type string: "integer"',
    },
    {
      what: 'an empty name',
      spec: target({ name: '' }),
      server: 'spec.target.name in body should be at least 1 chars long',
    },
    { what: 'a name of 254 characters', spec: target({ name: 'p'.repeat(254) }), server: 'spec.target.name: Too long' },
    { what: 'an unknown field', spec: target({ cluster: 'x' }), server: 'unknown field "spec.target.cluster"' },
    {
      what: 'a pattern of names',
      spec: target({ name: 'd*' }),
      rule: 'write a plain name: letters, digits, ".", "_" and "-", no pattern',
    },
    {
      what: 'a name in Unicode',
      spec: target({ name: 'datenbänk' }),
      rule: 'write a plain name: letters, digits, ".", "_" and "-", no pattern',
    },
    {
      what: 'a namespace in capitals',
      spec: target({ namespace: 'Graphs' }),
      rule: 'write the name of a Kubernetes object: lower-case letters, digits, "-" and "."',
    },
    {
      what: 'a cluster of a cluster',
      spec: target({ clusterRef: 'other' }),
      rule: 'spec.target.clusterRef belongs to kind Database; remove it, and name the cluster in spec.target.name',
    },
  ],
};

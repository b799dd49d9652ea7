import type { Family } from './row.ts';

const tooLong = 'metadata.name is longer than 56 characters; choose a shorter name, because Jobs are named after it';

/** Names, annotations, and what stands beside `spec`. */
export const metadataFamily: Family = {
  taken: [
    { what: 'a name of one character', name: 'n' },
    { what: 'a name of 56 characters', name: 'n'.repeat(56) },
    { what: 'a name with a dot', name: 'nightly.v2' },
    { what: 'a token', annotations: { 'neo4j.neo4j.com/verify': '1' } },
    { what: 'a plain StatefulSet as target', annotations: { 'neo4j.neo4j.com/target': 'statefulset/graph' } },
    { what: 'a plain Service as target', annotations: { 'neo4j.neo4j.com/target': 'service/graph-lb' } },
    { what: "somebody else's annotation", annotations: { 'example.com/owner': 'team' } },
  ],
  refused: [
    { what: 'a name of 57 characters', name: 'n'.repeat(57), rule: tooLong },
    { what: 'a name of 253 characters', name: 'n'.repeat(253), rule: tooLong },
    { what: 'a name of 254 characters', name: 'n'.repeat(254), server: 'metadata.name: Invalid value' },
    { what: 'a name in capitals', name: 'Backup', server: 'metadata.name: Invalid value: "Backup"' },
    { what: 'a name in Unicode', name: 'säkerhet', server: 'metadata.name: Invalid value: "säkerhet"' },
    { what: 'a name that climbs', name: '../x', server: 'metadata.name: Invalid value: "../x"' },
    { what: 'metadata below spec', spec: { metadata: { labels: {} } }, server: 'unknown field "spec.metadata"' },
    {
      what: 'a workload of another kind as target',
      annotations: { 'neo4j.neo4j.com/target': 'deployment/graph' },
      later:
        'metadata.annotations[neo4j.neo4j.com/target] is "deployment/graph"; write statefulset/<name> or service/<name>, or remove it',
    },
    {
      what: 'an event that a Service cannot show',
      annotations: { 'neo4j.neo4j.com/target': 'service/graph-lb' },
      spec: { triggers: [{ on: 'TargetUpgrade' }] },
      later: 'spec.triggers[0].on is TargetUpgrade, and a Service does not say what its servers should run; remove it',
    },
    {
      what: 'a database of a plain workload',
      annotations: { 'neo4j.neo4j.com/target': 'statefulset/graph' },
      spec: { target: { kind: 'Database', name: 'orders' } },
      later: 'which goes with spec.target.kind Cluster; write Cluster, or remove the annotation',
    },
  ],
};

import { configDefaults, defineConfig } from 'vitest/config';
import { LongestFirst } from './test/longest-first.ts';
import { filesOnControlPlane } from './test/faults/on-control-plane.ts';

/**
 * Eight lanes. `core` and `unit` are everything beside the product's code: what `core` and `types` decide keeps nothing, so their files share
 * what they import; the others do not know of each other. `properties` tries what nobody thought of; `stand-ins` proves what the dev
 * clusters are made of, and that other people's tools read what we write; `cluster` starts a whole dev cluster per file, several processes
 * that mostly wait for each other. `control-plane` tells the core of the same stories, and those faults in which Kubernetes has a part, on a
 * real Kubernetes control plane, `node` on a whole one, where pods are containers and the product is installed by its chart. `benches` plays
 * every bench at its smallest size, to see that its results are right; how fast they came is nobody's concern there.
 */
export default defineConfig({
  test: {
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    tags: [
      {
        name: 'long',
        description: 'A story of more than ten seconds or so, which only CI=true and a lane asked for by name play.',
      },
    ],
    projects: [
      {
        test: {
          name: 'core',
          include: ['packages/{core,types}/**/*.test.ts'],
          isolate: false,
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'unit',
          include: ['packages/**/*.test.ts', 'services/**/*.test.ts', 'scripts/**/*.test.ts'],
          exclude: [...configDefaults.exclude, 'packages/{core,types}/**'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'properties',
          include: ['test/properties/**/*.test.ts'],
          setupFiles: ['test/properties/seams.ts'],
          testTimeout: 600_000,
        },
      },
      {
        test: {
          name: 'stand-ins',
          include: ['test/{chart,cluster,neo4j,encryption}/**/*.test.ts'],
          exclude: ['test/cluster/{real,node}/**'],
          testTimeout: 90_000,
          hookTimeout: 90_000,
        },
      },
      {
        test: {
          name: 'cluster',
          include: ['test/{journeys,faults,demo}/**/*.test.ts'],
          provide: { clusterKind: 'embedded' },
          testTimeout: 240_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'control-plane',
          maxWorkers: 2,
          include: ['test/cluster/real/**/*.test.ts', `test/faults/{${filesOnControlPlane.join()}}.test.ts`],
          provide: { clusterKind: 'control-plane' },
          globalSetup: ['test/cluster/real/setup.ts'],
          testTimeout: 240_000,
          hookTimeout: 240_000,
        },
      },
      {
        test: {
          name: 'node',
          maxWorkers: 1,
          include: ['test/cluster/node/**/*.test.ts'],
          globalSetup: ['test/cluster/node/setup.ts'],
          testTimeout: 240_000,
          hookTimeout: 600_000,
        },
      },
      {
        test: {
          name: 'benches',
          maxWorkers: 1,
          include: ['test/bench/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});

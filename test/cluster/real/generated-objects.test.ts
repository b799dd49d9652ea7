import type { Refusal } from '@holdfast/types';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { builtModule } from '../../go-build.ts';
import { makeNamespace } from '../furnish.ts';
import { generatedSpec } from '../objects/generated.ts';
import { collection, namespace, objectOf, refusalsOfCore } from '../objects/sent.ts';
import { startCluster, type DevCluster } from '../start-cluster.ts';
import { kubernetes } from './kubernetes.ts';

/** What no rule of the definition can say. */
const coreAlone: readonly RegExp[] = [
  /which is no known time zone/,
  /which is no cron expression/,
  /which never fires/,
  /spec\.schedule contains ".*"; write/, // what H may be
  /endpointURL is not an address/,
  /additionalArgs\[\d\] and spec\.options\.additionalArgs\[\d\] give/,
  /is ".*[.e].*"; write a size above zero/, // small by its suffix or exponent
];

describe.skipIf(builtModule(kubernetes) === undefined)('a real API server', () => {
  let cluster: DevCluster;
  beforeAll(async () => {
    cluster = await startCluster({ kind: 'control-plane', quiet: true, neo4j: false, services: false });
    await makeNamespace(cluster.client, namespace);
  });
  afterAll(() => cluster?.stop());

  test('refuses nothing that core takes, and takes of what core refuses only what it cannot know', async () => {
    const answered = { taken: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(generatedSpec, async (spec) => {
        const sent = objectOf({ what: '', spec }, 'generated');
        const refusals = refusalsOfCore(sent);
        const words = await cluster.client.create(`${collection}?fieldValidation=Strict&dryRun=All`, sent).then(
          () => undefined,
          (error: unknown) => (error as Error).message,
        );
        answered[words === undefined ? 'taken' : 'refused'] += 1;
        if (words === undefined) expect(refusals.filter((refusal) => !toldLater(refusal))).toEqual([]);
        else expect({ words, refusals }).not.toMatchObject({ refusals: [] });
      }),
      { numRuns: 500 },
    );
    expect(Math.min(answered.taken, answered.refused)).toBeGreaterThan(25);
  });
});

function toldLater({ reason, message }: Refusal): boolean {
  return reason === 'NotSupportedYet' || coreAlone.some((known) => known.test(message));
}

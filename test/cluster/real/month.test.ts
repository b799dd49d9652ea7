import { afterAll, beforeAll, describe } from 'vitest';
import { builtModule } from '../../go-build.ts';
import { startJourney, type Journey } from '../../journeys/journey.ts';
import { namespace, tellAMonth } from '../../journeys/month.ts';
import type { Control } from '../../neo4j/control.ts';
import { wantsGcs } from '../store/start-gcs.ts';
import { wantsMinio } from '../store/start-minio.ts';
import { kubernetes } from './kubernetes.ts';

const ready = builtModule(kubernetes) !== undefined;
const gcs = ready && wantsGcs('a month of nights in a bucket of Google');
const s3 = ready && wantsMinio('a month of nights on a real S3 server') ? 'minio' : 'fauxqs';

describe.skipIf(!ready)('a month of nights', { concurrent: false, tags: ['long'] }, () => {
  let journey: Journey;
  let prod: Control;
  beforeAll(async () => {
    journey = await startJourney(builtModule(kubernetes, 'kubectl') ?? '', { kind: 'control-plane', gcs, s3 });
    await journey.namespace(namespace);
    prod = await journey.target({ name: 'prod', namespace });
  }, 1_800_000);
  afterAll(() => journey?.stop());

  tellAMonth({
    journey: () => journey,
    target: () => prod,
    places: ['s3', ...(gcs ? (['gcs'] as const) : []), 'azure', 'pvc'],
    nights: { deleting: 10, archiving: 3 }, // of three a week: thirty days
  });
});

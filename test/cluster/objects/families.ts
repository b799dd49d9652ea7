import { argumentsFamily } from './arguments.ts';
import { cloudFamily } from './cloud.ts';
import { metadataFamily } from './metadata.ts';
import { optionsFamily } from './options.ts';
import { podFamily } from './pod.ts';
import { retentionFamily } from './retention.ts';
import type { Family } from './row.ts';
import { scheduleFamily } from './schedule.ts';
import { storageFamily } from './storage.ts';
import { targetFamily } from './target.ts';

/** Every object that is asked about, by what it is special in. */
export const families: Readonly<Record<string, Family>> = {
  target: targetFamily,
  storage: storageFamily,
  cloud: cloudFamily,
  schedule: scheduleFamily,
  retention: retentionFamily,
  options: optionsFamily,
  arguments: argumentsFamily,
  pod: podFamily,
  metadata: metadataFamily,
};

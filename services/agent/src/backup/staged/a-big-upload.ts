import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openKeyRing } from '@holdfast/encryption';
import { openClock, openLog } from '@holdfast/runtime';
import { openS3 } from '@holdfast/storage';
import { agentPlanSchema } from '@holdfast/types';
import type { Context } from '../../context.ts';
import { openCipher } from './cipher.ts';
import { upload } from './upload.ts';

/**
 * For tests: a process that encrypts and uploads one file as an agent does, and prints what came of it and the peak of its memory.
 * Arguments: endpoint of the store, folder for the file, its bytes.
 */
const [endpointUrl = '', folder = '', bytes = '0'] = process.argv.slice(2);
const file = { name: 'big.backup', path: join(folder, 'big.backup'), bytes: Number(bytes) };
await writeFile(file.path, '');
await truncate(file.path, file.bytes);
const identity = { accessKeyId: 'nobody', secretAccessKey: 'nobody' };
const clock = openClock();
const context: Context = {
  plan: agentPlanSchema.parse({
    v: 1,
    verb: 'backup',
    namespace: 'neo4j',
    backup: 'nightly',
    backupUid: '1a2b3c4d-0000',
    run: 'one',
    attempt: 1,
    folder: 'neo4j/nightly',
    store: { type: 'pvc' },
    deadlineMs: 600_000,
    encryption: { algorithm: 'AES256', writeKey: 'key' },
  }),
  store: await openS3({ bucket: 'big', endpointUrl, forcePathStyle: true, identity }),
  storeUri: 's3://big',
  scratch: folder,
  keys: openKeyRing(new Map([['key', new Uint8Array(32)]]), 'key'),
  podUid: '00000001-pod',
  clock,
  log: openLog('agent', clock),
  signal: new AbortController().signal,
  secrets: [],
};
const object = await upload(file, { context, cipher: openCipher(context) }, context.signal);
process.stdout.write(JSON.stringify({ object, peakBytes: process.resourceUsage().maxRSS * 1024 }));

import { rm } from 'node:fs/promises';
import type { InspectRow } from '@holdfast/core';
import { BackupError } from '@holdfast/types';
import { encrypt } from '@holdfast/encryption';
import type { Context } from '../../context.ts';
import type { Delivered, Desk, Transfer } from '../transfer.ts';
import { filesOf } from './local-files.ts';
import { outOfReach } from './reach.ts';
import { dropStrangers, inspectStaging, makeRoom, openStaging, type Staging } from './staging.ts';
import { upload, type Cipher } from './upload.ts';

/** The engine writes into a folder of the pod, and the agent uploads what appears there. */
export async function openStaged(desk: Desk): Promise<Transfer> {
  const staging = await openStaging(desk.context);
  const cipher = openCipher(desk.context);
  const { folder, kind } = staging;
  return {
    place: { path: folder, kind, watched: kind === 'work' ? [folder] : [] },
    inspect: (signal) => inspectStaging(staging, desk, signal),
    explain: async (rows, { entries }) => dropStrangers(rows, entries, { staging, runLog: desk.runLog }),
    outOfReach: (current) => outOfReach(current, { staging, desk, encrypts: cipher !== undefined }),
    deliver: (row, signal) => deliver(row, desk, { staging, cipher }, signal),
    counted: (manifest) => makeRoom(staging, manifest),
    close: async () => (kind === 'scratch' ? rm(folder, { recursive: true, force: true }) : undefined),
  };
}

/** The plan names the algorithm and the Secret's entry; the keys are in the pod. */
function openCipher({ plan: { encryption }, keys }: Context): Cipher | undefined {
  if (!encryption) return undefined;
  if (!keys) throw new BackupError('KeyMissing', 'terminal', 'the pod has no key, and nothing is uploaded without');
  const { key, fingerprint } = keys.write;
  return {
    algorithm: encryption.algorithm,
    keyFingerprint: fingerprint,
    encrypt: (plain, name) => encrypt(plain, { key, associatedData: name }),
  };
}

async function deliver(
  { file }: InspectRow,
  { context }: Desk,
  { staging, cipher }: { staging: Staging; cipher: Cipher | undefined },
  signal: AbortSignal,
): Promise<Delivered | undefined> {
  const files = await filesOf(staging.folder, file);
  if ((files[0]?.bytes ?? 0) === 0) return undefined;
  const objects = [];
  for (const each of files) objects.push(await upload(each, { context, cipher }, signal));
  if (!cipher) return { objects };
  const { algorithm, keyFingerprint } = cipher;
  const plainBytes = files.reduce((sum, { bytes }) => sum + bytes, 0);
  return { objects, encryption: { algorithm, keyFingerprint, plainBytes } };
}

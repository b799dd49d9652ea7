import { rm } from 'node:fs/promises';
import type { InspectRow } from '@holdfast/core';
import type { Delivered, Desk, Transfer } from '../transfer.ts';
import { openCipher, type Cipher } from './cipher.ts';
import { filesOf } from './local-files.ts';
import { outOfReach } from './reach.ts';
import { dropStrangers, inspectStaging, makeRoom, openStaging, type Staging } from './staging.ts';
import { upload } from './upload.ts';

/** The engine writes into a folder of the pod, and the agent uploads what appears there. */
export async function openStaged(desk: Desk): Promise<Transfer> {
  const staging = await openStaging(desk.context);
  const cipher = openCipher(desk.context);
  const { folder, kind } = staging;
  return {
    place: { path: folder, kind, watched: kind === 'work' ? [folder] : [] },
    inspect: (signal) => inspectStaging(staging, desk, signal),
    explain: async (rows, { entries }) => dropStrangers(rows, entries, { staging, runLog: desk.runLog }),
    outOfReach: (current, run) => outOfReach(current, { ...run, staging, desk, encrypts: cipher !== undefined }),
    deliver: (row, signal) => deliver(row, desk, { staging, cipher }, signal),
    counted: (manifest) => makeRoom(staging, manifest),
    close: async () => (kind === 'scratch' ? rm(folder, { recursive: true, force: true }) : undefined),
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

import { setTimeout as sleep } from 'node:timers/promises';
import { stagedKey, type StagedFile } from '@holdfast/core';
import type { Created } from '@holdfast/storage';
import { BackupError, type StoredObject } from '@holdfast/types';
import type { Context } from '../../context.ts';
import { storedObject } from '../direct/measure.ts';
import { watchForStall } from '../stall.ts';
import type { Cipher } from './cipher.ts';
import { piecesOf, type LocalFile } from './local-files.ts';

/**
 * Brings one file into the store in one pass: read, encrypt, write, each byte once and none of it kept. A key that a dead pod has taken is
 * left alone, since nobody knows how it came to be, and another one is used.
 */
export async function upload(
  file: LocalFile,
  { context, cipher }: { context: Context; cipher: Cipher | undefined },
  signal: AbortSignal,
): Promise<StoredObject> {
  const { plan, podUid } = context;
  const usual: StagedFile = { run: plan.run, file: file.name, encrypted: cipher !== undefined };
  for (const place of [usual, { ...usual, pod: { attempt: plan.attempt, uid: podUid } }]) {
    const created = await send(file, stagedKey(place), { context, cipher, signal });
    if (created.created) return measured(created);
  }
  throw new BackupError(
    'NameTaken',
    'terminal',
    `${context.store.place} holds "${stagedKey(usual)}" already, and so it does the key of this very pod; find out who writes there`,
  );
}

interface Sending {
  readonly context: Context;
  readonly cipher: Cipher | undefined;
  readonly signal: AbortSignal;
}

const sendings = 3;
const firstWaitMs = 1_000;

/** A stream cannot be sent again by the store's own wrappers, but the file is still here. */
async function send(file: LocalFile, key: string, sending: Sending): Promise<Created> {
  for (let sent = 1; ; sent += 1) {
    try {
      return await sendOnce(file, key, sending);
    } catch (error) {
      const mayPass = error instanceof BackupError && error.fate === 'transient' && error.reason !== 'Stalled';
      if (!mayPass || sent === sendings) throw error;
      await sleep(firstWaitMs * 2 ** (sent - 1), undefined, { signal: sending.signal });
    }
  }
}

async function sendOnce(file: LocalFile, key: string, { context, cipher, signal }: Sending): Promise<Created> {
  const { store, clock, plan } = context;
  const stall = watchForStall([], plan.engine?.stallTimeoutMs ?? Infinity, clock);
  const stop = new AbortController();
  void stall.stalled.then((stalled) => stalled && stop.abort('Stalled'));
  const plain = piecesOf(file.path, () => stall.progress());
  try {
    return await store.create(key, cipher ? cipher.encrypt(plain, file.name) : plain, {
      signal: AbortSignal.any([signal, stop.signal]),
      sizeHint: file.bytes,
    });
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    const message = `the upload of ${file.name} made no progress for longer than options.stallTimeout and was stopped`;
    throw new BackupError('Stalled', 'transient', message, { cause: error });
  } finally {
    stall.stop();
  }
}

function measured({ entry, digest }: Created): StoredObject {
  return { ...storedObject(entry), ...(digest && { digest: { ...digest, of: 'stored', measuredBy: 'writer' } }) };
}

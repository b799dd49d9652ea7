import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, existsSync, statfsSync } from 'node:fs';
import { mkdir, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { artifactsFolder } from '@holdfast/core';
import { decrypt } from '@holdfast/encryption';
import { startGuard } from '../../cluster/start-guard.ts';
import { inTurn, mustBe, type Bench, type Contender, type Contest, type Sample, type Size } from '../harness/bench.ts';
import { runCommand } from '../harness/commands.ts';
import { startProgram } from '../harness/processes.ts';
import type { EncryptWish } from '../programs/encrypt-file.ts';
import { encryptingTools } from './agent-rulers.ts';

export const agent: Bench = {
  name: 'agent',
  about:
    'A file of random bytes through the agent’s way into a store (read, AES-256, digest, write) into a folder, against tools that encrypt ' +
    'into a folder; the time from the start of a tool to its end, of ours without the start of Node. Below, the same to nowhere against ' +
    'what the machine’s openssl and cat allow in the same round, and its memory at sixteen times the size. Every file of ours is ' +
    'decrypted and compared.',
  distance:
    'One thread of Node encrypts, digests and writes, piece by piece through streams, where the tools use several processors or the processor’s ' +
    'own instructions without a runtime between.',
  open: openContest,
};

const mebibyte = 2 ** 20;
const sizes = { smoke: 8, full: 2_048, large: 16_384 } as const;

async function openContest(size: Size): Promise<Contest> {
  const bytes = sizes[size] * mebibyte;
  const dir = await mkdtemp(join(roomFor(4 * bytes), 'holdfast-bench-'));
  const close = startGuard(dir, { folder: dir }); // which removes it
  try {
    return { ...(await furnish(dir, bytes)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function furnish(dir: string, bytes: number): Promise<Omit<Contest, 'close'>> {
  const [whole, small] = [join(dir, 'whole'), join(dir, 'small')];
  const sha256 = await writeRandom(whole, bytes);
  await writeRandom(small, bytes / 16);
  const key = randomBytes(32).toString('hex');
  const wish = { file: whole, bytes, key, name: 'neo4j-2026-03-01T02-00-00.backup' };
  const { rulers, left } = await encryptingTools({ dir, file: whole, bytes });
  const contenders: Contender[] = [
    { name: 'into a folder', run: () => intoFolder(wish, join(dir, 'out'), sha256) },
    ...rulers.map(({ contender }) => contender),
    { name: 'to nowhere', run: () => toNowhere(wish) },
    { name: 'serial bound', run: () => serialBound(whole, bytes) },
    { name: 'a sixteenth', run: () => toNowhere({ ...wish, file: small, bytes: bytes / 16 }) },
  ];
  return {
    comparisons: [
      ...rulers.map(({ contender: { name }, atLeast }) => ({
        title: `${bytes / mebibyte} MiB encrypted into a folder, wall time`,
        ours: 'into a folder',
        ruler: name,
        value: 'mibPerSecond',
        goal: { atLeast },
      })),
      {
        title: 'encrypted and digested to nowhere, per CPU second',
        ours: 'to nowhere',
        ruler: 'serial bound',
        value: 'mibPerCpuSecond',
        goal: { atLeast: 0.65 },
      },
      {
        title: 'memory at sixteen times the size',
        ours: 'to nowhere',
        ruler: 'a sixteenth',
        value: 'peakBytes',
        goal: { atMost: 1.1 },
      },
      { title: 'memory', ours: 'to nowhere', value: 'peakBytes', goal: { atMost: 200 * mebibyte } },
    ],
    left: [
      ...left,
      'to S3 over loopback: the store of the dev cluster is slower than everybody who would be measured',
      'ChaCha20: this version does not encrypt with it',
    ],
    round: () => inTurn(contenders),
  };
}

async function intoFolder(wish: EncryptWish, folder: string, sha256: string): Promise<Sample> {
  await mkdir(folder);
  const sample = await played({ ...wish, folder });
  const stored = createReadStream(join(folder, artifactsFolder, wish.name), { highWaterMark: mebibyte });
  const sealing = { key: Buffer.from(wish.key, 'hex'), associatedData: wish.name };
  const plain = createHash('sha256');
  for await (const piece of decrypt(stored, sealing)) plain.update(piece);
  mustBe(plain.digest('hex') === sha256, 'what was decrypted is not what was encrypted');
  await rm(folder, { recursive: true });
  return sample;
}

function toNowhere(wish: EncryptWish): Promise<Sample> {
  return played(wish);
}

async function played(wish: EncryptWish): Promise<Sample> {
  const program = startProgram(join(import.meta.dirname, '../programs/encrypt-file.ts'), {
    args: [JSON.stringify(wish)],
    env: { MALLOC_MMAP_THRESHOLD_: '67108864', MALLOC_TRIM_THRESHOLD_: '268435456' }, // as the agent's pod has it
  });
  try {
    const { ms, cpuSeconds, written } = await program.heard<{ ms: number; cpuSeconds: number; written: number }>();
    const peakBytes = program.peakBytes();
    mustBe(written > wish.bytes, `${written} bytes were written of ${wish.bytes}`);
    const mib = wish.bytes / mebibyte;
    return {
      mibPerSecond: mib / (ms / 1000),
      mibPerCpuSecond: mib / cpuSeconds,
      cpuSeconds,
      ...(peakBytes !== undefined && { peakBytes }),
    };
  } finally {
    await program.stop();
  }
}

/** One after the other on one core: reading as `cat` does it, the cipher and the digest as openssl does them. */
async function serialBound(file: string, bytes: number): Promise<Sample> {
  const cat = await runCommand('bash', ['-c', 'cat "$1" > /dev/null', 'bash', file]);
  const speeds = [await opensslMibPerSecond('aes-256-gcm'), await opensslMibPerSecond('sha256')];
  const perMib = speeds
    .map((speed) => 1 / speed)
    .reduce((sum, each) => sum + each, (cat.cpuSeconds ?? 0) / (bytes / mebibyte));
  return { mibPerCpuSecond: 1 / perMib };
}

/** By the processor's time, in blocks of 1 MiB as ours. */
async function opensslMibPerSecond(evp: string): Promise<number> {
  const { output } = await runCommand('openssl', [
    'speed',
    '-mr',
    '-seconds',
    '1',
    '-bytes',
    String(mebibyte),
    '-evp',
    evp,
  ]);
  const bytesPerSecond = Number(output.match(/^\+F:\d+:[^:]+:([\d.]+)/m)?.[1]);
  mustBe(bytesPerSecond > 0, `openssl speed said nothing about ${evp}`);
  return bytesPerSecond / mebibyte;
}

/** Memory, where there is enough of it: a disk that is shared says more about its other users. */
function roomFor(bytes: number): string {
  const memory = '/dev/shm';
  if (!existsSync(memory)) return tmpdir();
  const { bavail, bsize } = statfsSync(memory);
  return bavail * bsize > 2 * bytes ? memory : tmpdir();
}

/** @returns SHA-256 of what was written */
async function writeRandom(path: string, bytes: number): Promise<string> {
  const hash = createHash('sha256');
  const file = await open(path, 'wx');
  try {
    for (let left = bytes; left > 0; left -= mebibyte) {
      const piece = randomBytes(Math.min(left, mebibyte));
      hash.update(piece);
      await file.write(piece);
    }
  } finally {
    await file.close();
  }
  return hash.digest('hex');
}

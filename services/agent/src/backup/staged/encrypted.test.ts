import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decrypt, encryptedBytes, fingerprint, openKeyRing } from '@holdfast/encryption';
import { parseConfig } from '@holdfast/runtime';
import { proveRun } from '@holdfast/storage';
import { agentEnv, agentResultSchema, type AgentPlan } from '@holdfast/types';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { startClock, type SharedClock } from '../../a-clock.ts';
import { aClaim, aPlan, aPod, manifestsIn, startNeo4j, type Claim, type Neo4j } from '../../a-pod.ts';
import { configSchema } from '../../config.ts';
import { runAgent } from '../../run-agent.ts';
import { runBackup } from '../run-backup.ts';

let neo4j: Neo4j;
let claim: Claim;
let clock: SharedClock;
const key = randomBytes(32);
const keys = openKeyRing(new Map([['key', key]]), 'key');
const encryption = { algorithm: 'AES256', writeKey: 'key' } as const;
const staged = { mode: 'staged' };

beforeAll(async () => {
  for (const stream of [process.stdout, process.stderr]) vi.spyOn(stream, 'write').mockReturnValue(true);
  clock = startClock();
  neo4j = await startNeo4j();
});
afterAll(async () => {
  clock.stop();
  await neo4j.dbms.stop();
});
beforeEach(() => {
  claim = aClaim(neo4j);
  neo4j.dbms.control.disarm();
});

async function stored(name: string): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync((await claim.store.read(name)) ?? []));
}

test('what is encrypted is in the store once, is proved by its digest, and opens under its plain name', async () => {
  await neo4j.dbms.control.arm({ kind: 'parts', bytes: 100_000 }, { database: 'neo4j' });
  const plan = aPlan(neo4j, { run: 'one', encryption }, staged);
  expect(await runBackup(aPod(neo4j, claim, plan, { keys }))).toMatchObject({ outcome: 'Succeeded' });
  const manifests = await manifestsIn(claim);
  expect(manifests).toHaveLength(2);
  for (const { artifact, objects, bytes, encryption: said } of manifests) {
    const plain: Buffer[] = [];
    for (const object of objects) {
      const name = object.key.replace(/^artifacts\/one\/(.*)\.enc$/, '$1');
      expect(name.startsWith(artifact)).toBe(true);
      const bytesThere = await stored(object.key);
      expect(object.digest).toMatchObject({
        algorithm: 'sha256',
        value: createHash('sha256').update(bytesThere).digest('hex'),
        of: 'stored',
        measuredBy: 'writer',
      });
      const opened = await Array.fromAsync(
        decrypt(
          (async function* () {
            yield bytesThere;
          })(),
          { key, associatedData: name },
        ),
        (piece) => Buffer.from(piece),
      );
      plain.push(Buffer.concat(opened));
      expect(encryptedBytes(plain.at(-1)?.length ?? 0)).toBe(object.bytes);
    }
    expect(plain[0]?.toString('latin1')).toMatch(/^HOLDFAST TEST STAND-IN/);
    const plainBytes = plain.reduce((sum, { length }) => sum + length, 0);
    expect(said).toEqual({ algorithm: 'AES256', keyFingerprint: fingerprint(key), plainBytes });
    expect(bytes).toBe(objects.reduce((sum, object) => sum + object.bytes, 0));
  }
  expect((await proveRun(claim.store, 'one')).findings).toEqual([]);
});

test('a chain is encrypted or it is not: switching takes a FULL', async () => {
  const workVolume = neo4j.dbms.folder();
  const types: unknown[] = [];
  const sealed = { encryption };
  for (const [run, told] of [
    ['one', {}],
    ['two', sealed],
    ['three', sealed],
    ['four', {}],
  ] as const) {
    await neo4j.dbms.control.commit('neo4j', 3);
    const context = aPod(neo4j, claim, aPlan(neo4j, { run, ...told }, staged), {
      workVolume,
      keys,
      clock: clock.later(),
    });
    const { type, typeReason } = await runBackup(context);
    types.push([run, type, typeReason]);
  }
  expect(types).toEqual([
    ['one', 'FULL', 'NoParent'],
    ['two', 'FULL', 'NoWorkVolume'],
    ['three', 'DIFF', 'AsAsked'],
    ['four', 'FULL', 'NoWorkVolume'],
  ]);
});

test('nothing is uploaded without the key', async () => {
  const plan = aPlan(neo4j, { run: 'one', encryption }, staged);
  await expect(runBackup(aPod(neo4j, claim, plan))).rejects.toMatchObject({ reason: 'KeyMissing', fate: 'terminal' });
  const direct = aPlan(neo4j, { run: 'one', encryption });
  await expect(runBackup(aPod(neo4j, claim, direct, { keys }))).rejects.toMatchObject({ fate: 'terminal' });
  expect(await Array.fromAsync(claim.store.list('artifacts/'))).toEqual([]);
});

test('a whole agent reads its keys from files, and prints none of them in any spelling', async () => {
  const folder = neo4j.dbms.folder();
  writeFileSync(join(folder, 'key'), `${key.toString('base64')}\n`);
  const old = randomBytes(32);
  writeFileSync(join(folder, 'old'), old);
  const said = [key.toString('hex'), key.toString('base64'), old.toString('hex'), old.toString('base64url')];
  await neo4j.dbms.control.arm({ kind: 'fail', message: `it says ${said.join(' and ')}` }, { times: 4 });
  const told = await agent(aPlan(neo4j, { run: 'one', encryption }, staged), { [agentEnv.keysFolder]: folder });
  expect(told).toMatchObject({ outcome: 'Failed', message: expect.stringContaining('it says *** and ***') });
  neo4j.dbms.control.disarm();
  const again = await agent(aPlan(neo4j, { run: 'two', encryption }, staged), { [agentEnv.keysFolder]: folder });
  expect(again).toMatchObject({ outcome: 'Succeeded' });
  const all = await Array.fromAsync(claim.store.list(''), ({ key: name }) => stored(name));
  const text = JSON.stringify([told, again]) + all.map((each) => each.toString('latin1')).join('');
  for (const word of said) expect(text).not.toContain(word);
  const none = await agent(aPlan(neo4j, { run: 'three', encryption: { ...encryption, writeKey: 'gone' } }, staged), {
    [agentEnv.keysFolder]: folder,
  });
  expect(none).toMatchObject({ outcome: 'Failed', reason: 'KeyMissing', retry: 'no' });
});

async function agent(plan: AgentPlan, more: Record<string, string>) {
  const scratch = mkdtempSync(join(neo4j.dbms.dir, 'scratch-'));
  const message = join(scratch, 'message');
  await runAgent(
    parseConfig(configSchema, {
      [agentEnv.plan]: JSON.stringify(plan),
      [agentEnv.podUid]: 'abcdefgh-pod',
      [agentEnv.terminationLog]: message,
      [agentEnv.storeFolder]: claim.mount,
      [agentEnv.scratchFolder]: scratch,
      ...more,
    }),
  );
  return agentResultSchema.parse(JSON.parse(readFileSync(message, 'utf8')));
}

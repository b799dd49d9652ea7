import { mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseConfig } from '@holdfast/runtime';
import { agentEnv, agentResultSchema, type AgentPlan, type AgentResult, type Manifest } from '@holdfast/types';
import { afterAll, beforeAll, beforeEach, vi } from 'vitest';
import type { DevDbms } from '../../../test/neo4j/dev-dbms.ts';
import { startClock, type SharedClock } from './a-clock.ts';
import { aClaim, aPlan, aPod, manifestsIn, startNeo4j, type Claim, type Neo4j } from './a-pod.ts';
import { runBackup } from './backup/run-backup.ts';
import { configSchema } from './config.ts';
import type { Context } from './context.ts';
import { runAgent } from './run-agent.ts';

/** What a plan says that others do not. */
export type Told = Parameters<typeof aPlan>[1];

/** For tests: where the pods of one file run, each two seconds after the one before it. */
export interface Site {
  readonly dbms: DevDbms;
  /** The claim of the test that runs. */
  readonly claim: Claim;
  /** Goes on with an empty claim. */
  renew(): void;
  plan(told: Told, engine?: object): AgentPlan;
  /** What another pod works with. */
  pod(told: Told, engine?: object, more?: Partial<Context>): Context;
  /** The backup of another pod, from its begin to its end. */
  run(told: Told, engine?: object, more?: Partial<Context>): Promise<AgentResult>;
  /** A whole agent with its configuration from variables, on the clock of this machine. */
  agent(plan: AgentPlan, more?: Readonly<Record<string, string>>): Promise<{ code: number; told: AgentResult }>;
  manifests(): Promise<Manifest[]>;
}

/** Gives the tests of a file Neo4j and a clock, and each of them an empty claim and a database without a past; nothing is printed. */
export function openSite(): Site {
  let neo4j: Neo4j;
  let claim: Claim;
  let clock: SharedClock;
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
    vi.mocked(process.stdout.write).mockClear();
    claim = aClaim(neo4j);
    const { control } = neo4j.dbms;
    control.disarm();
    for (const { name } of control.databases()) if (!['neo4j', 'system'].includes(name)) control.drop(name);
    control.recreate('neo4j');
  });
  const plan: Site['plan'] = (told, engine) => aPlan(neo4j, told, engine);
  const pod: Site['pod'] = (told, engine, more) =>
    aPod(neo4j, claim, plan(told, engine), { clock: clock.later(), ...more });
  return {
    get dbms() {
      return neo4j.dbms;
    },
    get claim() {
      return claim;
    },
    renew: () => void (claim = aClaim(neo4j)),
    plan,
    pod,
    run: (...told) => runBackup(pod(...told)),
    agent: (asked, more) => agent(neo4j, claim, asked, more),
    manifests: () => manifestsIn(claim),
  };
}

async function agent(
  { dbms }: Neo4j,
  { mount }: Claim,
  plan: AgentPlan,
  more: Readonly<Record<string, string>> = {},
): Promise<{ code: number; told: AgentResult }> {
  const scratch = mkdtempSync(join(dbms.dir, 'scratch-'));
  const message = join(scratch, 'message');
  const variables = {
    [agentEnv.plan]: JSON.stringify(plan),
    [agentEnv.podUid]: 'abcdefgh-pod',
    [agentEnv.terminationLog]: message,
    [agentEnv.storeFolder]: mount,
    [agentEnv.scratchFolder]: scratch,
    ...more,
  };
  const code = await runAgent(parseConfig(configSchema, variables));
  return { code, told: agentResultSchema.parse(JSON.parse(readFileSync(message, 'utf8'))) };
}

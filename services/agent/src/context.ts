import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { azureKeys, parseServiceAccount } from '@holdfast/core';
import type { KeyRing } from '@holdfast/encryption';
import { openClock, type Clock, type Log } from '@holdfast/runtime';
import {
  below,
  limited,
  openAzure,
  openDirectory,
  openGcs,
  openS3,
  retrying,
  type AzureConfig,
  type DirectoryOptions,
  type GcsConfig,
  type ObjectStore,
  type S3Config,
} from '@holdfast/storage';
import { agentEnv, BackupError, type AgentPlan } from '@holdfast/types';
import type { AgentConfig } from './config.ts';
import { readAuthorities } from './read-authorities.ts';

/** Everything a verb works with. */
export interface Context {
  readonly plan: AgentPlan;
  /** The backup's folder. */
  readonly store: ObjectStore;
  /** The same folder as the engine names it: a path, or an `s3://`, `gs://` or `azb://` URI. No slash at the end. */
  readonly storeUri: string;
  /** Local folder of the store, when it is one. */
  readonly storeFolder?: string;
  readonly scratch: string;
  /** Mount of the claim that keeps the chain of staged DIFFs. */
  readonly workVolume?: string;
  /** Present when the plan says that artifacts are encrypted. */
  readonly keys?: KeyRing;
  readonly podUid: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Fires when the pod is told to stop or the run's deadline has come. */
  readonly signal: AbortSignal;
  /** Values that must never be printed. */
  readonly secrets: readonly string[];
}

const requestsAtOnce = 16;

type OpenedStore = Pick<Context, 'store' | 'storeUri' | 'storeFolder'> & {
  /** What was read to open it and must never be printed. */
  readonly hush?: readonly string[];
};

/** Opens the store that the plan names, with the keys that the pod was given. */
export async function openStore(plan: AgentPlan, config: AgentConfig): Promise<OpenedStore> {
  const authorities = await readAuthorities(config);
  if (plan.store.type === 's3') {
    const { bucket } = plan.store;
    const root = await openS3({ ...plan.store, authorities, identity: identityOf(config) });
    return {
      store: below(retrying(limited(root, requestsAtOnce)), plan.folder),
      storeUri: `s3://${bucket}/${plan.folder}`,
    };
  }
  if (plan.store.type === 'gcs') {
    const { bucket, credential, endpointUrl = config[agentEnv.googleEmulator] } = plan.store;
    const { identity, hush } = credential === 'pod' ? googlePod(config) : await googleKeyOf(config);
    const root = openGcs({ bucket, endpointUrl, authorities, identity });
    return {
      store: below(retrying(limited(root, requestsAtOnce)), plan.folder),
      storeUri: `gs://${bucket}/${plan.folder}`,
      hush,
    };
  }
  if (plan.store.type === 'azure') {
    const { account, bucket, credential } = plan.store;
    const root = await openAzure({ ...plan.store, authorities, identity: azureIdentityOf(credential, config) });
    return {
      store: below(retrying(limited(root, requestsAtOnce)), plan.folder),
      storeUri: `azb://${account}/${bucket}/${plan.folder}`,
    };
  }
  const mount = config[agentEnv.storeFolder];
  if (!mount)
    throw new BackupError(
      'ClaimMissing',
      'terminal',
      `${agentEnv.storeFolder} names no folder although the store is a claim; the Job was not made by Holdfast`,
    );
  const storeFolder = join(mount, plan.folder);
  return { store: below(openDirectory(mount, dated(config)), plan.folder), storeUri: storeFolder, storeFolder };
}

/** A dev cluster's clock dates the files of its claims, too, so that they age with it; elsewhere the file system's own time counts. */
function dated({ [agentEnv.clockFile]: file }: AgentConfig): DirectoryOptions {
  if (!file) return {};
  const clock = openClock(file);
  return { now: () => clock.now() };
}

function identityOf(config: AgentConfig): S3Config['identity'] {
  const {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  } = config;
  if (!accessKeyId || !secretAccessKey) return 'pod';
  return { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) };
}

interface GoogleKey {
  readonly identity: GcsConfig['identity'];
  readonly hush: readonly string[];
}

function googlePod({ GCE_METADATA_HOST: host }: AgentConfig): GoogleKey {
  return { identity: { kind: 'pod', ...(host && { metadataUrl: `http://${host}` }) }, hush: [] };
}

/** neo4j-admin takes the file as it is; the agent looks whether it is what the service saw when it made the Job. */
async function googleKeyOf({ GOOGLE_APPLICATION_CREDENTIALS: file }: AgentConfig): Promise<GoogleKey> {
  const text = file === undefined ? '' : await readFile(file, 'utf8').catch(() => '');
  const account = parseServiceAccount(text);
  if (typeof account === 'string')
    throw new BackupError('CredentialsMissing', 'terminal', `the file of GOOGLE_APPLICATION_CREDENTIALS ${account}`);
  const lines = account.privateKey.split('\n').filter((line) => line.length > 16 && !line.startsWith('-----'));
  return { identity: { kind: 'serviceAccount', ...account }, hush: lines };
}

function azureIdentityOf(credential: AzureConfig['identity']['kind'], config: AgentConfig): AzureConfig['identity'] {
  if (credential === 'pod') return { kind: 'pod' };
  const { AZURE_STORAGE_KEY: accountKey, AZURE_TENANT_ID: tenantId, AZURE_CLIENT_ID: clientId } = config;
  const { AZURE_CLIENT_SECRET: clientSecret } = config;
  if (credential === 'accountKey' && accountKey) return { kind: 'accountKey', accountKey };
  if (credential === 'clientSecret' && tenantId && clientId && clientSecret)
    return { kind: 'clientSecret', tenantId, clientId, clientSecret };
  throw new BackupError(
    'CredentialsMissing',
    'terminal',
    `the plan says ${credential} and ${azureKeys[credential].join(', ')} are not all set; the Job was not made by Holdfast`,
  );
}

import type { StoreDefaults } from '@holdfast/core';
import type { Kube } from '@holdfast/kube';
import { z } from 'zod';
import { clusterIdentity } from './cluster-id.ts';
import type { Hands } from './hands.ts';

const storeDefaultsSchema = z.strictObject({
  s3: z
    .strictObject({
      endpointUrl: z.url().optional(),
      forcePathStyle: z.boolean().optional(),
      region: z.string().optional(),
      secretName: z.string().optional(),
      caSecretName: z.string().optional(),
    })
    .optional(),
  gcs: z
    .strictObject({
      endpointUrl: z.url().optional(),
      secretName: z.string().optional(),
      caSecretName: z.string().optional(),
    })
    .optional(),
  azure: z
    .strictObject({
      account: z.string().optional(),
      endpointUrl: z.url().optional(),
      secretName: z.string().optional(),
      caSecretName: z.string().optional(),
    })
    .optional(),
});

/** `HOLDFAST_STORE_DEFAULTS`: JSON with what specs need not say about stores. */
const storeDefaultsVariable = z
  .string()
  .default('{}')
  .transform((text, context): StoreDefaults => {
    const parsed = storeDefaultsSchema.safeParse(parseJson(text));
    if (parsed.success) return JSON.parse(JSON.stringify(parsed.data)) as StoreDefaults; // absent fields are absent, not undefined
    context.addIssue({
      code: 'custom',
      message: 'must be JSON like {"s3":{"endpointUrl":"https://…","secretName":"…"}}',
    });
    return z.NEVER;
  })
  .describe('JSON: what specs need not say about stores.');

/** `HOLDFAST_ALLOWED_ENDPOINTS`: private addresses that specs may name. */
const allowedEndpointsVariable = z
  .string()
  .default('')
  .transform(entriesOf)
  .describe('Private endpoints that specs may name, comma-separated.');

/** `HOLDFAST_ALLOWED_SERVICE_ACCOUNTS`: accounts that specs may name, as `name` or `namespace/name`. */
const allowedServiceAccountsVariable = z
  .string()
  .transform(entriesOf)
  .optional()
  .describe('ServiceAccounts that specs may name, comma-separated; without it every one of their namespace.');

/** Variables of every service that touches backups and their stores. */
export const accessVariables = {
  HOLDFAST_KUBECONFIG: z
    .string()
    .optional()
    .describe("Path of a kubeconfig; without it the pod's own account is used."),
  HOLDFAST_REDIS_URL: z.string().describe('redis:// or rediss:// URL of the queue.'),
  HOLDFAST_AGENT_IMAGE: z.string().describe('Image that brings the agent into the pods.'),
  HOLDFAST_STORE_DEFAULTS: storeDefaultsVariable,
  HOLDFAST_ALLOWED_ENDPOINTS: allowedEndpointsVariable,
  HOLDFAST_ALLOWED_SERVICE_ACCOUNTS: allowedServiceAccountsVariable,
  HOLDFAST_GOOGLE_EMULATOR: z.url().optional().describe('Dev clusters only: where Google Cloud Storage stands in.'),
  HOLDFAST_CLUSTER_ID: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,64}$/)
    .optional()
    .describe('Tells this cluster from others; without it the UID of namespace kube-system does.'),
};

/** What those variables say, as hands to work with. */
export function handsOf(
  config: z.output<z.ZodObject<typeof accessVariables>>,
  { kube, now }: { readonly kube: Kube; readonly now: () => Date },
): Hands {
  return {
    kube,
    now,
    agentImage: config.HOLDFAST_AGENT_IMAGE,
    storeDefaults: config.HOLDFAST_STORE_DEFAULTS,
    allowedEndpoints: config.HOLDFAST_ALLOWED_ENDPOINTS,
    googleEmulator: config.HOLDFAST_GOOGLE_EMULATOR,
    allowedServiceAccounts: config.HOLDFAST_ALLOWED_SERVICE_ACCOUNTS,
    clusterId: clusterIdentity(kube, config.HOLDFAST_CLUSTER_ID),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the schema then says what is expected
  }
}

function entriesOf(text: string): string[] {
  return text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}

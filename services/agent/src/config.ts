import { agentEnv, agentPlanSchema, type AgentPlan } from '@holdfast/types';
import { z } from 'zod';

/** Variables of the agent's container; paths are mount paths of the pod. */
export const configSchema = z.object({
  [agentEnv.plan]: z.string().transform((text, context): AgentPlan => {
    const plan = agentPlanSchema.safeParse(parseJson(text));
    if (plan.success) return plan.data;
    context.addIssue({
      code: 'custom',
      message: `is not a plan this agent understands: ${z.prettifyError(plan.error)}`,
    });
    return z.NEVER;
  }),
  [agentEnv.podUid]: z.string().min(8).describe('UID of the pod: tells the evidence of replaced pods apart.'),
  [agentEnv.terminationLog]: z
    .string()
    .default('/dev/termination-log')
    .describe('File whose content becomes the termination message.'),
  [agentEnv.storeFolder]: z.string().optional().describe('Where the claim is mounted, for a store on a claim.'),
  [agentEnv.scratchFolder]: z
    .string()
    .describe('Folder for temporary files; the engine works in a fresh folder below it.'),
  [agentEnv.workFolder]: z
    .string()
    .optional()
    .describe('Where the claim that keeps the chain of staged DIFFs is mounted.'),
  [agentEnv.keysFolder]: z
    .string()
    .optional()
    .describe('Where the entries of the key Secret are mounted, a file each.'),
  [agentEnv.authorityFile]: z
    .string()
    .optional()
    .describe("File with the certificates of the store's own authority, where it has one."),
  [agentEnv.clockFile]: z.string().optional().describe('Dev clusters only: file with the offset of their clock.'),
  AWS_ACCESS_KEY_ID: z
    .string()
    .optional()
    .describe("Static key of the store; without it the pod's own identity is used."),
  AWS_SECRET_ACCESS_KEY: z.string().optional(),
  AWS_SESSION_TOKEN: z.string().optional(),
  GOOGLE_APPLICATION_CREDENTIALS: z
    .string()
    .optional()
    .describe('File with the key of a service account, where the plan says so.'),
  GCE_METADATA_HOST: z
    .string()
    .regex(/^[A-Za-z0-9.:[\]-]+$/, 'must be a host, with or without a port')
    .optional()
    .describe(
      "Where a pod asks for its token of Google, as Google's own clients know it; without it where GKE has it.",
    ),
  [agentEnv.googleEmulator]: z.url().optional().describe('Dev clusters only: where Google Cloud Storage stands in.'),
  AZURE_STORAGE_KEY: z.string().optional().describe('Key of the storage account, where the plan says so.'),
  AZURE_TENANT_ID: z
    .string()
    .optional()
    .describe('With the next two: client that asks for tokens, where the plan says so.'),
  AZURE_CLIENT_ID: z.string().optional(),
  AZURE_CLIENT_SECRET: z.string().optional(),
});

export type AgentConfig = z.infer<typeof configSchema>;

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the schema then says what is missing
  }
}

/** Values among the variables that must never be printed. */
export function secretsOf(config: AgentConfig): string[] {
  const { AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AZURE_STORAGE_KEY, AZURE_CLIENT_SECRET } = config;
  return [AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AZURE_STORAGE_KEY, AZURE_CLIENT_SECRET].filter(
    (secret) => secret !== undefined,
  );
}

import { z } from 'zod';
import { podTemplateSchema, resourcesSchema, tolerationSchema } from './pod.ts';
import { argumentRules } from './argument-rules.ts';
import { metadataForm } from './engine-words.ts';
import { labelRules } from './pod-rules.ts';
import { encryptionRules, optionRules } from './rules.ts';
import { corrections } from './sentences.ts';
import { tempPathRules } from './text-rules.ts';
import { durationText, formedText, kubernetesObject, objectName, sizeText, textMap } from './text.ts';

export const algorithms = ['AES256', 'ChaCha20', 'ChaCha20Poly1305'] as const;

const encryptionSchema = z
  .strictObject({
    enabled: z.boolean().default(false).describe('Whether artifacts are encrypted before they reach the store.'),
    keySecret: objectName('Secret with the key, in the namespace of the backup.').optional(),
    keySecretKey: formedText({
      form: /^[-._a-zA-Z0-9]+$/,
      correction: 'write the name of an entry of the Secret',
      max: 253,
    })
      .default('key')
      .describe('Entry of the Secret that holds the key to write with.'),
    algorithm: z
      .enum(algorithms)
      .optional()
      .describe('AES256 when absent. ChaCha20Poly1305 is another spelling of ChaCha20.'),
  })
  .meta({ description: 'Encryption of artifacts.', 'x-kubernetes-validations': encryptionRules });

const flag = (description: string) => z.boolean().optional().describe(description);

export const optionsSchema = z
  .strictObject({
    backupType: z
      .enum(['FULL', 'DIFF', 'AUTO'])
      .default('AUTO')
      .describe('FULL, DIFF, or AUTO, which takes a DIFF where it can.'),
    fullInterval: durationText(
      'A chain older than this gets a new FULL; the smaller of 7d and a quarter of maxAge when absent.',
    ).optional(),
    maxChainLength: z
      .int()
      .min(1)
      .max(10000)
      .optional()
      .describe('A chain with this many links, its FULL counted, gets a new FULL; half of maxCount when absent.'),
    transfer: z
      .enum(['Auto', 'Direct', 'Staged'])
      .optional()
      .describe('Whether neo4j-admin writes to the store itself or the agent uploads.'),
    workVolume: objectName('Claim that keeps the chain for staged DIFFs.').optional(),
    compress: z.boolean().default(true).describe('Whether artifacts are compressed.'),
    pageCache: formedText({
      form: /^[0-9]+[KMG]?$/,
      correction: 'write a number with K, M or G, such as 2G',
      max: 16,
    })
      .optional()
      .describe('Page cache of neo4j-admin, such as 2G.'),
    encryption: encryptionSchema.optional(),
    verifyBackup: flag('Whether artifacts are read back and checked before a run counts.'),
    verify: flag('Another spelling of verifyBackup.'),
    additionalArgs: z
      .array(z.string().min(1).max(1024).meta({ 'x-kubernetes-validations': argumentRules }))
      .max(64)
      .optional()
      .describe(
        'Further options of neo4j-admin database backup, one per entry, such as --parallel-recovery. No shell reads them.',
      ),
    tempPath: z
      .string()
      .min(1)
      .max(512)
      .meta({
        description: 'Absolute folder in the pod where the scratch volume is mounted.',
        'x-kubernetes-validations': tempPathRules,
      })
      .optional(),
    preferDiffAsParent: flag('Build a DIFF on the newest DIFF. Neo4j 2025.04 and later.'),
    parallelDownload: flag('Download store files in parallel. Neo4j 2025.11 and later.'),
    remoteAddressResolution: flag('Let Neo4j order the servers to copy from. Neo4j 2025.09 and later.'),
    skipRecovery: flag('Leave recovery to the restore. Neo4j 2025.11 and later.'),
    includeMetadata: formedText({ form: metadataForm, correction: corrections.metadata, max: 1000 })
      .optional()
      .describe('Which metadata goes into the artifacts: all, none, users, roles; users=<name>,… from Neo4j 2025.10.'),
    parallelRecovery: flag('Recover in parallel.'),
    keepFailed: flag('Keep what a failed backup left, for inspection.'),
    podTemplate: podTemplateSchema.optional(),
    resources: resourcesSchema.optional(),
    nodeSelector: textMap('Nodes that the pod may run on.', labelRules).optional(),
    tolerations: z.array(tolerationSchema).max(64).optional().describe('Taints that the pod tolerates.'),
    affinity: kubernetesObject('Affinity of the pod, as pods have it.').optional(),
    priorityClassName: objectName('Priority class of the pod.').optional(),
    deadline: durationText('Longest time a run may take; 24h when absent.').optional(),
    stallTimeout: durationText('Longest time without progress; 30m when absent.').optional(),
    retries: z.int().min(0).max(10).optional().describe('Further attempts after a failed one; 2 when absent.'),
    tempStorage: z
      .strictObject({
        size: sizeText('Size of the scratch volume; as large as the largest database.'),
        storageClass: objectName('Its storage class.').optional(),
      })
      .optional()
      .describe('Scratch volume made for each run and removed with it; space on the node when absent.'),
    transport: z
      .enum(['Auto', 'network', 'exec'])
      .optional()
      .describe('How the Job reaches Neo4j: over its backup port, or inside its pod.'),
  })
  .meta({ description: 'How the backup is taken.', 'x-kubernetes-validations': optionRules });

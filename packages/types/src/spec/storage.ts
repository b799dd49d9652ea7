import { z } from 'zod';
import { cloudSchema } from './cloud.ts';
import { claimRules, storageRules } from './rules.ts';
import { storePathRules } from './text-rules.ts';
import { formedText, objectName, sizeText } from './text.ts';

export const storageTypes = ['s3', 'gcs', 'azure', 'pvc'] as const;

const claimSchema = z
  .strictObject({
    name: objectName('Claim that holds the backups; <backup>-backups when absent.').optional(),
    size: sizeText('Size of the claim when it has to be created, such as 100Gi.').optional(),
    storageClass: objectName('Storage class of the claim when it has to be created.').optional(),
    storageClassName: objectName('Another spelling of storageClass.').optional(),
    accessModes: z
      .array(z.enum(['ReadWriteOnce', 'ReadWriteOncePod', 'ReadWriteMany']))
      .min(1)
      .max(4)
      .default(['ReadWriteOnce'])
      .describe('Access modes of the claim when it has to be created.'),
  })
  .meta({ description: 'Claim for storage type pvc.', 'x-kubernetes-validations': claimRules });

export const storageSchema = z
  .strictObject({
    type: z.enum(storageTypes).describe('Kind of store.'),
    bucket: formedText({
      form: /^[A-Za-z0-9$][A-Za-z0-9._-]*$/,
      correction: 'write the bare name of the bucket or container, without a scheme or a path',
      max: 255,
    })
      .optional()
      .describe('Bucket or container; needed unless the type is pvc.'),
    path: z
      .string()
      .max(512)
      .meta({
        description: 'Folder inside the bucket or claim below which this backup keeps its own folder.',
        'x-kubernetes-validations': storePathRules,
      })
      .optional(),
    cloud: cloudSchema('Cloud settings of the store.').optional(),
    pvc: claimSchema.optional(),
  })
  .meta({ description: 'Where backups are kept.', 'x-kubernetes-validations': storageRules });

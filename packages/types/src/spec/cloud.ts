import { z } from 'zod';
import { cloudRules, identityRules } from './cloud-rules.ts';
import { formedText, objectName, textMap } from './text.ts';

export const cloudProviders = ['aws', 'gcp', 'azure'] as const;

const identitySchema = z
  .strictObject({
    provider: z.enum(cloudProviders).optional().describe('Whose workload identity is used.'),
    serviceAccount: objectName('ServiceAccount that the backup Job runs as.').optional(),
    autoCreate: z
      .strictObject({
        enabled: z.boolean().optional().describe('Whether a ServiceAccount is made for this backup.'),
        annotations: textMap('Annotations of that ServiceAccount, such as the role it assumes.').optional(),
      })
      .optional()
      .describe('A ServiceAccount of its own for this backup.'),
  })
  .meta({ description: 'Workload identity instead of a Secret with keys.', 'x-kubernetes-validations': identityRules });

/** Cloud settings; stands below `storage` and, as an older spelling, at the top of the spec. */
export function cloudSchema(description: string) {
  return z
    .strictObject({
      provider: z
        .enum(cloudProviders)
        .optional()
        .describe('Cloud provider; follows from the storage type when absent, and must match it.'),
      region: formedText({ form: /^[A-Za-z0-9._-]+$/, correction: 'write a region such as eu-west-1', max: 64 })
        .optional()
        .describe('Region of the bucket; needed for aws unless endpointURL is given.'),
      credentialsSecret: objectName(
        'Secret with the credentials of the store, in the namespace of the backup.',
      ).optional(),
      credentialsSecretRef: objectName('Another spelling of credentialsSecret.').optional(),
      endpointURL: z
        .string()
        .min(1)
        .max(512)
        .optional()
        .describe("Address of the store where it is not the provider's own, such as https://minio.example:9000."),
      forcePathStyle: z
        .boolean()
        .optional()
        .describe('Put the bucket into the path instead of the host name; most S3-compatible stores need it.'),
      caSecret: objectName(
        'Secret, in the namespace of the backup, whose ca.crt holds the authority that signed the certificate of the store.',
      ).optional(),
      checksumMode: z
        .enum(['WhenSupported', 'WhenRequired'])
        .optional()
        .describe(
          'When checksums are sent; WhenRequired is the default with endpointURL, for older S3-compatible stores.',
        ),
      account: formedText({
        form: /^[a-z0-9]{3,24}$/,
        correction: 'write the name of an Azure storage account: 3 to 24 lower-case letters and digits',
        max: 24,
      })
        .optional()
        .describe('Azure storage account.'),
      identity: identitySchema.optional(),
    })
    .meta({ description, 'x-kubernetes-validations': cloudRules });
}

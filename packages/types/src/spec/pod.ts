import { z } from 'zod';
import { labelRules, metadataRules, tolerationRules, variableNameRules, variableRules } from './pod-rules.ts';
import { kubernetesObject, objectName, textMap } from './text.ts';

const intOrString = z.union([z.int(), z.string().max(64)]).meta({ 'x-kubernetes-int-or-string': true });
const quantities = (description: string) =>
  z.record(z.string().max(253), intOrString).meta({ description, maxProperties: 32 });

/** Compute resources of the container that takes the backup. */
export const resourcesSchema = z
  .strictObject({
    requests: quantities('What the pod asks for.').optional(),
    limits: quantities('What the pod may use at most.').optional(),
  })
  .describe('Compute resources of the backup container.');

export const tolerationSchema = z
  .strictObject({
    key: z.string().max(316).optional(),
    operator: z.enum(['Exists', 'Equal', 'Lt', 'Gt']).optional(),
    value: z.string().max(63).optional(),
    effect: z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']).optional(),
    tolerationSeconds: z.int().optional(),
  })
  .meta({ description: 'A toleration as pods have it.', 'x-kubernetes-validations': tolerationRules });

const variableSchema = z
  .strictObject({
    name: z
      .string()
      .min(1)
      .max(253)
      .meta({ description: 'Name of the variable.', 'x-kubernetes-validations': variableNameRules }),
    value: z.string().max(4096).optional().describe('Its value.'),
    valueFrom: kubernetesObject('Where its value comes from, as in a pod.').optional(),
  })
  .meta({ description: 'An environment variable as pods have it.', 'x-kubernetes-validations': variableRules });

export const podTemplateSchema = z
  .strictObject({
    labels: textMap('Labels added to the Job and its pod.', [...metadataRules, ...labelRules]).optional(),
    annotations: textMap('Annotations added to the Job and its pod.', metadataRules).optional(),
    securityContext: kubernetesObject(
      'Security context of the pod instead of our own; {} leaves it to the platform.',
    ).optional(),
    imagePullSecrets: z
      .array(z.strictObject({ name: objectName('Secret with registry credentials.') }))
      .max(16)
      .optional()
      .describe('Secrets that pull the images.'),
    env: z.array(variableSchema).max(64).optional().describe('Environment variables added to the backup container.'),
  })
  .describe('What the pod of the Job should have besides our own.');

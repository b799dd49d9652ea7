import { z } from 'zod';
import { targetRules } from './rules.ts';
import { formedText, objectName } from './text.ts';

export const targetSchema = z
  .strictObject({
    kind: z
      .enum(['Cluster', 'Database'])
      .describe('What is backed up: every database of a cluster or standalone, or one database.'),
    name: formedText({
      form: /^[A-Za-z0-9][A-Za-z0-9._-]*$/,
      correction: 'write a plain name: letters, digits, ".", "_" and "-", no pattern',
      max: 253,
    }).describe(
      'For Cluster the name of the cluster or standalone; for Database the Neo4jDatabase object or the name inside Neo4j.',
    ),
    namespace: objectName(
      'Namespace of the target; the namespace of the backup when absent. Another namespace must consent by annotation.',
      63,
    ).optional(),
    clusterRef: objectName('For Database: the cluster or standalone that hosts it.').optional(),
  })
  .meta({ description: 'What is backed up.', 'x-kubernetes-validations': targetRules });

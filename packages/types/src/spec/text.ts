import { z } from 'zod';
import type { CelRule } from './rules.ts';

/** Name of a Kubernetes object such as a Secret, claim or ServiceAccount. */
export function objectName(description: string) {
  return z
    .string()
    .min(1)
    .max(253)
    .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, {
      error: 'write the name of a Kubernetes object: lower-case letters, digits, "-" and "."',
    })
    .describe(description);
}

const durationRule: CelRule = {
  rule: "self.matches('^([0-9]{1,9}[wdhms])+$') && self.matches('[1-9]')",
  message: 'is not a positive duration; write whole numbers with w, d, h, m or s, such as 30d, 720h or 1h30m',
};

/** Duration text; read by `parseDuration` in `core`. The rule is a cheap likeness of that parser. */
export function durationText(description: string) {
  return z
    .string()
    .min(2)
    .max(32)
    .meta({ description, 'x-kubernetes-validations': [durationRule] });
}

const quantityRule: CelRule = {
  rule: "self.matches('^[0-9]+([.][0-9]+)?([KMGTPE]i|[kMGTPE]|[eE][0-9]{1,2})?$') && self.matches('^[^eE]*[1-9]')",
  message: 'is not a size; write a Kubernetes quantity above zero, such as 100Gi',
};

/** Size of a volume, as text; read by `parseQuantity` in `core`. */
export function sizeText(description: string) {
  return z
    .string()
    .min(1)
    .max(32)
    .meta({ description, 'x-kubernetes-validations': [quantityRule] });
}

/** A Kubernetes object whose fields are Kubernetes' own: stored as it is and checked where it is used. */
export function kubernetesObject(description: string) {
  return z.record(z.string(), z.unknown()).meta({ description, 'x-kubernetes-preserve-unknown-fields': true });
}

/** A map of short texts, such as labels. */
export function textMap(description: string) {
  return z.record(z.string().max(316), z.string().max(4096)).meta({ description, maxProperties: 64 });
}

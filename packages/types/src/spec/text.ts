import { z } from 'zod';
import { matches, type CelRule } from './cel.ts';
import { durationRules, sizeRules } from './text-rules.ts';

/** A text of one form. Every server knows the pattern; those that know rules also say what to write. */
export function formedText({
  form,
  correction,
  max,
  rules = [],
}: {
  readonly form: RegExp;
  readonly correction: string;
  readonly max: number;
  readonly rules?: readonly CelRule[];
}) {
  const rule: CelRule = { rule: matches(form.source), message: `is not what can stand here; ${correction}` };
  return z
    .string()
    .min(1)
    .max(max)
    .regex(form, { error: correction })
    .meta({ 'x-kubernetes-validations': [rule, ...rules] });
}

/** Name of a Kubernetes object such as a Secret, claim or ServiceAccount. */
export function objectName(description: string, max = 253) {
  return formedText({
    form: /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/,
    correction: 'write the name of a Kubernetes object: lower-case letters, digits, "-" and "."',
    max,
  }).describe(description);
}

/** Duration text; read by `parseDuration` in `core`. */
export function durationText(description: string) {
  return z.string().min(2).max(32).meta({ description, 'x-kubernetes-validations': durationRules });
}

/** Size of a volume, as text; read by `parseSize` in `core`. */
export function sizeText(description: string) {
  return z.string().min(1).max(32).meta({ description, 'x-kubernetes-validations': sizeRules });
}

/** A Kubernetes object whose fields are Kubernetes' own: stored as it is and checked where it is used. */
export function kubernetesObject(description: string) {
  return z.record(z.string(), z.unknown()).meta({ description, 'x-kubernetes-preserve-unknown-fields': true });
}

/** A map of short texts, such as labels. */
export function textMap(description: string, rules: readonly CelRule[] = []) {
  return z
    .record(z.string().max(316), z.string().max(4096))
    .meta({ description, maxProperties: 64, ...(rules.length > 0 && { 'x-kubernetes-validations': rules }) });
}

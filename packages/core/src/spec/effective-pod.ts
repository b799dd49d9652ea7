import {
  corrections,
  group,
  labelKeyForm,
  labels as ourLabels,
  labelValueForm,
  tolerationSentences,
  variableNameForm,
  type EffectivePod,
  type OptionSettings,
} from '@holdfast/types';
import type { Findings } from './findings.ts';
import { parseQuantity } from './quantity.ts';
import { shown } from './refused.ts';

/** What the spec says of the pod, checked as far as a refused Job would otherwise be the first to tell. */
export function effectivePod(given: OptionSettings | undefined, findings: Findings): EffectivePod {
  const { podTemplate, resources, nodeSelector, tolerations, affinity, priorityClassName } = given ?? {};
  const { labels, annotations, securityContext, imagePullSecrets, env } = podTemplate ?? {};
  checkResources(resources, findings);
  checkLabels('spec.options.nodeSelector', nodeSelector, findings);
  checkLabels('spec.options.podTemplate.labels', labels, findings);
  refuseOurs('spec.options.podTemplate.labels', labels, findings);
  refuseOurs('spec.options.podTemplate.annotations', annotations, findings);
  for (const [index, variable] of (env ?? []).entries())
    checkVariable(`spec.options.podTemplate.env[${index}]`, variable, findings);
  for (const [index, toleration] of (tolerations ?? []).entries())
    checkToleration(`spec.options.tolerations[${index}]`, toleration, findings);
  return {
    ...(resources && { resources }),
    ...(nodeSelector && { nodeSelector }),
    ...(tolerations && { tolerations }),
    ...(affinity && { affinity }),
    ...(priorityClassName !== undefined && { priorityClassName }),
    ...(labels && { labels }),
    ...(annotations && { annotations }),
    ...(securityContext && { securityContext }),
    ...(imagePullSecrets && { imagePullSecrets }),
    ...(env && { env }),
  };
}

function checkResources(resources: OptionSettings['resources'], findings: Findings): void {
  for (const part of ['requests', 'limits'] as const) {
    for (const [name, amount] of Object.entries(resources?.[part] ?? {})) {
      findings.read(`spec.options.resources.${part}.${name}`, String(amount), parseQuantity);
    }
  }
}

function checkLabels(field: string, labels: Readonly<Record<string, string>> | undefined, findings: Findings): void {
  for (const [key, value] of Object.entries(labels ?? {})) {
    if (!labelKeyForm.test(key)) findings.invalid(field, `contains the key ${shown(key)}; ${corrections.labelKey}`);
    if (!labelValueForm.test(value))
      findings.invalid(field, `contains ${shown(value)} for ${shown(key)}; ${corrections.labelValue}`);
  }
}

/** Labels and annotations by which Holdfast finds its own objects. */
function refuseOurs(field: string, given: Readonly<Record<string, string>> | undefined, findings: Findings): void {
  const ours: readonly string[] = Object.values(ourLabels);
  for (const key of Object.keys(given ?? {})) {
    if (key.startsWith(`${group}/`) || ours.includes(key))
      findings.invalid(field, `sets ${key}, which Holdfast sets itself; remove it`);
  }
}

type Toleration = NonNullable<OptionSettings['tolerations']>[number];

function checkToleration(field: string, toleration: Toleration, findings: Findings): void {
  const { key = '', operator, value = '', effect, tolerationSeconds } = toleration;
  if (operator !== 'Exists' && key === '') findings.invalid(field, tolerationSentences.key);
  if (operator === 'Exists' && value !== '') findings.invalid(field, tolerationSentences.value);
  if (tolerationSeconds !== undefined && effect !== 'NoExecute') findings.invalid(field, tolerationSentences.seconds);
}

interface Variable {
  readonly name: string;
  readonly value?: string | undefined;
  readonly valueFrom?: unknown;
}

function checkVariable(field: string, { name, value, valueFrom }: Variable, findings: Findings): void {
  if (!variableNameForm.test(name)) findings.invalid(`${field}.name`, `is ${shown(name)}; ${corrections.variableName}`);
  if (name.startsWith('HOLDFAST_'))
    findings.invalid(`${field}.name`, `is ${shown(name)}, which Holdfast sets itself; ${corrections.variableTaken}`);
  if (value !== undefined && valueFrom !== undefined)
    findings.invalid(field, 'has both value and valueFrom; keep one of them');
}

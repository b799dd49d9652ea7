import { group, labels as ourLabels } from '../names.ts';
import { matches, type CelRule } from './cel.ts';
import { corrections } from './sentences.ts';

const taken = Object.values(ourLabels).filter((name) => !name.startsWith(`${group}/`));

/** Labels and annotations by which Holdfast finds its own objects. */
export const metadataRules: readonly CelRule[] = [
  {
    rule: `self.all(key, !key.startsWith('${group}/') && !(key in [${taken.map((name) => `'${name}'`).join(', ')}]))`,
    message: 'sets a key, which Holdfast sets itself; remove it',
  },
];

/** Forms of labels: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set */
export const labelKeyForm: RegExp =
  /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
export const labelValueForm: RegExp = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;

export const labelRules: readonly CelRule[] = [
  {
    rule: `self.all(key, ${matches(labelKeyForm.source, 'key')})`,
    message: `contains a key that is no label; ${corrections.labelKey}`,
  },
  {
    rule: `self.all(key, ${matches(labelValueForm.source, 'self[key]')})`,
    message: `contains a value that is no label's; ${corrections.labelValue}`,
  },
];

export const variableNameForm: RegExp = /^[-._A-Za-z][-._A-Za-z0-9]*$/;

export const variableNameRules: readonly CelRule[] = [
  { rule: matches(variableNameForm.source), message: `is no name of a variable; ${corrections.variableName}` },
  {
    rule: "!self.startsWith('HOLDFAST_')",
    message: `is a name that Holdfast sets itself; ${corrections.variableTaken}`,
  },
];

/** On the variable, so that the server does not repeat its value. */
export const variableRules: readonly CelRule[] = [
  { rule: '!(has(self.value) && has(self.valueFrom))', message: 'has both value and valueFrom; keep one of them' },
];

/** What the API server would refuse in the Job: https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/ */
export const tolerationSentences = {
  key: 'has no key, which only the operator Exists may leave out; name the key of the taint',
  value: 'has a value, which the operator Exists does not look at; remove the value',
  seconds: 'has tolerationSeconds, which only the effect NoExecute knows; remove it or set the effect to NoExecute',
} as const;

const exists = "has(self.operator) && self.operator == 'Exists'";

export const tolerationRules: readonly CelRule[] = [
  { rule: `(${exists}) || (has(self.key) && self.key != '')`, message: tolerationSentences.key },
  { rule: `!(${exists}) || !has(self.value) || self.value == ''`, message: tolerationSentences.value },
  {
    rule: "!has(self.tolerationSeconds) || (has(self.effect) && self.effect == 'NoExecute')",
    message: tolerationSentences.seconds,
  },
];

/** One `x-kubernetes-validations` entry. `message` is our sentence; `core` says the same where no server evaluates rules. */
export interface CelRule {
  readonly rule: string;
  readonly message: string;
  /** Which field below the rule's own object is meant. A rule on an object never has its value repeated by the server. */
  readonly fieldPath?: string;
  readonly reason?: 'FieldValueInvalid' | 'FieldValueForbidden' | 'FieldValueRequired';
}

/**
 * Whether a text contains what the pattern describes. Raw, so that nothing is escaped twice. Only functions of the oldest servers that know
 * rules at all are used: a newer one (`quantity`, `isQuantity`, `cel.bind`) would make these refuse the whole definition.
 */
export function matches(pattern: string, text = 'self'): string {
  return `${text}.matches(r'${pattern}')`;
}

/** True unless both fields are given and differ. */
export function agree(left: string, right: string): string {
  return `!has(${left}) || !has(${right}) || ${left} == ${right}`;
}

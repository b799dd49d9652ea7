import type { ParsedSpec } from '@holdfast/types';
import type { Findings } from './findings.ts';

interface Gap {
  readonly field: string;
  /** Whether the spec asks for it. A value that says what is done anyway asks for nothing. */
  readonly asked: (spec: ParsedSpec) => boolean;
  readonly remedy: string;
}

/** What the API knows and this version does not do. Each is refused by name: nothing is accepted and ignored. */
const gaps: readonly Gap[] = [
  {
    field: 'spec.concurrencyPolicy',
    asked: (spec) => spec.concurrencyPolicy === 'Replace',
    remedy: 'write Forbid or leave it out',
  },
  {
    field: 'spec.objectives',
    asked: ({ objectives }) => objectives?.rpo !== undefined || objectives?.rto !== undefined,
    remedy: 'remove it and watch status.lastSuccessTime',
  },
  {
    field: 'spec.options.encryption.algorithm',
    asked: ({ options }) =>
      options?.encryption?.enabled === true && (options.encryption.algorithm ?? 'AES256') !== 'AES256',
    remedy: 'write AES256 or leave it out',
  },
  {
    field: 'spec.options.transport',
    asked: ({ options }) => options?.transport === 'exec',
    remedy: "write network, and let the target's backup port listen on its pod address",
  },
];

/** Records a refusal for each thing that the spec asks for and this version does not do. */
export function refuseGaps(spec: ParsedSpec, findings: Findings): void {
  for (const { field, asked, remedy } of gaps) {
    if (asked(spec)) findings.unsupported(field, `${field} ${complaint(spec, field)}; ${remedy}`);
  }
}

/** Plain values are shown; objects are not. */
function complaint(spec: ParsedSpec, field: string): string {
  const value = field
    .split('.')
    .slice(1)
    .reduce<unknown>((at, step) => (typeof at === 'object' && at !== null ? Reflect.get(at, step) : undefined), spec);
  if (typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number') {
    return `is ${value}, which this version does not do yet`;
  }
  return 'is something this version does not do yet';
}

import type { KubeObject } from '../objects.ts';

/** Whether an object fits a label selector as Kubernetes writes it: `a=b,c!=d,e in (f,g),h,!i`. */
export function matchesLabels(object: KubeObject, selector: string | undefined): boolean {
  const labels = object.metadata.labels ?? {};
  return requirements(selector).every((requirement) => fits(labels, requirement));
}

/** Whether an object fits a field selector: `metadata.name=a,involvedObject.uid!=b`. */
export function matchesFields(object: KubeObject, selector: string | undefined): boolean {
  return requirements(selector).every((requirement) => {
    const [, path, operator, value] = /^([^=!]+)(!=|==?)(.*)$/.exec(requirement) ?? [];
    if (path === undefined || value === undefined) throw new Error(`field selector "${requirement}" is not understood`);
    return (fieldAt(object, path) === value) !== (operator === '!=');
  });
}

function requirements(selector: string | undefined): string[] {
  if (!selector) return [];
  return selector.split(/,(?![^(]*\))/).map((part) => part.trim());
}

function fits(labels: Readonly<Record<string, string>>, requirement: string): boolean {
  const set = /^(\S+)\s+(in|notin)\s+\(([^)]*)\)$/.exec(requirement);
  if (set) {
    const [, key = '', operator, values = ''] = set;
    const among = labels[key] !== undefined && values.split(',').some((value) => value.trim() === labels[key]);
    return operator === 'in' ? among : !among;
  }
  const [, key = '', operator, value] = /^([^=!]+?)\s*(!=|==?)\s*(.*)$/.exec(requirement) ?? [];
  if (operator) return (labels[key] === value) !== (operator === '!=');
  return requirement.startsWith('!') ? labels[requirement.slice(1)] === undefined : labels[requirement] !== undefined;
}

function fieldAt(object: unknown, path: string): string {
  let value: unknown = object;
  for (const step of path.split('.')) {
    value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[step] : undefined;
  }
  return typeof value === 'string' ? value : '';
}

import { equal, isObject } from '../json.ts';
import type { Json } from '../json.ts';

/** One step of a parsed path. */
type Step = (values: readonly Json[]) => Json[];

/**
 * Evaluates the JSONPath of a printer column: members, `[0]`, `[-1]`, `[*]`, `['name']`, `\.` in names and
 * `[?(@.type=="Ready")]`. Everything that matches is returned, in order.
 */
export function evaluatePath(path: string, root: Json): Json[] {
  let values: Json[] = [root];
  for (const step of parse(path)) values = step(values);
  return values;
}

const parsed = new Map<string, readonly Step[]>();

function parse(path: string): readonly Step[] {
  const known = parsed.get(path);
  if (known) return known;
  const steps: Step[] = [];
  const token =
    /\.(?<member>(?:\\.|[^.[\\])+)|\[\?\(@(?<filter>[^\]]*)\)\]|\['(?<quoted>[^']*)'\]|\[(?<index>-?\d+|\*)\]/y;
  const text = path.startsWith('.') || path.startsWith('[') ? path : `.${path}`;
  while (token.lastIndex < text.length) {
    const groups = token.exec(text)?.groups;
    if (!groups) throw new Error(`"${path}" is no JSONPath a printer column can have`);
    steps.push(stepOf(groups));
  }
  parsed.set(path, steps);
  return steps;
}

function stepOf(groups: { readonly [name: string]: string | undefined }): Step {
  const { member, filter, quoted, index } = groups;
  if (filter !== undefined) return filterStep(filter);
  if (index === '*') return (values) => values.flatMap(children);
  if (index !== undefined) {
    return (values) => values.flatMap((value) => present(Array.isArray(value) ? value.at(Number(index)) : undefined));
  }
  const name = quoted ?? (member ?? '').replaceAll(/\\(.)/g, '$1');
  return (values) => values.flatMap((value) => present(isObject(value) ? value[name] : undefined));
}

function filterStep(filter: string): Step {
  const {
    path = '',
    operator,
    literal = '',
  } = /^(?<path>[^=!<>\s]+)\s*(?<operator>==|!=)\s*(?<literal>.+)$/.exec(filter.trim())?.groups ?? {};
  if (operator === undefined)
    return (values) => values.flatMap(children).filter((item) => evaluatePath(filter.trim(), item).length > 0);
  const wanted: Json = /^['"].*['"]$/.test(literal.trim())
    ? literal.trim().slice(1, -1)
    : (JSON.parse(literal) as Json);
  return (values) =>
    values
      .flatMap(children)
      .filter((item) => evaluatePath(path, item).some((found) => equal(found, wanted)) === (operator === '=='));
}

function children(value: Json): Json[] {
  if (Array.isArray(value)) return value;
  return isObject(value) ? Object.values(value).flatMap(present) : [];
}

function present(value: Json | undefined): Json[] {
  return value === undefined ? [] : [value];
}

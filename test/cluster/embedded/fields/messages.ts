import { CORE_MESSAGES } from './core-messages.ts';
import { OTHER_MESSAGES } from './other-messages.ts';
import { POD_MESSAGES } from './pod-messages.ts';

/**
 * One field of a built-in kind.
 *
 * In the tables a message is a line of `name:number:type`, where type is `s` text, `i` integer, `b` boolean, `y` bytes,
 * `t` and `m` times, `q` quantity, `x` number or text, `d` duration, `r` raw JSON, `@Name` a message; `[]` before it is
 * a list, `{}` a map, `!` behind it means that a zero value is shown. A field without a name lies inside its parent in
 * JSON. Names and numbers are those of the published Kubernetes API, 1.36.
 */
export interface Field {
  readonly name: string;
  readonly number: number;
  readonly type: string;
  readonly shape: 'one' | 'list' | 'map';
  readonly keepsZero: boolean;
}

const TABLES: { readonly [message: string]: string } = { ...CORE_MESSAGES, ...POD_MESSAGES, ...OTHER_MESSAGES };

const parsed = new Map<string, readonly Field[]>();

/** The fields of a message, or `undefined` for one without a table (CustomResourceDefinition, for example). */
export function fieldsOf(message: string): readonly Field[] | undefined {
  const known = parsed.get(message);
  if (known) return known;
  const line = TABLES[message];
  if (line === undefined) return undefined;
  const fields = line.split(' ').map(parseField);
  parsed.set(message, fields);
  return fields;
}

function parseField(text: string): Field {
  const [name = '', number = '', given = ''] = text.split(':');
  const keepsZero = given.endsWith('!');
  const type = given.replace(/^(\[\]|\{\})/, '').replace(/!$/, '');
  const shape = given.startsWith('[]') ? 'list' : given.startsWith('{}') ? 'map' : 'one';
  return { name, number: Number(number), type, shape, keepsZero };
}

/** The message behind a type, `undefined` for plain values. */
export function messageOf(type: string): string | undefined {
  return type.startsWith('@') ? type.slice(1) : undefined;
}

import type { Change } from '../store.ts';

/** Looks at one thing at a time and brings it nearer to what was asked for. */
export interface Controller {
  readonly name: string;
  /** The keys to look at after a change. Called at once, before anything else happens. */
  keysFor(change: Change): readonly string[];
  /** Looks and acts; may be repeated without harm. */
  look(key: string): void;
  /** Keys whose time may have come; asked for several times a second. */
  due?(now: Date): readonly string[];
}

/** The key of an object. */
export function keyOf(namespace: string | undefined, name: string): string {
  return `${namespace ?? ''}/${name}`;
}

/** Namespace and name of a key. */
export function splitKey(key: string): readonly [namespace: string, name: string] {
  const slash = key.indexOf('/');
  return [key.slice(0, slash), key.slice(slash + 1)];
}

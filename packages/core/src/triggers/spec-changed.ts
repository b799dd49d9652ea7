import { createHash } from 'node:crypto';
import type { TriggersStatus } from '@holdfast/types';
import type { Trigger } from './trigger.ts';

/**
 * The spec was edited into something else. The generation says that somebody edited it, the digest that it means something else: neither a
 * pause and its end nor a version of ours that reads specs differently is a change.
 */
export const specChanged: Trigger<NonNullable<TriggersStatus['specChanged']>> = (seen, { backup }) => {
  const { generation, specDigest: digest, uid } = backup;
  if (digest === undefined) return undefined;
  const now = { generation, digest };
  if (!seen) return { kind: 'note', seen: now };
  if (generation <= seen.generation) return undefined;
  if (digest === seen.digest) return { kind: 'note', seen: now };
  return { kind: 'fire', seen: now, subject: uid, value: String(generation) };
};

/** Ten hex digits of what a spec says, whatever the order of its fields; `suspend` is a pause and says nothing of the backup. */
export function specDigest(written: object): string {
  const { suspend: _pause, ...spec } = written as { suspend?: unknown };
  return createHash('sha256')
    .update(JSON.stringify(inOrder(spec)))
    .digest('hex')
    .slice(0, 10);
}

function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, inOrder(inner)]));
}

import { createHash } from 'node:crypto';
import { annotations } from '@holdfast/types';
import { eachOfMany, type Steps } from '../steps.ts';
import type { Because, Held, PlannedFate, Proposal, RetentionPolicy } from './plan.ts';
import { chainsAtOnce, type RunTable } from './run-table.ts';
import { totalOf } from './totals.ts';

interface Fates {
  readonly keep: readonly PlannedFate[];
  readonly remove: readonly PlannedFate[];
}

/**
 * Holds back what would remove a larger share of the artifacts than the policy allows, until a person names that very plan: a policy that
 * was edited by mistake and a clock that is far ahead both look like that. Chains that wait are kept.
 * @param fates newest first
 */
export function* askAPerson(
  fates: Fates,
  { maxDeletePercent, consent, deletePolicy }: RetentionPolicy,
  table: RunTable,
): Steps<Fates & { readonly proposal?: Proposal; readonly held: readonly Held[] }> {
  const { keep, remove } = fates;
  if (remove.length === 0) return { ...fates, held: [] };
  const total = yield* totalOf(remove, table);
  const proposal = { id: yield* planId(remove), chains: remove.toReversed(), total };
  const all = total.artifacts + keep.reduce((sum, { chain }) => sum + chain.entries.length, 0);
  if (maxDeletePercent === undefined || total.artifacts * 100 <= all * maxDeletePercent)
    return { ...fates, proposal, held: [] };
  const isBegun = consent?.begun !== undefined && total.artifacts <= consent.begun.artifacts;
  if (isBegun || consent?.plan === proposal.id)
    return { ...fates, proposal: { ...proposal, consent: 'Acknowledged' }, held: [] };
  const verb = deletePolicy === 'Archive' ? 'archive' : 'remove';
  const message = `plan ${proposal.id} would ${verb} ${total.artifacts} of ${all} artifacts, more than the ${maxDeletePercent} % of spec.retention.maxDeletePercent; read status.retention.plan, and either correct the policy or set the annotation ${annotations.acknowledgePlan} to ${proposal.id}`;
  const waiting = remove.map(({ chain, because }) => ({ chain, because: waits(message, because) }));
  return {
    keep: [...keep, ...waiting],
    remove: [],
    proposal: { ...proposal, consent: 'Waiting' },
    held: [{ reason: 'PlanNotAcknowledged', message, count: remove.length }],
  };
}

const idCharacters = 12;

/** A digest of the manifests of what goes, so that nobody can agree to anything else by accident. */
function* planId(remove: readonly PlannedFate[]): Steps<string> {
  const hash = createHash('sha256');
  yield* eachOfMany(
    remove,
    ({ chain }) => {
      let keys = `${chain.id}\n`;
      for (const { key } of chain.entries) keys += `${key}\n`;
      hash.update(keys);
    },
    chainsAtOnce,
  );
  return hash.digest('hex').slice(0, idCharacters);
}

function waits(sentence: string, { words }: Because): Because {
  return { reason: 'PlanNotAcknowledged', sentence, words: ['waits for an acknowledgement', ...words] };
}

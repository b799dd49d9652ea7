import { annotations, type EffectiveTarget } from '@holdfast/types';
import type { NamedObject } from './objects.ts';
import { waiting, type Waiting } from './waiting.ts';

/** Whether what a backup points at may be backed up from this namespace. Within one namespace nobody is asked. */
export function consents({ metadata }: NamedObject, target: EffectiveTarget, from: string): boolean {
  if (!isForeign(target, from)) return true;
  const allowed = (metadata.annotations?.[annotations.allowBackupsFrom] ?? '').split(',').map((name) => name.trim());
  return allowed.includes('*') || allowed.includes(from);
}

export function isForeign(target: EffectiveTarget, from: string): boolean {
  return target.namespace !== from;
}

/**
 * Said of everything in another namespace that has not agreed. Whether it exists, what it is called and how it is doing is nobody's concern
 * before it has, so the sentence is the same for what is not there.
 * @param what names it in the words of the backup's own spec
 */
export function consentMissing(what: string, target: EffectiveTarget, from: string): Waiting {
  return waiting(
    'TargetConsentMissing',
    `${what} in namespace "${target.namespace}" does not exist or does not allow backups from "${from}"; its owner has to annotate it with ${annotations.allowBackupsFrom}: "${from}"`,
  );
}

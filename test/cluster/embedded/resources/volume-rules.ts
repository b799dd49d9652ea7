import { forbiddenValue, requiredValue } from '../api-error.ts';
import type { Cause } from '../api-error.ts';
import { at, ensureObject, equal, fill, objectAt } from '../json.ts';
import type { JsonObject } from '../json.ts';
import type { KubeObject } from '../kube-object.ts';
import type { Rules } from './resource.ts';

/** Claims start Pending; after creation only their size request may change. */
export const CLAIM_RULES: Rules = {
  defaults: (object) => fill(ensureObject(object, 'spec'), { volumeMode: 'Filesystem', resources: {} }),
  onCreate: (object) => {
    object['status'] = { phase: 'Pending' };
  },
  validate: validateClaim,
};

function validateClaim(object: KubeObject, old?: KubeObject): Cause[] {
  const causes: Cause[] = [];
  const modes = at(object, 'spec', 'accessModes');
  if (!Array.isArray(modes) || modes.length === 0) {
    causes.push(requiredValue('spec.accessModes', 'at least 1 access mode is required'));
  }
  if (at(object, 'spec', 'resources', 'requests', 'storage') === undefined) {
    causes.push(requiredValue('spec.resources[storage]'));
  }
  if (old && !equal(frozen(object), frozen(old))) {
    causes.push(
      forbiddenValue(
        'spec',
        'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims',
      ),
    );
  }
  return causes;
}

function frozen(claim: KubeObject): JsonObject {
  const { accessModes, selector, storageClassName, volumeMode, dataSource } = objectAt(claim, 'spec');
  return { accessModes, selector, storageClassName, volumeMode, dataSource };
}

/** Volumes start Available; the binder moves them on. */
export const VOLUME_RULES: Rules = {
  defaults: (object) =>
    fill(ensureObject(object, 'spec'), { volumeMode: 'Filesystem', persistentVolumeReclaimPolicy: 'Retain' }),
  onCreate: (object) => {
    object['status'] = { phase: 'Available' };
  },
};

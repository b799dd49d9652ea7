import { badRequest, invalidValue, unsupportedMediaType, ApiError } from '../api-error.ts';
import type { Api } from '../api.ts';
import { isObject } from '../json.ts';
import type { Json, JsonObject } from '../json.ts';
import { isKubeObject } from '../kube-object.ts';
import type { KubeObject } from '../kube-object.ts';
import { applyJsonPatch } from '../patch/json-patch.ts';
import { applyMergePatch } from '../patch/merge-patch.ts';
import { applyStrategicMergePatch } from '../patch/strategic-merge-patch.ts';
import type { Resource } from '../resources/resource.ts';
import { getObject, updateObject } from './update.ts';
import type { UpdateOptions, UpdateTarget } from './update.ts';

const JSON_PATCH = 'application/json-patch+json';
const MERGE_PATCH = 'application/merge-patch+json';
const STRATEGIC_PATCH = 'application/strategic-merge-patch+json';

/** A patch and its language. */
export interface Patch {
  readonly contentType: string;
  readonly body: Json;
}

/** Changes an object as PATCH does. Server-side apply, and strategic patches of custom resources, are 415. */
export function patchObject(
  api: Api,
  resource: Resource,
  target: UpdateTarget,
  patch: Patch,
  options: UpdateOptions = {},
): KubeObject {
  const old = getObject(api, resource, target.namespace, target.name);
  const patched = applyPatch(resource, old, patch);
  if (!isKubeObject(patched)) throw badRequest('the patch leaves no apiVersion, kind or metadata');
  const refuse = (findings: string): Error => patchError(JSON.stringify(patched), findings);
  return updateObject(api, resource, target, patched, { ...options, refuse });
}

function applyPatch(resource: Resource, old: KubeObject, patch: Patch): JsonObject {
  switch (patch.contentType) {
    case JSON_PATCH:
      return applyJsonPatch(old, patch.body);
    case MERGE_PATCH:
      return applyMergePatch(old, objectBody(patch.body));
    case STRATEGIC_PATCH:
      if (!resource.schema) return applyStrategicMergePatch(resource.kind, old, objectBody(patch.body));
      throw unsupportedMediaType([JSON_PATCH, MERGE_PATCH]);
    default:
      throw unsupportedMediaType(
        resource.schema ? [JSON_PATCH, MERGE_PATCH] : [JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH],
      );
  }
}

function objectBody(body: Json): JsonObject {
  if (!isObject(body)) throw badRequest('a patch in this language is an object');
  return body;
}

/** The real server reports unknown fields of a patched object as a finding about "patch". */
function patchError(patched: string, findings: string): ApiError {
  const cause = invalidValue('patch', patched, findings);
  return new ApiError(422, 'Invalid', ` "" is invalid: patch: ${cause.message}`, { causes: [{ ...cause }] });
}

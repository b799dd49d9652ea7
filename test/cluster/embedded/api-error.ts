import type { JsonObject } from './json.ts';

/** One finding of a validation, in the words of the API server. */
export interface Cause {
  readonly field: string;
  readonly reason:
    | 'FieldValueInvalid'
    | 'FieldValueRequired'
    | 'FieldValueNotSupported'
    | 'FieldValueForbidden'
    | 'FieldValueDuplicate'
    | 'FieldValueTooLong'
    | 'FieldValueTooMany'
    | 'FieldValueTypeInvalid';
  readonly message: string;
}

/** What an error message needs to know of a kind. */
export interface KindNames {
  readonly group: string;
  readonly kind: string;
  readonly plural: string;
}

/** A refusal that becomes a `Status` object with this code and reason. */
export class ApiError extends Error {
  readonly code: number;
  readonly reason: string;
  readonly details: JsonObject;

  constructor(code: number, reason: string, message: string, details: JsonObject = {}) {
    super(message);
    this.name = 'ApiError';
    this.code = code;
    this.reason = reason;
    this.details = details;
  }

  /** The body a client reads. */
  toStatus(): JsonObject {
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: this.message,
      reason: this.reason,
      details: this.details,
      code: this.code,
    };
  }
}

/** 404 for one object. */
export function notFound(names: KindNames, name: string): ApiError {
  return new ApiError(404, 'NotFound', `${resourceName(names)} "${name}" not found`, whose(names, name));
}

/** 404 for a path nobody serves. */
export function noSuchPath(): ApiError {
  return new ApiError(404, 'NotFound', 'the server could not find the requested resource');
}

/** 409 because the name is taken. */
export function alreadyExists(names: KindNames, name: string): ApiError {
  return new ApiError(409, 'AlreadyExists', `${resourceName(names)} "${name}" already exists`, whose(names, name));
}

/** 409 because the object is not what the caller saw. */
export function conflict(names: KindNames, name: string, why = STALE): ApiError {
  const message = `Operation cannot be fulfilled on ${resourceName(names)} "${name}": ${why}`;
  return new ApiError(409, 'Conflict', message, whose(names, name));
}

const STALE = 'the object has been modified; please apply your changes to the latest version and try again';

/** 422 with every finding as a cause. */
export function invalid(names: KindNames, name: string, causes: readonly Cause[]): ApiError {
  const lines = causes.map((cause) => `${cause.field}: ${cause.message}`);
  const list = lines.length === 1 ? lines.join('') : `[${lines.join(', ')}]`;
  const qualified = names.group === '' ? names.kind : `${names.kind}.${names.group}`;
  return new ApiError(422, 'Invalid', `${qualified} "${name}" is invalid: ${list}`, {
    name,
    ...(names.group === '' ? {} : { group: names.group }),
    kind: names.kind,
    causes: causes.map((cause) => ({ reason: cause.reason, message: cause.message, field: cause.field })),
  });
}

/** 400 for a request we cannot make sense of. */
export function badRequest(message: string): ApiError {
  return new ApiError(400, 'BadRequest', message);
}

/** 403 for what an admission rule refuses. */
export function forbidden(names: KindNames, name: string, why: string, causes: JsonObject[] = []): ApiError {
  const details = causes.length === 0 ? whose(names, name) : { ...whose(names, name), causes };
  return new ApiError(403, 'Forbidden', `${resourceName(names)} "${name}" is forbidden: ${why}`, details);
}

/** 405 for a verb the path does not have. */
export function methodNotAllowed(): ApiError {
  return new ApiError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource');
}

/** 410 for a resourceVersion or continue token that is no longer remembered. */
export function expired(message: string): ApiError {
  return new ApiError(410, 'Expired', message);
}

/** 415 for a body in a language we do not speak. */
export function unsupportedMediaType(accepted: readonly string[]): ApiError {
  const message = `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`;
  return new ApiError(415, 'UnsupportedMediaType', message);
}

/** A value the field does not take. Strings are quoted, objects are shown as JSON. */
export function invalidValue(field: string, value: unknown, why: string): Cause {
  return { field, reason: 'FieldValueInvalid', message: `Invalid value: ${shown(value)}: ${why}` };
}

/** A field that must be there. */
export function requiredValue(field: string, why = ''): Cause {
  return { field, reason: 'FieldValueRequired', message: why === '' ? 'Required value' : `Required value: ${why}` };
}

/** A field that must not be (or be changed) here. */
export function forbiddenValue(field: string, why: string): Cause {
  return { field, reason: 'FieldValueForbidden', message: `Forbidden: ${why}` };
}

/** A value outside a closed list. */
export function unsupportedValue(field: string, value: unknown, supported: readonly unknown[]): Cause {
  const list = supported.map((item) => shown(item)).join(', ');
  return {
    field,
    reason: 'FieldValueNotSupported',
    message: `Unsupported value: ${shown(value)}: supported values: ${list}`,
  };
}

function shown(value: unknown): string {
  return value === undefined ? 'null' : JSON.stringify(value);
}

function resourceName(names: KindNames): string {
  return names.group === '' ? names.plural : `${names.plural}.${names.group}`;
}

function whose(names: KindNames, name: string): JsonObject {
  return { name, ...(names.group === '' ? {} : { group: names.group }), kind: names.plural };
}

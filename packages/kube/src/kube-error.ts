import { BackupError, type ErrorFate, type Reason } from '@holdfast/types';

/**
 * Trouble with the Kubernetes API. `transient` may pass by itself (throttled, server or network trouble, credentials being
 * renewed); `terminal` needs a changed permission, object or configuration.
 */
export class KubeError extends BackupError {
  /** HTTP status; absent when no answer came. */
  readonly status?: number;
  /** How long the server asked us to stay away. */
  readonly retryAfterMs?: number;

  constructor(
    fate: ErrorFate,
    message: string,
    options: { status?: number; retryAfterMs?: number; cause?: unknown } = {},
  ) {
    super(reasonOf(fate, options.status), fate, message, { cause: options.cause });
    this.name = 'KubeError';
    if (options.status !== undefined) this.status = options.status;
    if (options.retryAfterMs !== undefined) this.retryAfterMs = options.retryAfterMs;
  }
}

function reasonOf(fate: ErrorFate, status: number | undefined): Reason {
  if (fate === 'transient') return 'ApiUnavailable';
  return status === 401 || status === 403 ? 'ApiDenied' : 'ApiRefused';
}

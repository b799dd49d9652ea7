/** The user that Neo4j's own images run as. */
const neo4jUser = 7474;

/**
 * Pod-level security: the `restricted` Pod Security level. A given context replaces ours field by field; `{}` leaves all of it to the
 * platform, which assigns its own users.
 */
export function podSecurity(given: Readonly<Record<string, unknown>> | undefined): Record<string, unknown> {
  if (given && Object.keys(given).length === 0) return {};
  return {
    runAsNonRoot: true,
    runAsUser: neo4jUser,
    runAsGroup: neo4jUser,
    fsGroup: neo4jUser,
    fsGroupChangePolicy: 'OnRootMismatch',
    seccompProfile: { type: 'RuntimeDefault' },
    ...given,
  };
}

export function containerSecurity(given: Readonly<Record<string, unknown>> | undefined): Record<string, unknown> {
  const ours = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] }, readOnlyRootFilesystem: true };
  return given && Object.keys(given).length === 0 ? { readOnlyRootFilesystem: true } : ours;
}

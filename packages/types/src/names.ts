/**
 * Every name that crosses a process: API group, labels, annotations, environment variables and file names.
 * A name that only one room uses stays in that room.
 */
export const group = 'neo4j.neo4j.com';
export const version = 'v1alpha1';
export const apiVersion: string = `${group}/${version}`;
export const kind = 'Neo4jBackup';
export const plural = 'neo4jbackups';
export const shortName = 'n4jb';
export const category = 'neo4j';

/** On the CRD: says that it is ours. A CRD of this name without it belongs to another operator and is left alone. */
export const crdMark = { name: `${group}/generated-by`, value: 'holdfast' } as const;

/** Longest name a backup may have, so that `<name>-backup` and a pod's suffix fit into 63 characters. */
export const maxBackupNameLength = 56;

export const annotations = {
  /** Any new token starts one run. */
  run: `${group}/run`,
  /** Any new token has everything that counts read back once. */
  verify: `${group}/verify`,
  /** On a backup: id of the retention plan that may be carried out although it removes a larger share than the policy allows. */
  acknowledgePlan: `${group}/acknowledge-plan`,
  /** On a backup: name of an archived chain that is made readable, and stays so until the annotation goes. */
  thaw: `${group}/thaw`,
  /** On a backup that is being deleted: `true` lets it go although its data could not be erased. */
  forceDelete: `${group}/force-delete`,
  /** On a target: namespaces whose backups it allows, comma-separated, or `*`. */
  allowBackupsFrom: `${group}/allow-backups-from`,
  /** On a backup: back up a plain workload, `statefulset/<name>` or `service/<name>`. */
  target: `${group}/target`,
  /** On a backup: id of the cluster from which its folder is taken over. */
  takeOver: `${group}/take-over`,
  /** On a backup's ServiceAccount: names of the annotations that its spec gave it. */
  given: `${group}/given-annotations`,
  runId: `${group}/run-id`,
  attempt: `${group}/attempt`,
  /** On a Job: the spec, as it was written, that the attempt was planned from. */
  spec: `${group}/spec`,
} as const;

/** Labels on everything made for a backup. The first three let existing network policies admit our pods. */
export const labels = {
  managedBy: 'app.kubernetes.io/managed-by',
  component: 'app.kubernetes.io/component',
  instance: 'app.kubernetes.io/instance',
  backup: `${group}/backup`,
  backupUid: `${group}/backup-uid`,
  runId: `${group}/run-id`,
  attempt: `${group}/attempt`,
  verb: `${group}/verb`,
} as const;

export const managedBy = 'neo4j-operator';
export const component = 'backup';

/** Keeps an object until its data is erased, where its spec asks for that. */
export const eraseFinalizer = `${group}/erase`;

/** The finalizer of the operator that first published this API; objects that carry it are not ours. */
export const foreignFinalizer = 'neo4j.com/backup-finalizer';

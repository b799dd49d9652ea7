/**
 * The one catalogue of reasons. Status, Events, logs, metrics, the agent's results and `docs/reasons.md` use these words and no
 * others. The sentence says what the word means; what to do about it stands in `docs/reasons.md`.
 */
export const reasons = {
  // The object itself
  SpecValid: 'the spec is valid and everything it needs was found',
  SpecInvalid: 'the spec contradicts itself or lacks something; the message names the field and the remedy',
  NotSupportedYet: 'the spec asks for something this version does not do; the message names the field',
  ManagedElsewhere: 'another operator looks after this object, so it is left alone',
  NotCheckedYet: 'nothing has been checked since the object was created or changed',
  // Starting
  ScheduleDue: 'a slot of the schedule came due',
  SlotCaughtUp: 'the newest slot that was missed is being caught up',
  Requested: 'someone set a new token in the run annotation',
  OneShot: 'a backup without a schedule runs once',
  RetentionDue: 'a run succeeded, the policy changed, or a restore point expired',
  RunActive: 'a run is under way',
  Suspended: 'the backup is suspended',
  WaitingForSlot: 'nothing to do until the next slot',
  NothingToDo: 'nothing to do until something changes',
  // Waiting
  WaitingForPlace: 'as many runs as allowed are under way',
  TargetNotFound: 'the target does not exist',
  TargetAmbiguous: 'more than one object fits the target',
  TargetNotReady: 'the target exists and is not ready',
  TargetVersionUnsupported: 'the target runs a version of Neo4j that cannot be backed up this way',
  TargetConsentMissing: 'the target lives in another namespace and does not allow backups from here',
  StorageNotReady: 'the store cannot be used at the moment',
  StorageReachable: 'the store answers and accepts writes',
  BucketMissing: 'the bucket does not exist',
  StorageUnreachable: 'the store cannot be reached',
  StorageDenied: 'the store refuses the credentials',
  EndpointNotAllowed: 'the endpoint is a private address that this installation does not allow',
  CredentialsMissing: 'the Secret with the store credentials, or a key in it, does not exist',
  KeyMissing: 'the Secret with the encryption key, or the entry in it, does not exist',
  KeyMalformed: 'the encryption key is not 32 bytes in any accepted form',
  ClaimMissing: 'the claim does not exist and the spec does not say how large to make it',
  ClaimNotBound: 'the claim exists and no volume is bound to it yet',
  WaitsForFirstPod: 'the claim is bound when its first pod starts',
  ServiceAccountMissing: 'the ServiceAccount that the spec names does not exist',
  PredecessorRunning: 'the Job of an earlier run is still there',
  // Running
  JobRunning: 'the Job has been created',
  JobNotCreated: 'no Job has been created yet',
  NameTaken: 'an object of the needed name exists and is not ours',
  // Type of a backup
  AsAsked: 'the type is the one that was asked for',
  NoParent: 'there is no earlier backup to build on',
  ChainBroken: 'the chain cannot be built on',
  NewChainDue: 'the chain reached its limit of age or length',
  NoWorkVolume: 'staged artifacts leave no chain in reach to build on, so the run is a FULL',
  UnexplainedArtifact: 'the folder holds an artifact that no manifest explains',
  // Ends
  Succeeded: 'every expected database has a proven artifact',
  DatabaseMissing: 'at least one expected database has no new artifact',
  EvidenceMissing: 'nothing proves that the run made what it should have made',
  EngineFailed: 'neo4j-admin ended with an error',
  EngineUsage: 'neo4j-admin refuses its arguments',
  SourceUnreachable: 'at least one server could not be reached',
  TempSpace: 'the scratch volume is too small',
  StoreSpace: 'the store is full',
  OutOfMemory: 'the pod was killed because it needed more memory than it may have',
  Stalled: 'there was no progress for too long',
  DeadlineExceeded: 'the run took longer than allowed',
  StartDeadlineExceeded: 'the pod did not start in time',
  JobLost: 'the Job went away before its result was read',
  PodDisrupted: 'the pod was evicted or its node went away',
  Interrupted: 'the pod was told to stop',
  VerificationFailed: 'an artifact was read back or checked, and is not what it should be',
  NotFullyVerified: 'an artifact could not be verified as far as it should be',
  ArtifactMissing: 'an object that a manifest names is not in the store',
  ArtifactChanged: 'an object is not what its manifest says',
  SlotMissed: 'a slot passed without a run',
  SlotSkipped: 'a slot passed longer ago than the starting deadline allows',
  Superseded: 'the next slot came due before this run could start',
  Cancelled: 'the object was deleted',
  ApiUnavailable: 'the Kubernetes API does not answer, or asks to come back later',
  ApiDenied: 'the Kubernetes API does not allow a service what it needs',
  ApiRefused: 'the Kubernetes API refuses an object as it is',
  QueueUnreachable: 'Redis does not answer',
  UnexpectedError: 'something failed in a way that has no name yet; the log has its stack',
  // Retention
  Expired: 'older than the policy keeps, or beyond its count',
  Kept: 'the policy wants it',
  RetentionApplied: 'the policy was applied',
  NewestVerifiedChain: 'the newest verified chain is never removed',
  NoFreshBackup: 'the last success is too old, so age removes nothing',
  UnreadableManifest: 'a manifest cannot be read, so nothing in its folder is removed',
  EmptyListing: 'the store lists nothing although artifacts are known, so nothing is removed',
  FolderOwnedElsewhere: 'the folder belongs to another cluster',
  RetentionFailed: 'retention could not finish',
} as const satisfies Record<string, string>;

export type Reason = keyof typeof reasons;

export function isReason(word: string): word is Reason {
  return Object.hasOwn(reasons, word);
}

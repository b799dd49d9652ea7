/** Fields of metadata and of the kinds outside core. Notation: see `messages.ts`. */
export const OTHER_MESSAGES: { readonly [message: string]: string } = {
  Condition: 'type:1:s! status:2:s! observedGeneration:3:i lastTransitionTime:4:t reason:5:s! message:6:s!',
  DeleteOptions:
    'gracePeriodSeconds:1:i! preconditions:2:@Preconditions orphanDependents:3:b! propagationPolicy:4:s! dryRun:5:[]s ignoreStoreReadErrorWithClusterBreakingPotential:6:b!',
  LabelSelector: 'matchLabels:1:{}s matchExpressions:2:[]@LabelSelectorRequirement',
  LabelSelectorRequirement: 'key:1:s! operator:2:s! values:3:[]s',
  ManagedFieldsEntry: 'manager:1:s operation:2:s apiVersion:3:s time:4:t fieldsType:6:s fieldsV1:7:r subresource:8:s',
  ObjectMeta:
    'name:1:s generateName:2:s namespace:3:s selfLink:4:s uid:5:s resourceVersion:6:s generation:7:i creationTimestamp:8:t deletionTimestamp:9:t deletionGracePeriodSeconds:10:i! labels:11:{}s annotations:12:{}s ownerReferences:13:[]@OwnerReference finalizers:14:[]s managedFields:17:[]@ManagedFieldsEntry',
  OwnerReference: 'apiVersion:5:s! kind:1:s! name:3:s! uid:4:s! controller:6:b! blockOwnerDeletion:7:b!',
  Preconditions: 'uid:1:s! resourceVersion:2:s!',
  Deployment: 'metadata:1:@ObjectMeta spec:2:@DeploymentSpec status:3:@DeploymentStatus',
  DeploymentCondition: 'type:1:s! status:2:s! lastUpdateTime:6:t lastTransitionTime:7:t reason:4:s message:5:s',
  DeploymentSpec:
    'replicas:1:i! selector:2:@LabelSelector template:3:@PodTemplateSpec strategy:4:@DeploymentStrategy minReadySeconds:5:i revisionHistoryLimit:6:i! paused:7:b progressDeadlineSeconds:9:i!',
  DeploymentStatus:
    'observedGeneration:1:i replicas:2:i updatedReplicas:3:i readyReplicas:7:i availableReplicas:4:i unavailableReplicas:5:i terminatingReplicas:9:i! conditions:6:[]@DeploymentCondition collisionCount:8:i!',
  DeploymentStrategy: 'type:1:s rollingUpdate:2:@RollingUpdateDeployment',
  RollingUpdateDeployment: 'maxUnavailable:1:x maxSurge:2:x',
  RollingUpdateStatefulSetStrategy: 'partition:1:i! maxUnavailable:2:x',
  StatefulSet: 'metadata:1:@ObjectMeta spec:2:@StatefulSetSpec status:3:@StatefulSetStatus',
  StatefulSetCondition: 'type:1:s! status:2:s! lastTransitionTime:3:t reason:4:s message:5:s',
  StatefulSetOrdinals: 'start:1:i!',
  StatefulSetPersistentVolumeClaimRetentionPolicy: 'whenDeleted:1:s whenScaled:2:s',
  StatefulSetSpec:
    'replicas:1:i! selector:2:@LabelSelector template:3:@PodTemplateSpec volumeClaimTemplates:4:[]@PersistentVolumeClaim serviceName:5:s! podManagementPolicy:6:s updateStrategy:7:@StatefulSetUpdateStrategy revisionHistoryLimit:8:i! minReadySeconds:9:i persistentVolumeClaimRetentionPolicy:10:@StatefulSetPersistentVolumeClaimRetentionPolicy ordinals:11:@StatefulSetOrdinals',
  StatefulSetStatus:
    'observedGeneration:1:i replicas:2:i! readyReplicas:3:i currentReplicas:4:i updatedReplicas:5:i currentRevision:6:s updateRevision:7:s collisionCount:9:i! conditions:10:[]@StatefulSetCondition availableReplicas:11:i!',
  StatefulSetUpdateStrategy: 'type:1:s rollingUpdate:2:@RollingUpdateStatefulSetStrategy',
  CronJob: 'metadata:1:@ObjectMeta spec:2:@CronJobSpec status:3:@CronJobStatus',
  CronJobSpec:
    'schedule:1:s! timeZone:8:s! startingDeadlineSeconds:2:i! concurrencyPolicy:3:s suspend:4:b! jobTemplate:5:@JobTemplateSpec successfulJobsHistoryLimit:6:i! failedJobsHistoryLimit:7:i!',
  CronJobStatus: 'active:1:[]@ObjectReference lastScheduleTime:4:t lastSuccessfulTime:5:t',
  Job: 'metadata:1:@ObjectMeta spec:2:@JobSpec status:3:@JobStatus',
  JobCondition: 'type:1:s! status:2:s! lastProbeTime:3:t lastTransitionTime:4:t reason:5:s message:6:s',
  JobSpec:
    'parallelism:1:i! completions:2:i! activeDeadlineSeconds:3:i! podFailurePolicy:11:@PodFailurePolicy successPolicy:16:@SuccessPolicy backoffLimit:7:i! backoffLimitPerIndex:12:i! maxFailedIndexes:13:i! selector:4:@LabelSelector manualSelector:5:b! template:6:@PodTemplateSpec ttlSecondsAfterFinished:8:i! completionMode:9:s! suspend:10:b! podReplacementPolicy:14:s! managedBy:15:s!',
  JobStatus:
    'conditions:1:[]@JobCondition startTime:2:t completionTime:3:t active:4:i succeeded:5:i failed:6:i terminating:11:i! completedIndexes:7:s failedIndexes:10:s! uncountedTerminatedPods:8:@UncountedTerminatedPods ready:9:i!',
  JobTemplateSpec: 'metadata:1:@ObjectMeta spec:2:@JobSpec',
  PodFailurePolicy: 'rules:1:[]@PodFailurePolicyRule',
  PodFailurePolicyOnExitCodesRequirement: 'containerName:1:s! operator:2:s! values:3:[]i',
  PodFailurePolicyOnPodConditionsPattern: 'type:1:s! status:2:s!',
  PodFailurePolicyRule:
    'action:1:s! onExitCodes:2:@PodFailurePolicyOnExitCodesRequirement onPodConditions:3:[]@PodFailurePolicyOnPodConditionsPattern',
  SuccessPolicy: 'rules:1:[]@SuccessPolicyRule',
  SuccessPolicyRule: 'succeededIndexes:1:s! succeededCount:2:i!',
  UncountedTerminatedPods: 'succeeded:1:[]s failed:2:[]s',
  Lease: 'metadata:1:@ObjectMeta spec:2:@LeaseSpec',
  LeaseSpec:
    'holderIdentity:1:s! leaseDurationSeconds:2:i! acquireTime:3:m renewTime:4:m leaseTransitions:5:i! strategy:6:s! preferredHolder:7:s!',
  Eviction: 'metadata:1:@ObjectMeta deleteOptions:2:@DeleteOptions',
  AggregationRule: 'clusterRoleSelectors:1:[]@LabelSelector',
  ClusterRole: 'metadata:1:@ObjectMeta rules:2:[]@PolicyRule aggregationRule:3:@AggregationRule',
  ClusterRoleBinding: 'metadata:1:@ObjectMeta subjects:2:[]@Subject roleRef:3:@RoleRef',
  PolicyRule: 'verbs:1:[]s apiGroups:2:[]s resources:3:[]s resourceNames:4:[]s nonResourceURLs:5:[]s',
  Role: 'metadata:1:@ObjectMeta rules:2:[]@PolicyRule',
  RoleBinding: 'metadata:1:@ObjectMeta subjects:2:[]@Subject roleRef:3:@RoleRef',
  RoleRef: 'apiGroup:1:s! kind:2:s! name:3:s!',
  Subject: 'kind:1:s! apiGroup:2:s name:3:s! namespace:4:s',
  PriorityClass: 'metadata:1:@ObjectMeta value:2:i! globalDefault:3:b description:4:s preemptionPolicy:5:s!',
  StorageClass:
    'metadata:1:@ObjectMeta provisioner:2:s! parameters:3:{}s reclaimPolicy:4:s! mountOptions:5:[]s allowVolumeExpansion:6:b! volumeBindingMode:7:s! allowedTopologies:8:[]@TopologySelectorTerm',
};

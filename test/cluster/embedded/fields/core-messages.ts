/** Fields of the core kinds, without those of pod templates. Notation: see `messages.ts`. */
export const CORE_MESSAGES: { readonly [message: string]: string } = {
  AttachedVolume: 'name:1:s! devicePath:2:s!',
  AzureFilePersistentVolumeSource: 'secretName:1:s! shareName:2:s! readOnly:3:b secretNamespace:4:s!',
  Binding: 'metadata:1:@ObjectMeta target:2:@ObjectReference',
  CSIPersistentVolumeSource:
    'driver:1:s! volumeHandle:2:s! readOnly:3:b fsType:4:s volumeAttributes:5:{}s controllerPublishSecretRef:6:@SecretReference nodeStageSecretRef:7:@SecretReference nodePublishSecretRef:8:@SecretReference controllerExpandSecretRef:9:@SecretReference nodeExpandSecretRef:10:@SecretReference',
  CephFSPersistentVolumeSource:
    'monitors:1:[]s path:2:s user:3:s secretFile:4:s secretRef:5:@SecretReference readOnly:6:b',
  CinderPersistentVolumeSource: 'volumeID:1:s! fsType:2:s readOnly:3:b secretRef:4:@SecretReference',
  ClientIPConfig: 'timeoutSeconds:1:i!',
  ConfigMap: 'metadata:1:@ObjectMeta immutable:4:b! data:2:{}s binaryData:3:{}y',
  ConfigMapNodeConfigSource: 'namespace:1:s! name:2:s! uid:3:s resourceVersion:4:s kubeletConfigKey:5:s!',
  ContainerExtendedResourceRequest: 'containerName:1:s! resourceName:2:s! requestName:3:s!',
  ContainerImage: 'names:1:[]s sizeBytes:2:i',
  ContainerState:
    'waiting:1:@ContainerStateWaiting running:2:@ContainerStateRunning terminated:3:@ContainerStateTerminated',
  ContainerStateRunning: 'startedAt:1:t',
  ContainerStateTerminated:
    'exitCode:1:i! signal:2:i reason:3:s message:4:s startedAt:5:t finishedAt:6:t containerID:7:s',
  ContainerStateWaiting: 'reason:1:s message:2:s',
  ContainerStatus:
    'name:1:s! state:2:@ContainerState lastState:3:@ContainerState ready:4:b! restartCount:5:i! image:6:s! imageID:7:s! containerID:8:s started:9:b! allocatedResources:10:{}q resources:11:@ResourceRequirements volumeMounts:12:[]@VolumeMountStatus user:13:@ContainerUser allocatedResourcesStatus:14:[]@ResourceStatus stopSignal:15:s!',
  ContainerUser: 'linux:1:@LinuxContainerUser',
  DaemonEndpoint: 'Port:1:i!',
  EndpointAddress: 'ip:1:s! hostname:3:s nodeName:4:s! targetRef:2:@ObjectReference',
  EndpointPort: 'name:1:s port:2:i! protocol:3:s appProtocol:4:s!',
  EndpointSubset: 'addresses:1:[]@EndpointAddress notReadyAddresses:2:[]@EndpointAddress ports:3:[]@EndpointPort',
  Endpoints: 'metadata:1:@ObjectMeta subsets:2:[]@EndpointSubset',
  Event:
    'metadata:1:@ObjectMeta involvedObject:2:@ObjectReference reason:3:s message:4:s source:5:@EventSource firstTimestamp:6:t lastTimestamp:7:t count:8:i type:9:s eventTime:10:m series:11:@EventSeries action:12:s related:13:@ObjectReference reportingComponent:14:s! reportingInstance:15:s!',
  EventSeries: 'count:1:i lastObservedTime:2:m',
  EventSource: 'component:1:s host:2:s',
  FlexPersistentVolumeSource: 'driver:1:s! fsType:2:s secretRef:3:@SecretReference readOnly:4:b options:5:{}s',
  GlusterfsPersistentVolumeSource: 'endpoints:1:s! path:2:s! readOnly:3:b endpointsNamespace:4:s!',
  HostIP: 'ip:1:s!',
  ISCSIPersistentVolumeSource:
    'targetPortal:1:s! iqn:2:s! lun:3:i! iscsiInterface:4:s fsType:5:s readOnly:6:b portals:7:[]s chapAuthDiscovery:8:b chapAuthSession:11:b secretRef:10:@SecretReference initiatorName:12:s!',
  ImageVolumeStatus: 'imageRef:1:s',
  LinuxContainerUser: 'uid:1:i! gid:2:i! supplementalGroups:3:[]i',
  LoadBalancerIngress: 'ip:1:s hostname:2:s ipMode:3:s! ports:4:[]@PortStatus',
  LoadBalancerStatus: 'ingress:1:[]@LoadBalancerIngress',
  LocalVolumeSource: 'path:1:s! fsType:2:s!',
  ModifyVolumeStatus: 'targetVolumeAttributesClassName:1:s status:2:s!',
  Namespace: 'metadata:1:@ObjectMeta spec:2:@NamespaceSpec status:3:@NamespaceStatus',
  NamespaceCondition: 'type:1:s! status:2:s! lastTransitionTime:4:t reason:5:s message:6:s',
  NamespaceSpec: 'finalizers:1:[]s',
  NamespaceStatus: 'phase:1:s conditions:2:[]@NamespaceCondition',
  Node: 'metadata:1:@ObjectMeta spec:2:@NodeSpec status:3:@NodeStatus',
  NodeAddress: 'type:1:s! address:2:s!',
  NodeAllocatableResourceClaimStatus: 'resourceClaimName:1:s! containers:2:[]s resources:3:{}q',
  NodeCondition: 'type:1:s! status:2:s! lastHeartbeatTime:3:t lastTransitionTime:4:t reason:5:s message:6:s',
  NodeConfigSource: 'configMap:2:@ConfigMapNodeConfigSource',
  NodeConfigStatus:
    'assigned:1:@NodeConfigSource active:2:@NodeConfigSource lastKnownGood:3:@NodeConfigSource error:4:s',
  NodeDaemonEndpoints: 'kubeletEndpoint:1:@DaemonEndpoint',
  NodeFeatures: 'supplementalGroupsPolicy:1:b!',
  NodeRuntimeHandler: 'name:1:s! features:2:@NodeRuntimeHandlerFeatures',
  NodeRuntimeHandlerFeatures: 'recursiveReadOnlyMounts:1:b! userNamespaces:2:b!',
  NodeSpec:
    'podCIDR:1:s podCIDRs:7:[]s providerID:3:s unschedulable:4:b taints:5:[]@Taint configSource:6:@NodeConfigSource externalID:2:s',
  NodeStatus:
    'capacity:1:{}q allocatable:2:{}q phase:3:s conditions:4:[]@NodeCondition addresses:5:[]@NodeAddress daemonEndpoints:6:@NodeDaemonEndpoints nodeInfo:7:@NodeSystemInfo images:8:[]@ContainerImage volumesInUse:9:[]s volumesAttached:10:[]@AttachedVolume config:11:@NodeConfigStatus runtimeHandlers:12:[]@NodeRuntimeHandler features:13:@NodeFeatures declaredFeatures:14:[]s',
  NodeSwapStatus: 'capacity:1:i!',
  NodeSystemInfo:
    'machineID:1:s! systemUUID:2:s! bootID:3:s! kernelVersion:4:s! osImage:5:s! containerRuntimeVersion:6:s! kubeletVersion:7:s! kubeProxyVersion:8:s! operatingSystem:9:s! architecture:10:s! swap:11:@NodeSwapStatus',
  ObjectReference: 'kind:1:s namespace:2:s name:3:s uid:4:s apiVersion:5:s resourceVersion:6:s fieldPath:7:s',
  PersistentVolume: 'metadata:1:@ObjectMeta spec:2:@PersistentVolumeSpec status:3:@PersistentVolumeStatus',
  PersistentVolumeClaim:
    'metadata:1:@ObjectMeta spec:2:@PersistentVolumeClaimSpec status:3:@PersistentVolumeClaimStatus',
  PersistentVolumeClaimCondition:
    'type:1:s! status:2:s! lastProbeTime:3:t lastTransitionTime:4:t reason:5:s message:6:s',
  PersistentVolumeClaimStatus:
    'phase:1:s accessModes:2:[]s capacity:3:{}q conditions:4:[]@PersistentVolumeClaimCondition allocatedResources:5:{}q allocatedResourceStatuses:7:{}s currentVolumeAttributesClassName:8:s! modifyVolumeStatus:9:@ModifyVolumeStatus',
  PersistentVolumeSource:
    'gcePersistentDisk:1:@GCEPersistentDiskVolumeSource awsElasticBlockStore:2:@AWSElasticBlockStoreVolumeSource hostPath:3:@HostPathVolumeSource glusterfs:4:@GlusterfsPersistentVolumeSource nfs:5:@NFSVolumeSource rbd:6:@RBDPersistentVolumeSource iscsi:7:@ISCSIPersistentVolumeSource cinder:8:@CinderPersistentVolumeSource cephfs:9:@CephFSPersistentVolumeSource fc:10:@FCVolumeSource flocker:11:@FlockerVolumeSource flexVolume:12:@FlexPersistentVolumeSource azureFile:13:@AzureFilePersistentVolumeSource vsphereVolume:14:@VsphereVirtualDiskVolumeSource quobyte:15:@QuobyteVolumeSource azureDisk:16:@AzureDiskVolumeSource photonPersistentDisk:17:@PhotonPersistentDiskVolumeSource portworxVolume:18:@PortworxVolumeSource scaleIO:19:@ScaleIOPersistentVolumeSource local:20:@LocalVolumeSource storageos:21:@StorageOSPersistentVolumeSource csi:22:@CSIPersistentVolumeSource',
  PersistentVolumeSpec:
    'capacity:1:{}q :2:@PersistentVolumeSource accessModes:3:[]s claimRef:4:@ObjectReference persistentVolumeReclaimPolicy:5:s storageClassName:6:s mountOptions:7:[]s volumeMode:8:s! nodeAffinity:9:@VolumeNodeAffinity volumeAttributesClassName:10:s!',
  PersistentVolumeStatus: 'phase:1:s message:2:s reason:3:s lastPhaseTransitionTime:4:t',
  Pod: 'metadata:1:@ObjectMeta spec:2:@PodSpec status:3:@PodStatus',
  PodCondition:
    'type:1:s! observedGeneration:7:i status:2:s! lastProbeTime:3:t lastTransitionTime:4:t reason:5:s message:6:s',
  PodExtendedResourceClaimStatus: 'requestMappings:1:[]@ContainerExtendedResourceRequest resourceClaimName:2:s!',
  PodIP: 'ip:1:s!',
  PodResourceClaimStatus: 'name:1:s! resourceClaimName:2:s!',
  PodStatus:
    'observedGeneration:17:i phase:1:s conditions:2:[]@PodCondition message:3:s reason:4:s nominatedNodeName:11:s hostIP:5:s hostIPs:16:[]@HostIP podIP:6:s podIPs:12:[]@PodIP startTime:7:t initContainerStatuses:10:[]@ContainerStatus containerStatuses:8:[]@ContainerStatus qosClass:9:s ephemeralContainerStatuses:13:[]@ContainerStatus resize:14:s resourceClaimStatuses:15:[]@PodResourceClaimStatus extendedResourceClaimStatus:18:@PodExtendedResourceClaimStatus allocatedResources:19:{}q resources:20:@ResourceRequirements nodeAllocatableResourceClaimStatuses:21:[]@NodeAllocatableResourceClaimStatus',
  PortStatus: 'port:1:i! protocol:2:s! error:3:s!',
  RBDPersistentVolumeSource:
    'monitors:1:[]s image:2:s! fsType:3:s pool:4:s user:5:s keyring:6:s secretRef:7:@SecretReference readOnly:8:b',
  ResourceHealth: 'resourceID:1:s! health:2:s message:6:s!',
  ResourceStatus: 'name:1:s! resources:2:[]@ResourceHealth',
  ScaleIOPersistentVolumeSource:
    'gateway:1:s! system:2:s! secretRef:3:@SecretReference sslEnabled:4:b protectionDomain:5:s storagePool:6:s storageMode:7:s volumeName:8:s fsType:9:s readOnly:10:b',
  Secret: 'metadata:1:@ObjectMeta immutable:5:b! data:2:{}y stringData:4:{}s type:3:s',
  SecretReference: 'name:1:s namespace:2:s',
  Service: 'metadata:1:@ObjectMeta spec:2:@ServiceSpec status:3:@ServiceStatus',
  ServiceAccount:
    'metadata:1:@ObjectMeta secrets:2:[]@ObjectReference imagePullSecrets:3:[]@LocalObjectReference automountServiceAccountToken:4:b!',
  ServicePort: 'name:1:s protocol:2:s appProtocol:6:s! port:3:i! targetPort:4:x nodePort:5:i',
  ServiceSpec:
    'ports:1:[]@ServicePort selector:2:{}s clusterIP:3:s clusterIPs:18:[]s type:4:s externalIPs:5:[]s sessionAffinity:7:s loadBalancerIP:8:s loadBalancerSourceRanges:9:[]s externalName:10:s externalTrafficPolicy:11:s healthCheckNodePort:12:i publishNotReadyAddresses:13:b sessionAffinityConfig:14:@SessionAffinityConfig ipFamilies:19:[]s ipFamilyPolicy:17:s! allocateLoadBalancerNodePorts:20:b! loadBalancerClass:21:s! internalTrafficPolicy:22:s! trafficDistribution:23:s!',
  ServiceStatus: 'loadBalancer:1:@LoadBalancerStatus conditions:2:[]@Condition',
  SessionAffinityConfig: 'clientIP:1:@ClientIPConfig',
  StorageOSPersistentVolumeSource:
    'volumeName:1:s volumeNamespace:2:s fsType:3:s readOnly:4:b secretRef:5:@ObjectReference',
  Taint: 'key:1:s! value:2:s effect:3:s! timeAdded:4:t',
  TopologySelectorLabelRequirement: 'key:1:s! values:2:[]s',
  TopologySelectorTerm: 'matchLabelExpressions:1:[]@TopologySelectorLabelRequirement',
  VolumeMountStatus: 'name:1:s! mountPath:2:s! readOnly:3:b recursiveReadOnly:4:s! volumeStatus:5:@VolumeStatus',
  VolumeNodeAffinity: 'required:1:@NodeSelector',
  VolumeStatus: 'image:1:@ImageVolumeStatus',
};

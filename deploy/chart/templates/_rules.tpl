{{/*
What each service may do, verb by verb. Nothing else is called: packages/kube is the only door to the API.
Secrets are read by name; nobody may list or watch them.
*/}}

{{- define "holdfast.rules.watcher" -}}
- apiGroups: [neo4j.neo4j.com]
  resources: [neo4jbackups]
  # list, watch: to know all of them; get: a fresh look before each write; patch: the finalizer of objects whose data goes with them.
  verbs: [get, list, watch, patch]
- apiGroups: [neo4j.neo4j.com]
  resources: [neo4jbackups/status]
  # update: records, admits and settles runs.
  verbs: [update]
- apiGroups: [neo4j.neo4j.com]
  resources: [neo4jenterpriseclusters, neo4jenterprisestandalones, neo4jdatabases]
  # list, watch: a target that became ready wakes the runs that wait for it.
  verbs: [list, watch]
- apiGroups: [apps]
  resources: [statefulsets]
  # list, watch: the same for targets that are plain workloads, while something needs to know of one.
  verbs: [list, watch]
- apiGroups: [""]
  resources: [services, pods]
  # list, watch: the same for Services, and for the pods of both.
  verbs: [list, watch]
- apiGroups: [batch]
  resources: [jobs]
  # list, watch: a Job's end is an event; get, delete: ends the Job of a run that was cancelled or expired.
  verbs: [get, list, watch, delete]
- apiGroups: [""]
  resources: [events]
  # create: tells transitions; get: sees that one was told already.
  verbs: [create, get]
{{- end -}}

{{/* What whoever works on a backup does: worker and retention alike. */}}
{{- define "holdfast.rules.access" -}}
- apiGroups: [neo4j.neo4j.com]
  resources: [neo4jbackups]
  # get: the object that a ring names.
  verbs: [get]
- apiGroups: [neo4j.neo4j.com]
  resources: [neo4jbackups/status]
  # update: what was done, and how it ended.
  verbs: [update]
- apiGroups: [batch]
  resources: [jobs]
  # create: one attempt is one Job; get: whose the one of that name is; delete: a finished one makes room for the next.
  verbs: [create, get, delete]
- apiGroups: [""]
  resources: [pods]
  # list: termination messages of a Job's pods, and the pods of a target.
  verbs: [list]
- apiGroups: [""]
  resources: [secrets]
  # get: the static keys that a spec names.
  verbs: [get]
- apiGroups: [""]
  resources: [serviceaccounts]
  # create, get: the account of a backup's pods; patch: its annotations, when the spec's change.
  verbs: [create, get, patch]
- apiGroups: [rbac.authorization.k8s.io]
  resources: [roles, rolebindings]
  # create, get: what that account may do. No escalate and no bind: nothing can be granted that is not held.
  verbs: [create, get]
- apiGroups: [""]
  resources: [pods/log]
  # get: held only to be granted to the account of a backup.
  verbs: [get]
- apiGroups: [""]
  resources: [events]
  # create: tells transitions; get: sees that one was told already.
  verbs: [create, get]
{{- end -}}

{{- define "holdfast.rules.worker" -}}
{{ include "holdfast.rules.access" . }}
- apiGroups: [neo4j.neo4j.com]
  resources: [neo4jenterpriseclusters, neo4jenterprisestandalones]
  # get: the target by its name.
  verbs: [get]
- apiGroups: [neo4j.neo4j.com]
  resources: [neo4jdatabases]
  # list: which databases are expected, and where a database lives.
  verbs: [list]
- apiGroups: [apps]
  resources: [statefulsets]
  # get: a target that is a plain workload.
  verbs: [get]
- apiGroups: [""]
  resources: [services]
  # get: the same, and whether the pods of a StatefulSet have names.
  verbs: [get]
- apiGroups: [""]
  resources: [persistentvolumeclaims]
  # get: whether a claim is bound; create: one that a spec describes and nobody made.
  verbs: [create, get]
{{- end -}}

{{/* What is done once, after the release was uninstalled. */}}
{{- define "holdfast.rules.release" -}}
- apiGroups: [neo4j.neo4j.com]
  resources: [neo4jbackups]
  # list: which of them carry our finalizer; patch: takes it off.
  verbs: [list, patch]
{{- end -}}

{{- define "holdfast.rules.retention" -}}
{{ include "holdfast.rules.access" . }}
{{- end -}}

{{/* Reads of things that are in no namespace. */}}
{{- define "holdfast.clusterRules.watcher" -}}
{{- end -}}

{{- define "holdfast.clusterRules.retention" -}}
- apiGroups: [""]
  resources: [namespaces]
  resourceNames: [kube-system]
  # get: its UID tells this cluster from others that share a bucket.
  verbs: [get]
{{- end -}}

{{- define "holdfast.clusterRules.worker" -}}
{{ include "holdfast.clusterRules.retention" . }}
- apiGroups: [storage.k8s.io]
  resources: [storageclasses]
  # get: whether a claim is bound only when its first pod starts.
  verbs: [get]
{{- end -}}

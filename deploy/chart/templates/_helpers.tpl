{{- define "holdfast.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{/* At most 40 characters, so that every suffix of ours still fits into a label. */}}
{{- define "holdfast.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else if contains (include "holdfast.name" .) .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "holdfast.name" .) | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* What is not in a namespace carries the release's in its name: two installations do not take each other's. */}}
{{- define "holdfast.clusterName" -}}
{{- printf "%s-%s" (include "holdfast.fullname" .) .Release.Namespace | trunc 52 | trimSuffix "-" -}}
{{- end -}}

{{/* (root, component): labels by which the pods of a component are selected. */}}
{{- define "holdfast.selector" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: {{ include "holdfast.name" $root }}
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end -}}

{{- define "holdfast.labels" -}}
{{- $root := index . 0 -}}
{{ include "holdfast.selector" . }}
app.kubernetes.io/part-of: holdfast
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version }}
{{- end -}}

{{/* (root, image's name): `registry/holdfast/worker:tag`, or by its digest. */}}
{{- define "holdfast.image" -}}
{{- $root := index . 0 -}}
{{- $name := index . 1 -}}
{{- $image := $root.Values.image -}}
{{- with $image.registry }}{{ . }}/{{ end -}}
{{- $image.repository }}/{{ $name -}}
{{- with index $image.digests $name }}@{{ . }}{{ else }}:{{ default $root.Chart.AppVersion $image.tag }}{{ end -}}
{{- end -}}

{{/* (root, component) */}}
{{- define "holdfast.serviceAccount" -}}
{{- printf "%s-%s" (include "holdfast.fullname" (index . 0)) (index . 1) -}}
{{- end -}}

{{- define "holdfast.redisSecret" -}}
{{- if .Values.redis.embedded.enabled -}}
{{ include "holdfast.fullname" . }}-redis
{{- else -}}
{{ .Values.redis.external.existingSecret }}
{{- end -}}
{{- end -}}

{{- define "holdfast.redisKey" -}}
{{- if .Values.redis.embedded.enabled }}url{{ else }}{{ .Values.redis.external.key }}{{ end -}}
{{- end -}}

{{/* What passes Pod Security "restricted": https://kubernetes.io/docs/concepts/security/pod-security-standards/ */}}
{{- define "holdfast.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
runAsNonRoot: true
capabilities:
  drop: [ALL]
{{- end -}}

{{/* (root, user) */}}
{{- define "holdfast.podSecurity" -}}
runAsNonRoot: true
runAsUser: {{ index . 1 }}
runAsGroup: {{ index . 1 }}
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{/* Refusals that a schema cannot say. */}}
{{- define "holdfast.refusals" -}}
{{- $redis := .Values.redis -}}
{{- if and $redis.embedded.enabled $redis.external.existingSecret -}}
{{- fail "redis: both redis.embedded.enabled and redis.external.existingSecret are given; set redis.embedded.enabled=false, or remove the Secret's name" -}}
{{- end -}}
{{- if not (or $redis.embedded.enabled $redis.external.existingSecret) -}}
{{- fail "redis.external.existingSecret is missing; name a Secret whose key holds a redis:// or rediss:// URL, or set redis.embedded.enabled=true" -}}
{{- end -}}
{{- if ne .Values.crds.group "neo4j.neo4j.com" -}}
{{- fail (printf "crds.group %q is not supported yet; leave it at neo4j.neo4j.com" .Values.crds.group) -}}
{{- end -}}
{{- if and (not .Values.rbac.clusterReads) (not .Values.watchNamespace) -}}
{{- fail "rbac.clusterReads=false needs watchNamespace: who watches all namespaces reads at cluster scope anyway; name the namespace, or set rbac.clusterReads=true" -}}
{{- end -}}
{{- if and (not .Values.rbac.clusterReads) (not .Values.clusterId) -}}
{{- fail "rbac.clusterReads=false needs clusterId, because the services may then not read the namespace kube-system; set it to a word that no other cluster uses, such as its UID: kubectl get namespace kube-system -o jsonpath='{.metadata.uid}'" -}}
{{- end -}}
{{- end -}}

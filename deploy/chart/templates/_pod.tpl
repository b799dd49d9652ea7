{{- define "holdfast.placement" -}}
{{- with .Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- end -}}

{{/* Variables that every service understands: docs/operate.md. */}}
{{- define "holdfast.env" -}}
- name: HOLDFAST_REDIS_URL
  valueFrom:
    secretKeyRef:
      name: {{ include "holdfast.redisSecret" . }}
      key: {{ include "holdfast.redisKey" . }}
- name: HOLDFAST_HTTP_PORT
  value: {{ .Values.httpPort | quote }}
- name: HOLDFAST_LOG_LEVEL
  value: {{ .Values.logLevel }}
- name: HOLDFAST_SHUTDOWN_SECONDS
  value: {{ .Values.shutdownSeconds | quote }}
{{- with .Values.metrics.token.existingSecret }}
- name: HOLDFAST_METRICS_TOKEN
  valueFrom:
    secretKeyRef:
      name: {{ . }}
      key: {{ $.Values.metrics.token.key }}
{{- end }}
{{- end -}}

{{- define "holdfast.env.watcher" -}}
{{ include "holdfast.env" . }}
- name: HOLDFAST_NAMESPACE
  valueFrom:
    fieldRef: { fieldPath: metadata.namespace }
- name: HOLDFAST_IDENTITY
  valueFrom:
    fieldRef: { fieldPath: metadata.name }
{{- with .Values.watchNamespace }}
- name: HOLDFAST_WATCH_NAMESPACE
  value: {{ . }}
{{- end }}
- name: HOLDFAST_RESYNC_SECONDS
  value: {{ .Values.resyncSeconds | quote }}
- name: HOLDFAST_LIMIT_GLOBAL
  value: {{ .Values.limits.global | quote }}
- name: HOLDFAST_LIMIT_PER_TARGET
  value: {{ .Values.limits.perTarget | quote }}
- name: HOLDFAST_LIMIT_PER_LOCATION
  value: {{ .Values.limits.perLocation | quote }}
{{- end -}}

{{- define "holdfast.env.access" -}}
{{ include "holdfast.env" . }}
- name: HOLDFAST_AGENT_IMAGE
  value: {{ include "holdfast.image" (list . "agent") }}
{{- with .Values.storeDefaults }}
- name: HOLDFAST_STORE_DEFAULTS
  value: {{ toJson . | quote }}
{{- end }}
{{- with .Values.allowedEndpoints }}
- name: HOLDFAST_ALLOWED_ENDPOINTS
  value: {{ join "," . | quote }}
{{- end }}
{{- if kindIs "slice" .Values.allowedServiceAccounts }}
- name: HOLDFAST_ALLOWED_SERVICE_ACCOUNTS
  # A comma alone is a list of none; an empty variable would count as unset, which allows all.
  value: {{ join "," .Values.allowedServiceAccounts | default "," | quote }}
{{- end }}
{{- with .Values.clusterId }}
- name: HOLDFAST_CLUSTER_ID
  value: {{ . | quote }}
{{- end }}
{{- end -}}

{{- define "holdfast.env.worker" -}}
{{ include "holdfast.env.access" . }}
- name: HOLDFAST_CONCURRENCY
  value: {{ .Values.worker.concurrency | quote }}
- name: HOLDFAST_CLUSTER_DOMAIN
  value: {{ .Values.clusterDomain }}
{{- end -}}

{{- define "holdfast.env.retention" -}}
{{ include "holdfast.env.access" . }}
- name: HOLDFAST_CONCURRENCY
  value: {{ .Values.retention.concurrency | quote }}
{{- end -}}

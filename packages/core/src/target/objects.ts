/** The parts of other people's objects that target resolution reads. Every field may be absent: they are not ours. */

export interface NamedObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly deletionTimestamp?: string;
    readonly ownerReferences?: readonly { readonly uid: string }[];
  };
}

export interface ServerObject extends NamedObject {
  readonly spec?: {
    readonly image?: { readonly repo?: string; readonly tag?: string; readonly pullSecrets?: readonly string[] };
    readonly topology?: { readonly primaries?: number; readonly secondaries?: number };
    readonly tolerations?: readonly Readonly<Record<string, unknown>>[];
  };
  readonly status?: {
    readonly phase?: string;
    readonly conditions?: Conditions;
  };
}

type Conditions = readonly { readonly type?: string; readonly status?: string }[];

export interface DatabaseObject extends NamedObject {
  readonly spec?: { readonly clusterRef?: string; readonly name?: string };
}

export interface PodObject extends NamedObject {
  readonly spec?: PodSpecObject;
  readonly status?: { readonly podIP?: string; readonly conditions?: Conditions };
}

export interface PodSpecObject {
  readonly hostname?: string;
  readonly subdomain?: string;
  readonly containers?: readonly ContainerObject[];
  readonly imagePullSecrets?: readonly { readonly name?: string }[];
  readonly tolerations?: readonly Readonly<Record<string, unknown>>[];
}

export interface ContainerObject {
  readonly name?: string;
  readonly image?: string;
  readonly env?: readonly { readonly name?: string; readonly value?: string }[];
  readonly ports?: readonly { readonly name?: string; readonly containerPort?: number }[];
}

export interface StatefulSetObject extends NamedObject {
  readonly spec?: {
    readonly serviceName?: string;
    readonly selector?: LabelSelectorObject;
    readonly template?: { readonly spec?: PodSpecObject };
  };
}

export interface ServiceObject extends NamedObject {
  readonly spec?: {
    readonly clusterIP?: string;
    readonly selector?: Readonly<Record<string, string>>;
    readonly ports?: readonly {
      readonly name?: string;
      readonly port?: number;
      readonly targetPort?: number | string;
    }[];
  };
}

export interface LabelSelectorObject {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
}

/** Whether a pod is fit to be asked. */
export function isReadyPod({ metadata, status }: PodObject): boolean {
  if (metadata.deletionTimestamp) return false;
  return status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') ?? false;
}

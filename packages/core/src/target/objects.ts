/** The parts of other people's objects that target resolution reads. Every field may be absent: they are not ours. */

export interface NamedObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly deletionTimestamp?: string;
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
    readonly conditions?: readonly { readonly type?: string; readonly status?: string }[];
  };
}

export interface DatabaseObject extends NamedObject {
  readonly spec?: { readonly clusterRef?: string; readonly name?: string };
}

export interface PodObject extends NamedObject {
  readonly spec?: { readonly hostname?: string; readonly subdomain?: string };
  readonly status?: { readonly conditions?: readonly { readonly type?: string; readonly status?: string }[] };
}

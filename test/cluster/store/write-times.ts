import { unescapeXml } from './store-request.ts';

/**
 * Where the cluster's clock stood when each object was written. A store's own times are real; shifting an object by the
 * offset of its birth makes a later jump of the clock age it, as a real month would.
 */
export class WriteTimes {
  readonly #offsets = new Map<string, number>();

  written(bucket: string, key: string, offsetMs: number): void {
    this.#offsets.set(`${bucket}/${key}`, offsetMs);
  }

  removed(bucket: string, key: string): void {
    this.#offsets.delete(`${bucket}/${key}`);
  }

  /** An upload in progress has its own birth. */
  uploadStarted(uploadId: string, offsetMs: number): void {
    this.#offsets.set(`upload:${uploadId}`, offsetMs);
  }

  uploadEnded(uploadId: string): void {
    this.#offsets.delete(`upload:${uploadId}`);
  }

  /** A Last-Modified header of an object, as the cluster sees it. */
  shiftHeader(bucket: string, key: string, value: string): string {
    return new Date(Date.parse(value) + this.#offset(`${bucket}/${key}`)).toUTCString();
  }

  /** Every time in a listing of objects or uploads, as the cluster sees it. */
  shiftListing(bucket: string, xml: string): string {
    return xml.replace(/<(Contents|Version|Upload|Blob)>[\s\S]*?<\/\1>/g, (entry) => {
      const [, , key = ''] = /<(Key|Name)>([\s\S]*?)<\/\1>/.exec(entry) ?? [];
      const [, upload] = /<UploadId>([\s\S]*?)<\/UploadId>/.exec(entry) ?? [];
      const offsetMs = this.#offset(upload ? `upload:${upload}` : `${bucket}/${unescapeXml(key)}`);
      return shiftTimes(entry, offsetMs);
    });
  }

  /** Every time in a description of an object, or of a page of them. */
  shiftJson(bucket: string, text: string): string {
    const told = JSON.parse(text) as (GcsTimes & { items?: GcsTimes[] }) | null;
    for (const object of told?.items ?? (told ? [told] : [])) {
      const offsetMs = this.#offset(`${bucket}/${object.name ?? ''}`);
      for (const field of ['timeCreated', 'updated'] as const) {
        const time = object[field];
        if (time !== undefined) object[field] = new Date(Date.parse(time) + offsetMs).toISOString();
      }
    }
    return JSON.stringify(told);
  }

  #offset(name: string): number {
    return this.#offsets.get(name) ?? 0;
  }
}

interface GcsTimes {
  readonly name?: string;
  timeCreated?: string;
  updated?: string;
}

/** Moves the times of a single object's XML, such as the answer to a copy. S3 writes them one way and Azure another. */
export function shiftTimes(xml: string, offsetMs: number): string {
  return xml.replace(
    /<(LastModified|Initiated|Last-Modified|Creation-Time)>([^<]+)<\/\1>/g,
    (_, tag: string, value: string) => {
      const shifted = new Date(Date.parse(value) + offsetMs);
      return `<${tag}>${tag.includes('-') ? shifted.toUTCString() : shifted.toISOString()}</${tag}>`;
    },
  );
}

import { openClient } from '../../packages/storage/src/s3/s3-client.ts';
import { startUpload } from '../../packages/storage/src/s3/s3-multipart.ts';
import type { DevCluster } from '../cluster/start-cluster.ts';

/** Multipart uploads of a bucket as whoever crashed in the middle of one leaves them. */
export interface Uploads {
  begin(key: string): Promise<void>;
  /** Keys of the unfinished ones, sorted. */
  keys(): Promise<string[]>;
}

export async function openUploads({ stores: { s3 } }: DevCluster, bucket: string): Promise<Uploads> {
  const { endpoint: endpointUrl, region, accessKeyId, secretAccessKey } = s3;
  const identity = { accessKeyId, secretAccessKey };
  const { sdk, client, ...rest } = await openClient({ bucket, endpointUrl, region, forcePathStyle: true, identity });
  return {
    begin: async (key) => void (await startUpload({ sdk, client, ...rest }, key, undefined)),
    async keys() {
      const { Uploads: uploads = [] } = await client.send(new sdk.ListMultipartUploadsCommand({ Bucket: bucket }));
      return uploads.map(({ Key = '' }) => Key).toSorted();
    },
  };
}

import { describe } from 'vitest';
import { contractOnS3 } from './contract-on-s3.ts';
import { startMinio, wantsMinio } from './start-minio.ts';

describe.skipIf(!wantsMinio('the contract of S3'))('on MinIO', () => {
  contractOnS3('MinIO', startMinio);
});

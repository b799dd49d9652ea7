import { describe } from 'vitest';
import { contractOnS3 } from './contract-on-s3.ts';
import { startMoto, wantsMoto } from './start-moto.ts';

describe.skipIf(!(await wantsMoto('the contract of S3')))('on moto', () => {
  // It wants a checksum where a bucket locks, and forgets the lock of what comes in parts.
  contractOnS3('moto', startMoto, { locksIn: ['WhenSupported'], locksParts: false });
});

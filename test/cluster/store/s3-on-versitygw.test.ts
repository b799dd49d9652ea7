import { describe } from 'vitest';
import { contractOnS3 } from './contract-on-s3.ts';
import { startVersitygw, wantsVersitygw } from './start-versitygw.ts';

describe.skipIf(!wantsVersitygw('the contract of S3'))('on versitygw', () => {
  contractOnS3('versitygw', startVersitygw, { looksAtRegions: true, hasRules: false });
});

import type { FaultAction } from '../proxy/faults.ts';

/** S3's word for "too many requests": https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
export const slowDown: FaultAction = {
  kind: 'status',
  status: 503,
  headers: { 'content-type': 'application/xml' },
  body: '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>',
};

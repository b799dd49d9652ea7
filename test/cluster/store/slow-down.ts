import type { FaultAction } from '../proxy/faults.ts';

/** S3's word for "too many requests": https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
export const slowDown: FaultAction = {
  kind: 'status',
  status: 503,
  headers: { 'content-type': 'application/xml' },
  body: '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>',
};

/** The same of Azure: https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes */
export const serverBusy: FaultAction = {
  kind: 'status',
  status: 503,
  headers: { 'content-type': 'application/xml', 'x-ms-error-code': 'ServerBusy' },
  body: '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>ServerBusy</Code><Message>The server is busy.</Message></Error>',
};

/** The same of Google: https://cloud.google.com/storage/docs/json_api/v1/status-codes */
export const rateLimited: FaultAction = {
  kind: 'status',
  status: 429,
  headers: { 'content-type': 'application/json' },
  body: '{"error":{"code":429,"message":"Too many requests.","errors":[{"reason":"rateLimitExceeded","message":"Too many requests."}]}}',
};

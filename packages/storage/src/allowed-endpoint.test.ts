import { expect, test } from 'vitest';
import { allowedEndpoint } from './allowed-endpoint.ts';

test.each([
  'http://169.254.169.254/latest/meta-data',
  'http://[fd00:ec2::254]',
  'http://127.0.0.1:9000',
  'http://127.1',
  'http://2130706433',
  'http://0x7f.0.0.1',
  'http://0',
  'http://[::1]',
  'http://[::ffff:10.0.0.1]',
  'http://[fe80::1]',
  'http://[64:ff9b::a00:1]',
  'http://10.1.2.3',
  'http://172.31.255.1',
  'http://192.168.1.1',
  'http://100.64.0.1',
  'http://localhost:9000',
  'http://LOCALHOST.',
  'http://minio',
  'http://minio.storage.svc',
  'http://minio.storage.svc.cluster.local.',
  'http://minio.storage.svc.other.domain',
  'http://metadata.google.internal',
])('%s is private and refused', (url) => {
  expect(allowedEndpoint(url, [])).toMatchObject({ field: 'spec.storage.cloud.endpointURL' });
});

test.each([
  'https://s3.eu-central-1.amazonaws.com',
  'https://store.example:9000/path',
  'http://8.8.8.8',
  'http://[2001:4860::8888]',
  'http://172.32.0.1',
])('%s is public and allowed', (url) => {
  expect(allowedEndpoint(url, [])).toBeUndefined();
});

test.each([
  ['http://minio.storage.svc:9000', 'http://minio.storage.svc:9000/'],
  ['http://minio.storage.svc:9000', 'minio.storage.svc:9000'],
  ['http://minio.storage.svc:9000', 'minio.storage.svc'],
  ['http://minio.storage.svc:9000', '*.storage.svc'],
  ['http://127.0.0.1:9000', '127.0.0.1'],
  ['http://[::1]:9000', '[::1]'],
])('%s is allowed where %s is listed', (url, entry) => {
  expect(allowedEndpoint(url, ['https://other.example', entry])).toBeUndefined();
});

test.each([
  ['http://minio.storage.svc:9000', 'http://minio.storage.svc:9001'],
  ['http://minio.storage.svc:9000', 'https://minio.storage.svc:9000'],
  ['http://evilstorage.svc', '*.storage.svc'],
])('%s is not allowed by %s', (url, entry) => {
  expect(allowedEndpoint(url, [entry])).toBeDefined();
});

test.each([
  '',
  'minio:9000',
  'file:///etc/passwd',
  'ftp://store.example',
  'https://user:secret@store.example',
  'https://store.example?x=1',
])('%j is no endpoint, and its secret is not repeated', (url) => {
  const refusal = allowedEndpoint(url, ['*.example']);
  expect(refusal).toBeDefined();
  expect(refusal?.message).not.toContain('secret@');
});

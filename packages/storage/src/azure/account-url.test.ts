import { expect, test } from 'vitest';
import { accountUrl } from './account-url.ts';
import { authorityOf } from './token-credential.ts';

test.each([
  [undefined, 'https://orders.blob.core.windows.net'],
  ['https://orders.blob.core.chinacloudapi.cn', 'https://orders.blob.core.chinacloudapi.cn'],
  ['https://orders.privatelink.blob.core.windows.net/', 'https://orders.privatelink.blob.core.windows.net'],
  ['http://azurite.tools.svc:10000', 'http://azurite.tools.svc:10000/orders'],
  ['http://127.0.0.1:10000/orders', 'http://127.0.0.1:10000/orders'],
  ['https://orders-2.example', 'https://orders-2.example/orders'],
])('with the endpoint %s the account is found at %s', (endpointUrl, url) => {
  expect(accountUrl('orders', endpointUrl)).toBe(url);
});

test.each([
  ['orders.blob.core.windows.net', 'https://login.microsoftonline.com'],
  ['orders.blob.core.chinacloudapi.cn', 'https://login.chinacloudapi.cn'],
  ['orders.blob.core.usgovcloudapi.net', 'https://login.microsoftonline.us'],
  ['core.usgovcloudapi.net.evil.example', 'https://login.microsoftonline.com'],
])('secrets for %s are shown to %s and to nobody else', (host, authority) => {
  expect(authorityOf(host)).toBe(authority);
});

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { openS3 } from './open-s3.ts';

let server: Server;
afterEach(() => new Promise((resolve) => server.close(resolve)));

/** Asks a bucket that answers the question for its rules so. */
async function rulesOf(xml: string, status = 200) {
  server = createServer((request, response) => {
    const asked = request.url?.includes('lifecycle') === true;
    response.writeHead(asked ? status : 500, { 'content-type': 'application/xml' }).end(xml);
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const endpointUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const identity = { accessKeyId: 'a', secretAccessKey: 'b' };
  const store = await openS3({ bucket: 'orders', endpointUrl, forcePathStyle: true, requestAttempts: 1, identity });
  return store.lifecycleRules?.();
}

const configuration = (...rules: string[]) =>
  `<LifecycleConfiguration>${rules.map((rule) => `<Rule>${rule}</Rule>`).join('')}</LifecycleConfiguration>`;
const enabled = '<Status>Enabled</Status>';
const expires = '<Expiration><Days>30</Days></Expiration>';

test.each([
  ['a filter', `<ID>a</ID><Filter><Prefix>prod/</Prefix></Filter>${enabled}${expires}`, 'a', 'prod/', 'removes'],
  ['an older spelling', `<ID>a</ID><Prefix>prod/</Prefix>${enabled}${expires}`, 'a', 'prod/', 'removes'],
  ['no filter', `<ID>a</ID><Filter/>${enabled}${expires}`, 'a', '', 'removes'],
  ['no name', `<Filter><Prefix/></Filter>${enabled}${expires}`, 'number 1', '', 'removes'],
  [
    'a date, and objects of a size',
    `<ID>a</ID><Filter><And><Prefix>p/</Prefix><ObjectSizeGreaterThan>5</ObjectSizeGreaterThan></And></Filter>${enabled}<Expiration><Date>2027-01-01T00:00:00Z</Date></Expiration>`,
    'a',
    'p/',
    'removes',
  ],
  [
    'a frozen class',
    `<ID>a</ID><Filter/>${enabled}<Transition><Days>1</Days><StorageClass>STANDARD_IA</StorageClass></Transition><Transition><Days>30</Days><StorageClass>DEEP_ARCHIVE</StorageClass></Transition>`,
    'a',
    '',
    'freezes',
  ],
])('a rule with %s is told', async (_what, rule, name, prefix, does) => {
  expect(await rulesOf(configuration(rule))).toEqual([{ name, prefixes: [prefix], does }]);
});

test.each([
  ['is not in force', `<ID>a</ID><Filter/><Status>Disabled</Status>${expires}`],
  [
    'takes only objects with a tag',
    `<ID>a</ID><Filter><Tag><Key>k</Key><Value>v</Value></Tag></Filter>${enabled}${expires}`,
  ],
  [
    'takes only objects with tags below a prefix',
    `<ID>a</ID><Filter><And><Prefix>p/</Prefix><Tag><Key>k</Key><Value>v</Value></Tag></And></Filter>${enabled}${expires}`,
  ],
  [
    'removes markers',
    `<ID>a</ID><Filter/>${enabled}<Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>`,
  ],
  [
    'removes older versions',
    `<ID>a</ID><Filter/>${enabled}<NoncurrentVersionExpiration><NoncurrentDays>3</NoncurrentDays></NoncurrentVersionExpiration>`,
  ],
  [
    'aborts uploads',
    `<ID>a</ID><Filter/>${enabled}<AbortIncompleteMultipartUpload><DaysAfterInitiation>7</DaysAfterInitiation></AbortIncompleteMultipartUpload>`,
  ],
  [
    'moves into a class that is read at once',
    `<ID>a</ID><Filter/>${enabled}<Transition><Days>1</Days><StorageClass>GLACIER_IR</StorageClass></Transition>`,
  ],
])('a rule that %s is nobody’s trouble', async (_what, rule) => {
  expect(await rulesOf(configuration(rule))).toEqual([]);
});

test.each([
  ['a bucket without rules', 'NoSuchLifecycleConfiguration', 404],
  ['a store that knows none', 'NotImplemented', 501],
])('%s has none', async (_what, code, status) => {
  expect(await rulesOf(`<Error><Code>${code}</Code></Error>`, status)).toEqual([]);
});

test('whoever may not ask is told so', async () => {
  await expect(rulesOf('<Error><Code>AccessDenied</Code></Error>', 403)).rejects.toMatchObject({
    reason: 'StorageDenied',
  });
});

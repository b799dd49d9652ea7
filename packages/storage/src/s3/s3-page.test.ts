import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readPage, type ListedObject } from './s3-page.ts';
import { readRefusals, removalOf } from './s3-xml.ts';

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
const urlEncoded = (text: string): string => encodeURIComponent(text).replaceAll('%2F', '/').replaceAll('%20', '+');

interface Writing {
  readonly encodes: boolean;
  readonly between: string;
  readonly withOwner: boolean;
  readonly fraction: boolean;
}

/** A page as servers write it, each in its own way. */
function pageOf(
  objects: readonly ListedObject[],
  { encodes, between, withOwner, fraction }: Writing,
  more = '',
): Buffer {
  const contents = objects.map(({ key, bytes, modifiedAt, etag }) => {
    const name = encodes ? escaped(urlEncoded(key)) : escaped(key);
    const time = modifiedAt.toISOString();
    const owner = withOwner ? '<Owner><ID>02d6</ID><DisplayName>Size &lt;Key&gt;</DisplayName></Owner>' : '';
    const tags = [
      `<Key>${name}</Key>`,
      `<LastModified>${fraction ? time : time.replace('.000Z', 'Z')}</LastModified>`,
      ...(etag === undefined ? [] : [`<ETag>${escaped(etag)}</ETag>`]),
      `<Size>${bytes}</Size>${owner}<StorageClass>STANDARD</StorageClass>`,
    ];
    return `<Contents>${between}${tags.join(between)}${between}</Contents>`;
  });
  const head = `<Name>b</Name>${encodes ? '<EncodingType>url</EncodingType>' : ''}<IsTruncated>${more !== ''}</IsTruncated>`;
  const xml = `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3">${head}${contents.join(between)}${more}</ListBucketResult>`;
  return Buffer.from(xml);
}

const anObject = fc.record({
  key: fc.oneof(fc.string({ minLength: 1, unit: 'grapheme' }), fc.stringMatching(/^[a-z]{1,9}\/[\w &+%.'"<>-]{1,20}$/)),
  bytes: fc.nat(),
  modifiedAt: fc.nat({ max: 2_000_000_000 }).map((seconds) => new Date(seconds * 1000)),
  etag: fc.constantFrom('"d41d8cd98f00b204e9800998ecf8427e"', '"d41d8cd98f00b204e9800998ecf8427e-3"', '"a&b"'),
});
const aWriting = fc.record({
  encodes: fc.boolean(),
  between: fc.constantFrom('', '\n', '\r\n    '),
  withOwner: fc.boolean(),
  fraction: fc.boolean(),
});

test('what a server listed is what is read, however it writes it', () => {
  const visible = anObject.filter(({ key }) => key.isWellFormed() && !/[\u0000-\u001f]/.test(key));
  fc.assert(
    fc.property(fc.array(visible, { maxLength: 5 }), aWriting, (objects, writing) => {
      expect(readPage(pageOf(objects, writing))).toEqual({ objects, token: undefined });
    }),
    { numRuns: 500 },
  );
});

describe('a page', () => {
  const writing = { encodes: true, between: '', withOwner: false, fraction: true };
  const objects = [{ key: 'a/b', bytes: 3, modifiedAt: new Date('2026-03-01T02:00:00.123Z') }];

  test('says where the next one begins', () => {
    const page = readPage(pageOf(objects, writing, '<NextContinuationToken>a&amp;b=</NextContinuationToken>'));
    expect(page).toEqual({ objects, token: 'a&b=' });
  });

  test('without objects is read', () => {
    expect(readPage(pageOf([], writing))).toEqual({ objects: [], token: undefined });
  });

  const whole = pageOf(objects, writing).toString();
  test.each([
    ['another document', '<html><body>log in</body></html>'],
    ['an error', '<Error><Code>InternalError</Code></Error>'],
    ['a part of one', whole.slice(0, -20)],
    ['one that is cut in the middle of an object', `${whole.slice(0, whole.indexOf('<Size>'))}</ListBucketResult>`],
    ['one that goes on nobody says where', whole.replace('>false<', '>true<')],
    ['one that does not say whether it goes on', whole.replace('<IsTruncated>false</IsTruncated>', '')],
    ['one with CDATA', whole.replace('<Key>a/b<', '<Key><![CDATA[a/b]]><')],
    ['one with other names', whole.replaceAll('Contents', 's3:Contents')],
    ['one with something between its objects', whole.replace('</Contents>', '</Contents><Contents/>')],
    ['a size that is none', whole.replace('<Size>3', '<Size>-3')],
    ['a time that is none', whole.replace('2026-03', '2026-xx')],
    ['an object without a key', whole.replace(/<Key>.*<\/Key>/, '')],
    ['one that counts more than it shows', whole.replace('<Name>', '<KeyCount>2</KeyCount><Name>')],
  ])('that is %s is left to the SDK', (_what, xml) => expect(readPage(Buffer.from(xml))).toBeUndefined());
});

describe('removals', () => {
  test('name every key and version, whatever stands in them', () => {
    const xml = removalOf([{ Key: 'a&b<c>' }, { Key: 'plain', VersionId: 'v"1' }]);
    expect(xml).toContain('<Object><Key>a&#38;b&#60;c&#62;</Key></Object>');
    expect(xml).toContain('<Object><Key>plain</Key><VersionId>v&#34;1</VersionId></Object><Quiet>true</Quiet>');
  });

  test('tell of refusals, and of nothing where there is none', () => {
    const refusal =
      '<Error><Key>a&amp;b</Key><VersionId>v1</VersionId><Code>AccessDenied</Code><Message>hold</Message></Error>';
    const told = [{ Key: 'a&b', VersionId: 'v1', Code: 'AccessDenied', Message: 'hold' }];
    expect(readRefusals(Buffer.from(`<DeleteResult xmlns="http://s3">${refusal}</DeleteResult>`))).toEqual(told);
    expect(readRefusals(Buffer.from('<?xml version="1.0"?>\n<DeleteResult/>'))).toEqual([]);
    expect(readRefusals(Buffer.from('<Error><Code>InternalError</Code></Error>'))).toBeUndefined();
    expect(readRefusals(Buffer.from('<DeleteResult><Error><Key>a</Key></Error></DeleteResult>'))).toBeUndefined();
  });
});

/** Reads and writes the short documents of S3 whose look is known; whoever meets another look leaves it to the SDK. */

export interface RefusedRemoval {
  readonly Key: string;
  readonly VersionId?: string;
  readonly Code: string;
  readonly Message: string;
}

/** What a quiet `DeleteObjects` answers: the refusals alone. Undefined where it is no such answer. */
export function readRefusals(body: Buffer): RefusedRemoval[] | undefined {
  const xml = body.toString();
  if (!removals.test(xml) || xml.includes('<!')) return undefined;
  const refused: RefusedRemoval[] = [];
  for (const [, error = ''] of xml.matchAll(/<Error>(.*?)<\/Error>/gs)) {
    const [key, code, version] = [valueIn(error, 'Key'), valueIn(error, 'Code'), valueIn(error, 'VersionId')];
    if (key === undefined || code === undefined) return undefined;
    const Message = unescaped(valueIn(error, 'Message') ?? '');
    refused.push({
      Key: unescaped(key),
      Code: unescaped(code),
      Message,
      ...(version && { VersionId: unescaped(version) }),
    });
  }
  return refused;
}

const removals = /^\uFEFF?\s*(<\?xml[^>]*\?>)?\s*<DeleteResult(\s[^>]*)?(\/>|>.*<\/DeleteResult>)\s*$/s;

/** The body of a quiet `DeleteObjects`. */
export function removalOf(objects: readonly { Key?: string | undefined; VersionId?: string | undefined }[]): string {
  let xml = '<?xml version="1.0" encoding="UTF-8"?><Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/">';
  for (const { Key = '', VersionId } of objects) {
    const version = VersionId === undefined ? '' : `<VersionId>${escaped(VersionId)}</VersionId>`;
    xml += `<Object><Key>${escaped(Key)}</Key>${version}</Object>`;
  }
  return `${xml}<Quiet>true</Quiet></Delete>`;
}

/** What the first element of a name holds, as it is written; undefined without one. */
export function valueIn(xml: string, name: string): string | undefined {
  const open = xml.indexOf(`<${name}>`);
  const from = open + name.length + 2;
  const to = xml.indexOf('<', from);
  return open < 0 || to < 0 ? undefined : xml.slice(from, to);
}

export function unescaped(text: string): string {
  if (!text.includes('&')) return text;
  return text.replaceAll(/&(#x[0-9a-fA-F]{1,6}|#\d{1,7}|\w+);/g, (whole, name: string) => {
    if (name.startsWith('#x')) return String.fromCodePoint(Number.parseInt(name.slice(2), 16));
    if (name.startsWith('#')) return String.fromCodePoint(Number(name.slice(1)));
    return entities[name] ?? whole;
  });
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function escaped(text: string): string {
  return special.test(text) ? text.replaceAll(/[&<>"'\r\n\u0085\u2028]/g, (one) => `&#${one.codePointAt(0)};`) : text;
}

const special = /[&<>"'\r\n\u0085\u2028]/;

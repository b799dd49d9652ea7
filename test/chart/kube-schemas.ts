import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { goModuleFile } from '../go-install.ts';

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly format?: string;
  readonly 'x-kubernetes-group-version-kind'?: readonly { group: string; version: string; kind: string }[];
  readonly [keyword: string]: unknown;
}

/**
 * Lays JSON schemas of Kubernetes' own kinds into a folder, a file each, as kubeconform looks for them: made from the OpenAPI document
 * inside Kubernetes' module. Unknown fields are mistakes.
 * @returns kubeconform's `-schema-location`; undefined, and said why, when the document cannot be had
 */
export async function layKubeSchemas(folder: string, say: (line: string) => void): Promise<string | undefined> {
  const module = { module: 'k8s.io/kubernetes', version: 'v1.36.3' };
  const document = await goModuleFile(module, 'api/openapi-spec/swagger.json', say);
  if (document === undefined) return undefined;
  const { definitions } = JSON.parse(await readFile(document, 'utf8')) as { definitions: Record<string, Schema> };
  await mkdir(folder, { recursive: true });
  for (const [name, schema] of Object.entries(definitions)) {
    const [named, ...others] = schema['x-kubernetes-group-version-kind'] ?? [];
    if (!named || others.length > 0) continue; // delete options and the like belong to every group
    const file = ['', named.group.split('.')[0], named.version].filter((part, at) => at === 0 || part).join('-');
    const needed = reachable(name, definitions);
    const whole = {
      $ref: `#/definitions/${name}`,
      definitions: Object.fromEntries(needed.map((each) => [each, strict(definitions[each] ?? {})])),
    };
    await writeFile(join(folder, `${named.kind.toLowerCase()}${file}.json`), JSON.stringify(whole));
  }
  return join(folder, '{{ .ResourceKind }}{{ .KindSuffix }}.json');
}

function reachable(from: string, definitions: Readonly<Record<string, Schema>>): string[] {
  const found = new Set([from]);
  for (const name of found)
    for (const [, next = ''] of JSON.stringify(definitions[name]).matchAll(/"#\/definitions\/([^"]+)"/g))
      found.add(next);
  return [...found];
}

/** OpenAPI 2 knows neither "text or a number" nor "nothing else". */
function strict(schema: Schema): Schema {
  if (schema.format === 'int-or-string') return { type: ['string', 'integer'] };
  return schema.properties ? { ...schema, additionalProperties: false } : schema;
}

import { sign } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { CommandError } from './context.ts';
import type { Folder, FolderEntry } from './folder.ts';

/** A folder of a bucket in the stand-in for Google Cloud Storage that the environment names. It never turns to Google itself. */
export function gsFolder({ bucket, prefix }: { bucket: string; prefix: string }, env: NodeJS.ProcessEnv): Folder {
  const base = `gs://${bucket}/${prefix}`;
  const client: Client = { base, root: env['HOLDFAST_GOOGLE_EMULATOR'] ?? '', bucket, token: tokenOf(env) };
  const at = (name: string) => `/o/${encodeURIComponent(prefix + name)}`;
  return {
    shown: base,
    isCloud: true,
    uri: (name) => base + name,
    list: () => listObjects(client, prefix),
    head: async (name, bytes) => {
      const answer = await ask(client, `${at(name)}?alt=media`, { headers: { range: `bytes=0-${bytes - 1}` } });
      return answer ? Buffer.from(await answer.arrayBuffer()) : Buffer.alloc(0); // an empty object has no such range
    },
    async *read(name) {
      const answer = await ask(client, `${at(name)}?alt=media`);
      for await (const piece of answer?.body ?? []) yield Buffer.from(piece as Uint8Array);
    },
    publish: async (name, file) => {
      const body = createReadStream(file, { highWaterMark: 1 << 20 }) as unknown as NonNullable<RequestInit['body']>;
      const query = `uploadType=media&name=${encodeURIComponent(prefix + name)}`;
      await ask(client, `/o?${query}`, { method: 'POST', body, duplex: 'half' }, '/upload');
      await rm(file);
    },
    remove: async (name) => void (await ask(client, at(name), { method: 'DELETE' })),
  };
}

interface Client {
  readonly base: string;
  readonly root: string;
  readonly bucket: string;
  readonly token: Promise<string>;
}

async function listObjects(client: Client, prefix: string): Promise<FolderEntry[]> {
  const entries: FolderEntry[] = [];
  let pageToken: string | undefined;
  do {
    const query = new URLSearchParams({ prefix, delimiter: '/', ...(pageToken && { pageToken }) });
    const page = (await (await ask(client, `/o?${query.toString()}`))?.json()) as {
      items?: { name: string; size: string }[];
      nextPageToken?: string;
    };
    for (const { name, size } of page.items ?? [])
      if (name !== prefix) entries.push({ name: name.slice(prefix.length), bytes: Number(size) });
    pageToken = page.nextPageToken;
  } while (pageToken);
  return entries;
}

/** Undefined for a range that is not there. Errors of the store end the command with its own name for the trouble. */
async function ask(
  { base, root, bucket, token }: Client,
  path: string,
  init: RequestInit & { duplex?: 'half' } = {},
  door = '',
): Promise<Response | undefined> {
  const headers = { ...(init.headers as Record<string, string> | undefined), authorization: `Bearer ${await token}` };
  const answer = await fetch(`${root}${door}/storage/v1/b/${bucket}${path}`, { ...init, headers });
  if (answer.ok) return answer;
  await answer.body?.cancel();
  if (answer.status === 416) return undefined;
  throw new CommandError(`${base}: ${answer.statusText} (Status Code: ${answer.status})`);
}

/** Of the account whose key is in the file, else of the pod, as Google's own client does. */
async function tokenOf(env: NodeJS.ProcessEnv): Promise<string> {
  const { GOOGLE_APPLICATION_CREDENTIALS: file, GCE_METADATA_HOST: host } = env;
  if (file) return signed(file);
  const url = `http://${host}/computeMetadata/v1/instance/service-accounts/default/token`;
  const answer = await fetch(url, { headers: { 'metadata-flavor': 'Google' } });
  return ((await answer.json()) as { access_token: string }).access_token;
}

function signed(file: string): string {
  const key = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: key['client_email'], sub: key['client_email'], iat: now, exp: now + 3600 };
  const text = [{ alg: 'RS256', typ: 'JWT' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  return `${text}.${sign('RSA-SHA256', Buffer.from(text), key['private_key'] ?? '').toString('base64url')}`;
}

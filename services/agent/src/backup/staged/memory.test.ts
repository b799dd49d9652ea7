import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { encryptedBytes } from '@holdfast/encryption';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { bundle } from '../../../../../scripts/build.ts';

const mebibyte = 1024 ** 2;
/** `HOLDFAST_BIG_UPLOAD=3g vitest …` sends a whole database's worth. */
const bytes = process.env['HOLDFAST_BIG_UPLOAD'] === '3g' ? 3 * 1024 * mebibyte : 256 * mebibyte;
const program = join(import.meta.dirname, 'a-big-upload.ts');

let folder: string;
let store: Server;
let taken: number;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-big-'));
  store = startSlowStore();
  await once(store, 'listening');
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

test(
  'a large database goes encrypted to a store that is slower than the disk in less than 200 MB of memory',
  { timeout: 600_000 },
  async () => {
    const { port } = store.address() as AddressInfo;
    await bundle({ upload: program }, folder);
    const upload = ['--optimize-for-size', join(folder, 'upload.mjs')];
    const line = [...upload, `http://127.0.0.1:${port}`, folder, String(bytes)];
    const env = { PATH: process.env['PATH'], MALLOC_MMAP_THRESHOLD_: '67108864', MALLOC_TRIM_THRESHOLD_: '268435456' };
    const { stdout } = await promisify(execFile)(process.execPath, line, { env });
    const told = JSON.parse(stdout) as { object: { bytes: number; digest: object }; peakBytes: number };
    process.stdout.write(
      `${bytes / mebibyte} MiB went through ${Math.round(told.peakBytes / mebibyte)} MiB of memory\n`,
    );
    expect(taken).toBe(encryptedBytes(bytes));
    expect(told.object).toMatchObject({ bytes: taken, digest: { algorithm: 'sha256-parts', of: 'stored' } });
    expect(told.peakBytes).toBeLessThan(200_000_000);
  },
);

/** As much of S3 as an upload in parts needs. It keeps nothing, and each part takes its time. */
function startSlowStore(): Server {
  taken = 0;
  let complete = false;
  const server = createServer((request, response) => {
    const query = new URL(request.url ?? '', 'http://store').searchParams;
    const answer = (status: number, body = '', headers = {}) => void response.writeHead(status, headers).end(body);
    const respond = async () => {
      let came = 0;
      for await (const piece of request) came += (piece as Buffer).length;
      if (request.method === 'HEAD')
        return complete ? answer(200, '', { 'content-length': taken, etag: '"big"' }) : answer(404);
      if (request.method === 'PUT') {
        taken += came;
        await sleep(30);
        return answer(200, '', { etag: `"${query.get('partNumber')}"` });
      }
      if (query.has('uploads')) return answer(200, xml('InitiateMultipartUploadResult', '<UploadId>u</UploadId>'));
      complete = true;
      return answer(200, xml('CompleteMultipartUploadResult', '<ETag>"big"</ETag>'));
    };
    respond().catch(() => response.destroy());
  });
  return server.listen(0, '127.0.0.1');
}

function xml(name: string, content: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?><${name}>${content}</${name}>`;
}

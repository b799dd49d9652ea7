import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { objectStoreContract } from '../contract.ts';
import { openDirectory } from './open-directory.ts';

objectStoreContract('a directory', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-store-'));
  return { store: openDirectory(folder), close: () => rm(folder, { recursive: true, force: true }) };
});

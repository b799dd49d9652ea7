import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ImageFiles } from './layer.ts';

/** Lays an image's files out below a folder, with the modes they have in a layer. */
export async function layFiles(files: ImageFiles, folder: string): Promise<void> {
  for (const [path, file] of files) {
    const at = join(folder, path);
    await mkdir(dirname(at), { recursive: true });
    if (file.kind === 'link') await symlink(file.to, at);
    else if (file.kind === 'folder') {
      await mkdir(at, { recursive: true });
      await chmod(at, file.mode);
    } else {
      await writeFile(at, file.bytes);
      await chmod(at, file.executable ? 0o755 : 0o644);
    }
  }
}

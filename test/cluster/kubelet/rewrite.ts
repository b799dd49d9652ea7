import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ImageFolder } from '../images/image-table.ts';

/** A path inside the container and the file or folder of this machine that stands for it. */
export interface Mount {
  readonly mountPath: string;
  readonly hostPath: string;
}

/** A value that is a path at or below a mount, or `--option=<such a path>`, as the path on this machine. */
export function rewriteValue(value: string, mounts: readonly Mount[]): string {
  const option = /^(--?[A-Za-z][\w.-]*=)(\/.*)$/s.exec(value);
  const [prefix, path] = option ? [option[1] ?? '', option[2] ?? ''] : ['', value];
  return prefix + (hostPathOf(path, mounts) ?? path);
}

/** As `rewriteValue`; what no mount covers but the image holds becomes the image's file. */
export function rewriteArgument(value: string, mounts: readonly Mount[], image: ImageFolder): string {
  const mounted = rewriteValue(value, mounts);
  if (mounted !== value || !value.startsWith('/') || value === '/') return mounted;
  const inImage = join(image.root, value);
  return existsSync(inImage) ? inImage : value;
}

/** The program a container path names: mounts hide the image, as in a real container. Others stay as written. */
export function resolveProgram(program: string, mounts: readonly Mount[], image: ImageFolder): string {
  return rewriteArgument(program, mounts, image);
}

/** Inner mounts hide outer ones, so the longest matching path decides. */
function hostPathOf(path: string, mounts: readonly Mount[]): string | undefined {
  let best: Mount | undefined;
  for (const mount of mounts) {
    const covers = path === mount.mountPath || path.startsWith(`${mount.mountPath}/`);
    if (covers && mount.mountPath.length > (best?.mountPath.length ?? -1)) best = mount;
  }
  return best && best.hostPath + path.slice(best.mountPath.length);
}

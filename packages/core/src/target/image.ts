import { compareVersions, parseVersion, type EngineVersion } from '../engine/versions.ts';

/** An image as a container names it. What stands where a tag is expected may be a digest. */
export function imageReference(repo: string, tag: string | undefined): string {
  if (!tag) return repo;
  return tag.startsWith('sha256:') ? `${repo}@${tag}` : `${repo}:${tag}`;
}

/**
 * Version of Neo4j that an image's tag says. Undefined when it says none: no tag, a digest alone, `latest`, or the number of something
 * else, such as the release of a base image.
 */
export function imageVersion(image: string): EngineVersion | undefined {
  const [name = ''] = image.split('@', 1);
  const tag = /:([^/:]+)$/.exec(name)?.[1];
  const version = parseVersion(tag ?? '');
  return version && isPlausible(version) ? version : undefined;
}

/** Neo4j counted to 5 before it began to count by the calendar. */
function isPlausible({ major }: EngineVersion): boolean {
  return (major >= 3 && major <= 5) || major >= 2025;
}

/** Backups begin with the LTS line 5.26, and with 2025.01. */
export function isSupportedVersion(version: EngineVersion): boolean {
  const oldest = parseVersion(version.line === 'calendar' ? '2025.01' : '5.26');
  return oldest !== undefined && compareVersions(version, oldest) >= 0;
}

import { imageVersion, isSupportedVersion } from './image.ts';
import { neo4jIn } from './neo4j-container.ts';
import { isReadyPod, type PodObject } from './objects.ts';

/** Servers that still run what they ran before an upgrade. */
export interface NotUpgraded {
  readonly image: string;
  readonly pods: readonly PodObject[];
}

/** Of ready servers those that run another image than they should; undefined when there is none, or none that can be backed up. */
export function notUpgraded(pods: readonly PodObject[], wanted: string | undefined): NotUpgraded | undefined {
  const before = pods.filter((pod) => {
    const image = isReadyPod(pod) ? neo4jIn(pod.spec)?.image : undefined;
    const version = imageVersion(image ?? '');
    return image !== undefined && image !== wanted && (!version || isSupportedVersion(version));
  });
  const image = neo4jIn(before[0]?.spec)?.image;
  return image === undefined ? undefined : { image, pods: before.filter((pod) => neo4jIn(pod.spec)?.image === image) };
}

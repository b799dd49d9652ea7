import type { ContainerObject, PodSpecObject } from './objects.ts';

/** The container of a pod that is Neo4j: by its name, else by its image, else because there is no other. */
export function neo4jIn(spec: PodSpecObject | undefined): (ContainerObject & { readonly image: string }) | undefined {
  const containers = (spec?.containers ?? []).filter(hasImage);
  const byName = containers.find(({ name }) => name === 'neo4j');
  const byImage = containers.filter(({ image }) => /(^|\/)neo4j[^/]*$/.test(image));
  return byName ?? byImage[0] ?? (containers.length === 1 ? containers[0] : undefined);
}

function hasImage(container: ContainerObject): container is ContainerObject & { readonly image: string } {
  return container.image !== undefined && container.image !== '';
}

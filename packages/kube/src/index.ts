export * from './kube.ts';
export * from './kube-error.ts';
export * from './memory-kube.ts';
export * from './objects.ts';
export * from './open-kube.ts';
export * from './resources.ts';

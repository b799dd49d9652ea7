import type { Api } from '../api.ts';
import { createObject } from '../verbs/create.ts';
import type { Controller } from './controller.ts';
import { definitionController } from './definitions.ts';
import { ephemeralVolumeController } from './ephemeral-volumes.ts';
import { garbageCollector } from './garbage-collector.ts';
import { JobController } from './job-controller.ts';
import { namespaceController } from './namespaces.ts';
import { serviceAccountController } from './service-accounts.ts';
import { volumeBinder } from './volume-binder.ts';
import { WorkQueue } from './work-queue.ts';

/** How often controllers are asked whether a deadline has passed: the clock may jump at any moment. */
const TICK_MS = 100;

const FIRST_NAMESPACES = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];

/** Starts all controllers and makes the namespaces every cluster has. Returns the way to stop. */
export function startControllers(api: Api): () => void {
  const controllers: readonly Controller[] = [
    garbageCollector(api),
    namespaceController(api),
    serviceAccountController(api),
    definitionController(api),
    ephemeralVolumeController(api),
    volumeBinder(api),
    new JobController(api),
  ];
  const stops = controllers.map((controller) => run(api, controller));
  const namespaces = api.registry.builtIn('namespaces');
  for (const name of FIRST_NAMESPACES) createObject(api, namespaces, '', { metadata: { name } });
  return () => {
    for (const stop of stops) stop();
  };
}

function run(api: Api, controller: Controller): () => void {
  const failed = (key: string, error: unknown): void => {
    api.log(`controller ${controller.name} failed at ${key}: ${error instanceof Error ? error.stack : String(error)}`);
  };
  const queue = new WorkQueue((key) => controller.look(key), failed);
  const unsubscribe = api.store.subscribe((change) => {
    for (const key of controller.keysFor(change)) queue.add(key);
  });
  const ticking = setInterval(() => {
    for (const key of controller.due?.(api.now()) ?? []) queue.add(key);
  }, TICK_MS);
  return () => {
    unsubscribe();
    clearInterval(ticking);
    queue.stop();
  };
}

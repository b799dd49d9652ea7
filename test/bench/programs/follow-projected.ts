// Stays informed of all backups as the watcher does: its reflector, which keeps the watcher's projection of each.
import { backupFacts, slimFacts } from '@holdfast/core';
import { openKube, reflect, resources, type Reflector } from '@holdfast/kube';
import type { BackupFacts } from '@holdfast/core';
import { letYoungMemoryGrow } from '../../../packages/runtime/src/young-memory.ts';
import { follow } from './follow.ts';

const kube = await openKube({ kubeconfig: process.argv[2] });
const log = { debug: ignore, info: ignore, warn: ignore, error: ignore };
let backups: Reflector<BackupFacts> | undefined;

await follow({
  sync: async (onChange) => {
    let synced = false;
    backups = reflect({
      kube,
      type: resources.backups,
      project: (backup, known) => slimFacts(backupFacts(backup, known)),
      signal: new AbortController().signal,
      onChange: () => void (synced && onChange()),
      log,
    });
    await backups.synced;
    synced = true;
    letYoungMemoryGrow(); // as a service does it that is ready
  },
  *sizes() {
    for (const { status } of backups?.values() ?? []) yield status.stats?.sizeBytes;
  },
});

function ignore(): void {}

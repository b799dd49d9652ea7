// What runs once, after the chart was uninstalled: see deploy/chart/templates/release.yaml.
import { setTimeout as sleep } from 'node:timers/promises';
import { openKube } from '@holdfast/kube';
import { ConfigError, openLog, parseConfig } from '@holdfast/runtime';
import { releaseConfig } from './config.ts';
import { releaseBackups } from './release-backups.ts';

const log = openLog('release', { now: () => new Date() });
process.exitCode = await main();

async function main(): Promise<number> {
  try {
    const config = parseConfig(releaseConfig, process.env);
    const signal = AbortSignal.timeout(config.HOLDFAST_RELEASE_SECONDS * 1_000);
    const kube = await openKube({ kubeconfig: config.HOLDFAST_KUBECONFIG, userAgent: 'holdfast-release' });
    try {
      const released = await releaseBackups(kube, {
        namespace: config.HOLDFAST_WATCH_NAMESPACE,
        log,
        pause: () => sleep(config.HOLDFAST_PAUSE_SECONDS * 1_000, undefined, { signal }),
        signal,
      });
      log.info({ released }, 'no backup carries our finalizer');
      return 0;
    } finally {
      kube.close();
    }
  } catch (error) {
    if (error instanceof ConfigError) {
      process.stderr.write(`${error.message}\n`);
      return 2;
    }
    log.error({ err: error }, 'backups may still carry our finalizer; take it off by hand');
    return 1;
  }
}

import { fileURLToPath } from 'node:url';
import type { GoModule } from '../../go-build.ts';

const version = '1.36.3';
const [major = '', minor = ''] = version.split('.');
const versionVariables = 'k8s.io/component-base/version';

/** etcd, every part of Kubernetes and kubectl in one program, which tells the time of the dev cluster that it belongs to. */
export const kubernetes: GoModule = {
  name: 'kubernetes',
  version,
  aliases: ['kubectl'],
  folder: fileURLToPath(new URL('.', import.meta.url)),
  linked: {
    // Without these a server says "v0.0.0-master", which kubectl cannot read.
    [`${versionVariables}.gitVersion`]: `v${version}`,
    [`${versionVariables}.gitMajor`]: major,
    [`${versionVariables}.gitMinor`]: minor,
    [`${versionVariables}.gitCommit`]: 'holdfast',
    [`${versionVariables}.gitTreeState`]: 'clean',
    [`${versionVariables}.buildDate`]: '2026-07-22T18:07:38Z',
  },
  patches: {
    'time/shift.go': { file: 'shift.go.txt' },
    'time/time.go': { after: '\tsec, nsec, mono := runtimeNow()', line: '\tsec, nsec = shifted(sec, nsec)' },
  },
};

/** How to have the program, for whoever does not have it yet. */
export const howToBuild = 'npm run cluster -- build-kubernetes';

import { describe } from 'vitest';
import { describeCluster } from '../contract.ts';
import { haveKubernetes } from './kubernetes.ts';

const ready = await haveKubernetes();

describe.skipIf(!ready)('on a real API server', () => describeCluster('control-plane'));

import { describeCluster } from '../contract.ts';
import { nodeIsPossible } from './possible.ts';

describeCluster('node', { skip: !nodeIsPossible() });

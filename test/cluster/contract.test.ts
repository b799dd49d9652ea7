import { describeCluster } from './contract.ts';

describeCluster('embedded');

import { builtModule } from '../../go-build.ts';
import { describeCluster } from '../contract.ts';
import { kubernetes } from './kubernetes.ts';

describeCluster('control-plane', { skip: builtModule(kubernetes) === undefined });

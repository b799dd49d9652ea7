import { builtModule } from '../../go-build.ts';
import { describeObjects } from '../objects/describe-objects.ts';
import { kubernetes } from './kubernetes.ts';

describeObjects('control-plane', { skip: builtModule(kubernetes) === undefined, rules: true });

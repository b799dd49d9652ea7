import { describeObjects } from './describe-objects.ts';

/** As a server before Kubernetes 1.25: it knows types, words and lengths, and evaluates no rules. */
describeObjects('embedded', { rules: false });

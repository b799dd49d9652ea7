import type { ClusterClock } from './clock/clock.ts';
import { openControl, type Control } from '../neo4j/control.ts';
import { startOperator } from '../neo4j/operator/start-operator.ts';

/** The stand-in Neo4j of a cluster: an operator that gives each target its server pods. */
export interface StandIns {
  /** Folder in which the stand-ins keep their databases. */
  readonly stateDir: string;
  /** The hand that moves one cluster: commits, prunes, drops, arms faults. */
  control(namespace: string, cluster: string): Control;
  stop(): Promise<void>;
}

/** Starts the stand-in operator against an API server. */
export async function startStandIns(options: {
  kubeconfig: string;
  stateDir: string;
  /** Where pods see `stateDir`. Default: at the same place. */
  stateDirInPods?: string;
  clock: ClusterClock;
}): Promise<StandIns> {
  const { kubeconfig, stateDir, stateDirInPods, clock } = options;
  const now = () => clock.now();
  const operator = startOperator({ kubeconfig, stateDir, ...(stateDirInPods && { stateDirInPods }), now });
  return {
    stateDir,
    control: (namespace, cluster) => openControl({ stateDir, cluster: `${namespace}/${cluster}`, now }),
    stop: () => operator.stop(),
  };
}

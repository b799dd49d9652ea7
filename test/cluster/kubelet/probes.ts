import { execFile } from 'node:child_process';
import { get } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Container, Probe } from './pod-types.ts';

/** How a probe reaches its container. */
export interface ProbeReach {
  readonly podIP: string;
  /** Program and arguments on this machine for a command of the container. */
  command(command: readonly string[]): readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly workingDir: string;
}

/** Asks again and again until `signal` fires; tells `onVerdict` when a threshold is reached and the answer is new. */
export async function runProbe(
  probe: Probe,
  container: Container,
  reach: ProbeReach,
  options: { signal: AbortSignal; onVerdict: (healthy: boolean) => void },
): Promise<void> {
  const pause = (seconds: number) => sleep(seconds * 1000, undefined, { signal: options.signal }).catch(() => {}); // the container has ended
  let last: boolean | undefined;
  let streak = 0;
  let verdict: boolean | undefined;
  await pause(probe.initialDelaySeconds ?? 0);
  while (!options.signal.aborted) {
    const healthy = await probeOnce(probe, container, reach);
    if (options.signal.aborted) return;
    streak = healthy === last ? streak + 1 : 1;
    last = healthy;
    const enough = healthy ? (probe.successThreshold ?? 1) : (probe.failureThreshold ?? 3);
    if (streak >= enough && verdict !== healthy) {
      verdict = healthy;
      options.onVerdict(healthy);
    }
    // Before the first success a dev cluster asks more often than once in ten seconds: starts are what people wait for.
    await pause(verdict === undefined ? Math.min(0.2, probe.periodSeconds ?? 10) : (probe.periodSeconds ?? 10));
  }
}

/** One question; every trouble is a "no". */
export function probeOnce(probe: Probe, container: Container, reach: ProbeReach): Promise<boolean> {
  const timeoutMs = (probe.timeoutSeconds ?? 1) * 1000;
  if (probe.exec) return execAnswers(probe.exec.command, reach, timeoutMs);
  if (probe.tcpSocket) {
    return portAnswers(probe.tcpSocket.host ?? reach.podIP, portOf(probe.tcpSocket.port, container), timeoutMs);
  }
  if (probe.httpGet) {
    return httpAnswers(reach.podIP, portOf(probe.httpGet.port, container), probe.httpGet.path ?? '/', timeoutMs);
  }
  return Promise.resolve(false);
}

function execAnswers(command: readonly string[], reach: ProbeReach, timeout: number): Promise<boolean> {
  const [program = '', ...args] = reach.command(command);
  return new Promise((resolve) => {
    execFile(
      program,
      args,
      { env: reach.environment, cwd: reach.workingDir, timeout, killSignal: 'SIGKILL' },
      (error) => resolve(!error),
    );
  });
}

function portAnswers(host: string, port: number, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const answer = (open: boolean) => {
      socket.destroy();
      resolve(open);
    };
    socket.setTimeout(timeoutMs, () => answer(false));
    socket.once('connect', () => answer(true));
    socket.once('error', () => answer(false));
  });
}

function httpAnswers(host: string, port: number, path: string, timeout: number): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = get({ host, port, path, timeout, agent: false }, (response) => {
      response.resume();
      resolve((response.statusCode ?? 500) < 400);
    });
    asked.once('timeout', () => asked.destroy());
    asked.once('error', () => resolve(false));
    asked.once('close', () => resolve(false));
  });
}

function portOf(port: number | string, container: Container): number {
  if (typeof port === 'number') return port;
  return container.ports?.find(({ name }) => name === port)?.containerPort ?? Number(port);
}

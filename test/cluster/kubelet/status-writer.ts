import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError, type ApiClient } from './api-client.ts';
import type { Pod, PodStatus } from './pod-types.ts';

/** Brings one pod's newest status to the API server, in order, leaving out what has been overtaken. */
export class StatusWriter {
  readonly #api: ApiClient;
  readonly #path: string;
  readonly #uid: string;
  readonly #onTrouble: (text: string) => void;
  #wanted: PodStatus | undefined;
  #written = '';
  #working: Promise<void> | undefined;
  #gone = false;

  constructor(api: ApiClient, pod: Pod, onTrouble: (text: string) => void) {
    this.#api = api;
    this.#onTrouble = onTrouble;
    this.#path = `/api/v1/namespaces/${pod.metadata.namespace}/pods/${pod.metadata.name}/status`;
    this.#uid = pod.metadata.uid;
  }

  write(status: PodStatus): void {
    this.#wanted = status;
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined;
      if (this.#wanted && !this.#gone) this.write(this.#wanted);
    });
  }

  /** Resolves when everything given so far is written, or the pod is gone. */
  async flushed(): Promise<void> {
    while (this.#working) await this.#working;
  }

  /** The pod has left the API server: nothing more is written. */
  stop(): void {
    this.#gone = true;
  }

  async #work(): Promise<void> {
    let pauseMs = 50;
    while (this.#wanted && !this.#gone) {
      const status = this.#wanted;
      const text = JSON.stringify(status);
      if (text !== this.#written && !(await this.#patch(status))) {
        await sleep(pauseMs);
        pauseMs = Math.min(pauseMs * 2, 1_000);
        continue;
      }
      this.#written = text;
      if (this.#wanted === status) this.#wanted = undefined;
    }
  }

  /** True when the status arrived or can never arrive. */
  async #patch(status: PodStatus): Promise<boolean> {
    try {
      // Strategic, as a real kubelet does it: conditions that somebody else set in the meantime, as an eviction does, are merged and not lost.
      await this.#api.patch(this.#path, { metadata: { uid: this.#uid }, status }, 'strategic');
    } catch (error) {
      // Not found, or another pod of this name (409), or refused as it stands: repeating changes nothing.
      if (error instanceof ApiError && error.status >= 400 && error.status < 500 && error.status !== 429) {
        if (error.status === 404 || error.status === 409) this.#gone = true;
        else this.#onTrouble(`${this.#path} refused: ${error.message}`);
        return true;
      }
      return false;
    }
    return true;
  }
}

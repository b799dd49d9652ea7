import { realClock, pause, type Clock } from './clock.ts';
import type { Kube } from './kube.ts';
import type { Log } from './log.ts';
import type { Lease } from './objects.ts';
import { resources } from './resources.ts';

export interface LeadOptions {
  readonly kube: Kube;
  /** The Lease that names the leader. */
  readonly namespace: string;
  readonly name: string;
  /** Tells this process from all others, of today and of earlier: the pod's name and something random. */
  readonly identity: string;
  /** What only a leader does. Must end soon after its signal; what is not sent by then must not be sent. */
  readonly lead: (signal: AbortSignal) => Promise<void>;
  /** Stops leading, waits for the work's end and releases the Lease. */
  readonly signal: AbortSignal;
  readonly log: Log;
  /** Only for the times written into the Lease, which nobody decides by. */
  readonly clock?: Pick<Clock, 'now'>;
  /** Others may take over after this long without a renewal; default 15 s. */
  readonly leaseMs?: number;
  /** Without a renewal for this long the work is stopped; default 10 s, so that it ends before the Lease does. */
  readonly renewMs?: number;
  /** Pause between two looks or renewals; default 2 s. */
  readonly retryMs?: number;
}

export interface Leadership {
  /** Whether this process leads at this very moment; also right after a freeze, before any timer has fired. */
  leads(): boolean;
  /** After the stop, when the work has ended and the Lease is released. */
  readonly ended: Promise<void>;
}

/**
 * Campaigns for a Lease and works while it is held. All durations are measured by the monotonic clock of this process: times
 * written by others are never compared with ours, only whether the Lease has changed since we first saw it as it is.
 */
export function campaign(options: LeadOptions): Leadership {
  const candidate = new Candidate(options);
  return { leads: () => candidate.leads(), ended: candidate.run() };
}

class Candidate {
  readonly #options: Required<Omit<LeadOptions, 'clock'>> & { readonly clock: Pick<Clock, 'now'> };
  #seen: { readonly lease: Lease; readonly sinceMs: number } | undefined;
  /** When the request of the last successful renewal was sent: earlier than the server's moment, so never too late. */
  #renewedMs = -Infinity;

  constructor(options: LeadOptions) {
    this.#options = { clock: realClock, leaseMs: 15_000, renewMs: 10_000, retryMs: 2_000, ...options };
  }

  leads(): boolean {
    return performance.now() - this.#renewedMs < this.#options.renewMs;
  }

  async run(): Promise<void> {
    const { signal, retryMs } = this.#options;
    while (!signal.aborted) {
      if (await this.#take()) await this.#term();
      if (!signal.aborted) await pause(retryMs * (0.8 + Math.random() * 0.4), signal).catch(() => {});
    }
  }

  /** From the moment the Lease is ours until the work has ended, for whatever reason. */
  async #term(): Promise<void> {
    const { log, name, lead, signal } = this.#options;
    const stop = new AbortController();
    const working = AbortSignal.any([signal, stop.signal]);
    log.info({ lease: name }, 'leading');
    const work = Promise.resolve()
      .then(() => lead(working))
      .catch((error: unknown) => {
        if (!working.aborted) log.error({ lease: name, err: error }, 'the work of the leader failed');
      })
      .finally(() => stop.abort());
    try {
      await this.#keep(working, stop);
    } finally {
      stop.abort();
    }
    await this.#awaitEnd(work);
    log.info({ lease: name }, 'no longer leading');
    if (this.#isOurs()) await this.#release();
    this.#renewedMs = -Infinity;
  }

  /** Renews until the work ends, or until renewals have failed for so long that others may soon take over. */
  async #keep(working: AbortSignal, stop: AbortController): Promise<void> {
    const { renewMs, retryMs, log, name } = this.#options;
    while (!working.aborted) {
      const leftMs = Math.max(0, this.#renewedMs + renewMs - performance.now());
      // A timer of its own, so that not even a renewal that hangs can keep the work going.
      const late = setTimeout(() => {
        log.warn({ lease: name }, 'the Lease could not be renewed in time, the work stops');
        stop.abort();
      }, leftMs);
      await pause(Math.min(retryMs, leftMs), working).catch(() => {});
      const renewed = !working.aborted && (await this.#take(working));
      clearTimeout(late);
      if (!renewed && this.#isTaken())
        return log.warn({ lease: name }, 'the Lease belongs to someone else, the work stops');
    }
  }

  async #awaitEnd(work: Promise<void>): Promise<void> {
    const { log, name, leaseMs, renewMs } = this.#options;
    const late = setTimeout(() => {
      log.error({ lease: name }, 'the work of the leader has not ended although the Lease may be taken by now');
    }, leaseMs - renewMs);
    await work.finally(() => clearTimeout(late));
  }

  /** Takes or renews the Lease if that is ours to do. Trouble is logged and counts as "not now". */
  async #take(working?: AbortSignal): Promise<boolean> {
    const { signal, log, name, renewMs } = this.#options;
    const sentMs = performance.now();
    const leftMs = working ? Math.max(1, this.#renewedMs + renewMs - sentMs) : renewMs;
    const limit = AbortSignal.any([working ?? signal, AbortSignal.timeout(Math.ceil(leftMs))]);
    try {
      const lease = await this.#current(limit);
      if (lease && !this.#mayTake(lease)) return false;
      if (!(await this.#write(lease, limit))) return false;
      this.#renewedMs = sentMs;
      return true;
    } catch (error) {
      if (!signal.aborted && !working?.aborted)
        log.warn({ lease: name, err: error }, 'the Lease could not be read or written');
      return false;
    }
  }

  async #current(signal: AbortSignal): Promise<Lease | undefined> {
    const { kube, namespace, name } = this.#options;
    const lease = await kube.get(resources.leases, { namespace, name }, signal);
    const unchanged = lease?.metadata.resourceVersion === this.#seen?.lease.metadata.resourceVersion;
    if (!lease) this.#seen = undefined;
    else if (!unchanged || !this.#seen) this.#seen = { lease, sinceMs: performance.now() };
    return lease;
  }

  #mayTake({ spec }: Lease): boolean {
    const holder = spec?.holderIdentity;
    if (!holder || holder === this.#options.identity) return true;
    const lastsMs = Math.max(this.#options.leaseMs, (spec.leaseDurationSeconds ?? 0) * 1000);
    return this.#seen !== undefined && performance.now() - this.#seen.sinceMs > lastsMs;
  }

  async #write(before: Lease | undefined, signal: AbortSignal): Promise<boolean> {
    const { kube, namespace, name, identity, leaseMs, clock } = this.#options;
    const now = microTime(clock.now());
    const ours = before?.spec?.holderIdentity === identity;
    const spec = {
      ...before?.spec,
      holderIdentity: identity,
      leaseDurationSeconds: Math.ceil(leaseMs / 1000),
      acquireTime: ours ? (before.spec?.acquireTime ?? now) : now,
      renewTime: now,
      leaseTransitions: (before?.spec?.leaseTransitions ?? 0) + (ours || !before ? 0 : 1),
    };
    if (!before) {
      const { created, object } = await kube.create(resources.leases, { metadata: { namespace, name }, spec }, signal);
      this.#seen = { lease: object, sinceMs: performance.now() };
      return created;
    }
    const result = await kube.replace(resources.leases, { ...before, spec }, signal);
    if (typeof result === 'string') return false;
    this.#seen = { lease: result, sinceMs: performance.now() };
    return true;
  }

  #isOurs(): boolean {
    return this.#seen?.lease.spec?.holderIdentity === this.#options.identity;
  }

  #isTaken(): boolean {
    const holder = this.#seen?.lease.spec?.holderIdentity;
    return holder !== undefined && holder !== '' && holder !== this.#options.identity;
  }

  /** An empty holder lets the next one begin at once. If it fails, they wait for the Lease to run out. */
  async #release(): Promise<void> {
    const { kube, log, name, clock } = this.#options;
    const lease = this.#seen?.lease;
    if (!lease) return;
    try {
      const spec = { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1, renewTime: microTime(clock.now()) };
      const result = await kube.replace(resources.leases, { ...lease, spec }, AbortSignal.timeout(2000));
      this.#seen = undefined;
      log.debug({ lease: name, result: typeof result === 'string' ? result : 'released' }, 'the Lease was given back');
    } catch (error) {
      log.warn({ lease: name, err: error }, 'the Lease could not be released, it will run out');
    }
  }
}

/** RFC 3339 with microseconds, as Leases have it. */
function microTime(date: Date): string {
  return date.toISOString().replace('Z', '000Z');
}

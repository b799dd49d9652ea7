/** What a check found. Degraded is said and lived with; dead makes the kubelet restart the container. */
export type CheckResult =
  | { readonly state: 'ok' }
  | { readonly state: 'degraded'; readonly reason: string }
  | { readonly state: 'dead'; readonly reason: string };

export interface HealthReport {
  readonly state: CheckResult['state'];
  readonly ready: boolean;
  /** Why this process is not ready, in one sentence; absent when it is. */
  readonly reason?: string;
  readonly checks: Readonly<Record<string, CheckResult>>;
}

/** The health of one process as named checks. */
export class Health {
  readonly #checks = new Map<string, () => CheckResult | Promise<CheckResult>>();
  readonly #onReady: () => void;
  /** Why not yet, or not any more; undefined when ready. */
  #notReady: string | undefined = 'it starts';

  /** @param onReady called each time this process says that it wants work. */
  constructor(onReady: () => void = () => {}) {
    this.#onReady = onReady;
  }

  /** Adds or replaces a check. A check that throws or does not answer in time counts as degraded: it is not proof of death. */
  check(name: string, look: () => CheckResult | Promise<CheckResult>): void {
    this.#checks.set(name, look);
  }

  /** This process wants work from now on. */
  setReady(): void {
    this.#notReady = undefined;
    this.#onReady();
  }

  /** It wants none: before it is ready, and when it stops. */
  setNotReady(reason: string): void {
    this.#notReady = reason;
  }

  async report(): Promise<HealthReport> {
    const results = await Promise.all(
      [...this.#checks].map(async ([name, look]) => [name, await lookInTime(look)] as const),
    );
    const states = new Set(results.map(([, { state }]) => state));
    const state = worst.find((each) => states.has(each)) ?? 'ok';
    const [death] = results.flatMap(([name, found]) => (found.state === 'dead' ? [`${name}: ${found.reason}`] : []));
    const reason = death ?? this.#notReady;
    return {
      state,
      ready: reason === undefined,
      ...(reason !== undefined && { reason }),
      checks: Object.fromEntries(results),
    };
  }
}

const worst = ['dead', 'degraded'] as const;
const checkMs = 2000;

async function lookInTime(look: () => CheckResult | Promise<CheckResult>): Promise<CheckResult> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<CheckResult>((resolve) => {
    timer = setTimeout(() => resolve({ state: 'degraded', reason: `no answer within ${checkMs} ms` }), checkMs);
  });
  try {
    return await Promise.race([look(), late]);
  } catch (error) {
    return { state: 'degraded', reason: `the check failed: ${error instanceof Error ? error.message : String(error)}` };
  } finally {
    clearTimeout(timer);
  }
}

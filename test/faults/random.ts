/** Moments and choices that can be had again. */
export interface Random {
  /** A whole number, both ends included. */
  between(least: number, most: number): number;
}

/** Numbers that follow from a seed: from `HOLDFAST_SEED`, else from the clock. It is printed, so that a failure can be repeated. */
export function randomFrom(seed = Number(process.env['HOLDFAST_SEED'] ?? Date.now() % 1_000_000)): Random {
  process.stderr.write(`faults: HOLDFAST_SEED=${seed}\n`);
  let state = seed >>> 0;
  const next = () => {
    // Mulberry32: small, and good enough to spread moments.
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return { between: (least, most) => least + Math.floor(next() * (most - least + 1)) };
}

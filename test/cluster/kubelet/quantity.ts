const factors: Record<string, number> = {
  '': 1,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
};

/** A resource quantity such as `500m` or `2Gi` as a number; throws on anything else. */
export function quantityToNumber(quantity: string): number {
  const [, digits, suffix = ''] = /^([0-9.]+)([A-Za-z]*)$/.exec(quantity) ?? [];
  const factor = factors[suffix];
  if (digits === undefined || factor === undefined) throw new Error(`"${quantity}" is no quantity`);
  return Number(digits) * factor;
}

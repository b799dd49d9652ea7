import { corrections } from '@holdfast/types';
import { Refused, shown } from './refused.ts';

const factors: Readonly<Record<string, number>> = {
  '': 1,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/**
 * Reads a Kubernetes quantity: a decimal number with a decimal suffix (`k`, `M`, `G` …), a binary one (`Ki`, `Mi`, `Gi` …), `m`,
 * or an exponent (`1e9`).
 * @returns the number as a double, at or above zero; above 2^53 it is rounded
 * @throws Refused
 */
export function parseQuantity(text: string): number {
  const found = /^\+?(\d{1,30}(?:\.\d{0,18})?|\.\d{1,18})(?:([mkMGTPE]|[KMGTPE]i)|[eE]([+-]?\d{1,2}))?$/.exec(text);
  if (!found) throw new Refused(`is ${shown(text)}; ${corrections.quantity}`);
  const [, digits = '', suffix = '', exponent = '0'] = found;
  return Number(digits) * (factors[suffix] ?? 1) * 10 ** Number(exponent);
}

/**
 * Reads the size of a volume.
 * @returns bytes, at least 1
 * @throws Refused also for sizes that are zero or less than one byte
 */
export function parseSize(text: string): number {
  const bytes = parseQuantity(text);
  if (bytes < 1) throw new Refused(`is ${shown(text)}; ${corrections.sizeZero}`);
  return Math.ceil(bytes);
}

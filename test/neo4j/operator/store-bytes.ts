const units: Readonly<Record<string, number>> = {
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  Ki: 1024,
  Mi: 1024 ** 2,
  Gi: 1024 ** 3,
};

/** Reads a size such as `300Mi`; anything else is an error. */
export function parseBytes(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(|k|M|G|Ki|Mi|Gi)$/.exec(text.trim());
  const unit = units[match?.[2] ?? '?'];
  if (!match || unit === undefined) throw new Error(`"${text}" is not a size such as 300Mi`);
  return Math.floor(Number(match[1]) * unit);
}

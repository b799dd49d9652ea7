const pattern = /^(.+)-(\d{4}-\d{2}-\d{2}T\d{2}-\d{2}-\d{2})\.backup$/;

/** `<database>-YYYY-MM-DDThh-mm-ss.backup`, the time read on a clock of `zone`. */
export function artifactName(database: string, at: Date, zone: string): string {
  const parts = new Intl.DateTimeFormat('en-GB', { ...fields, timeZone: zone }).formatToParts(at);
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.find((one) => one.type === type)?.value ?? '';
  const day = `${part('year')}-${part('month')}-${part('day')}`;
  return `${database}-${day}T${part('hour')}-${part('minute')}-${part('second')}.backup`;
}

/** Whether a file could be an artifact by its name. */
export function isArtifactName(name: string): boolean {
  return pattern.test(name);
}

/** The artifact that a companion part `<artifact>.backup.1` belongs to. */
export function partOf(name: string): { artifact: string; part: number } | undefined {
  const match = /^(.+\.backup)\.(\d+)$/.exec(name);
  return match ? { artifact: match[1] ?? '', part: Number(match[2]) } : undefined;
}

/** The second to name an artifact by: the given one, or the next at which the name is free. */
export function freeSecond(
  at: Date,
  nameAt: (second: Date) => string,
  taken: ReadonlySet<string>,
): { second: Date; name: string } {
  let second = new Date(Math.floor(at.getTime() / 1000) * 1000);
  while (taken.has(nameAt(second))) second = new Date(second.getTime() + 1000);
  return { second, name: nameAt(second) };
}

const fields = {
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
} as const;

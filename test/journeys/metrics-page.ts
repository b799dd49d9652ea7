/** One line of a metrics page. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Reads `/metrics` of a service; comments are left out. */
export async function readMetrics(url: string): Promise<Sample[]> {
  const answer = await fetch(`${url}/metrics`);
  if (answer.status !== 200) throw new Error(`${url}/metrics answered ${answer.status}`);
  return (await answer.text()).split('\n').flatMap((line) => {
    const [, name = '', labels = '', value = ''] = /^([a-z_:]\w*)(?:\{(.*)\})? (\S+)/i.exec(line) ?? [];
    return name ? [{ name, labels: readLabels(labels), value: Number(value) }] : [];
  });
}

/** Value of the one sample of this name with at least these labels; undefined when there is none, an error when there are several. */
export function valueOf(
  page: readonly Sample[],
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const found = page.filter(
    (sample) =>
      sample.name === `neo4jbackup_${name}` &&
      Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
  );
  if (found.length > 1) throw new Error(`${found.length} samples of ${name} fit ${JSON.stringify(labels)}`);
  return found[0]?.value;
}

function readLabels(text: string): Record<string, string> {
  return Object.fromEntries([...text.matchAll(/(\w+)="([^"]*)"/g)].map(([, label = '', value = '']) => [label, value]));
}

// Writes what the chart renders with each set of values into deploy/chart/tests/golden; read the difference before you commit it.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chart, openHelm, valueSets, withoutCrd } from './helm.ts';

const helm = await openHelm((line) => process.stderr.write(`${line}\n`));
if (!helm) process.exit(1);
for (const values of valueSets) {
  const path = join(chart, 'tests/golden', `${values}.yaml`);
  await writeFile(path, withoutCrd(await helm.template({ values })));
  process.stdout.write(`wrote ${path}\n`);
}

import { join } from 'node:path';
import { debianFiles } from '../debian-files.ts';
import { programOnPath } from '../program-on-path.ts';

/** Paths of a Prometheus and of its tool. */
export interface PrometheusPrograms {
  readonly prometheus: string;
  readonly promtool: string;
}

/**
 * For tests: from the PATH; with CI=true Debian's package is fetched, and what cannot be had is an error. Elsewhere
 * undefined, and said aloud.
 * @param what of the tests needs it
 */
export async function prometheusForTests(what: string): Promise<PrometheusPrograms | undefined> {
  const say = (line: string) => void process.stderr.write(`${line}\n`);
  const [prometheus, promtool] = [programOnPath('prometheus'), programOnPath('promtool')];
  if (prometheus && promtool) return { prometheus, promtool };
  if (process.env['CI'] !== 'true') {
    say(`left out: ${what}; put prometheus and promtool on the PATH (Debian: apt-get install prometheus)`);
    return undefined;
  }
  // Installed, it would bring a service that starts at once, and a web page that nobody opens.
  const folder = await debianFiles('prometheus', ['prometheus'], { alone: true, say });
  if (folder === undefined) throw new Error('prometheus could not be fetched; put prometheus and promtool on the PATH');
  return { prometheus: join(folder, 'usr/bin/prometheus'), promtool: join(folder, 'usr/bin/promtool') };
}

import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipOrDebian, pythonTag } from '../../pip-from-debian.ts';
import { cacheFolder, pipInstall } from '../../pip-install.ts';
import { freePort } from '../proxy/free-port.ts';
import { launchServer } from './launch-server.ts';
import { s3Server, type S3Server, type ServerOptions } from './s3-server.ts';

const version = '5.2.5';

/** Whether tests are to run on moto: where it was fetched, and in CI. Elsewhere it says aloud what is not seen there. */
export async function wantsMoto(what: string): Promise<boolean> {
  if (process.env['CI'] === 'true' || existsSync(await homeOfMoto().catch(() => ''))) return true;
  const remedy = 'npm run cluster -- fetch-moto fetches it once (a minute)';
  process.stderr.write(`left out: ${what} on moto, S3 with storage classes; ${remedy}\n`);
  return false;
}

/** The folder with moto and what it needs, in the user's cache: fetched from PyPI on the first call. */
export async function fetchMoto(say: (line: string) => void): Promise<string | undefined> {
  if (!(await pipOrDebian(say))) return undefined;
  const home = await homeOfMoto();
  // Its extra `server` brings every service of AWS along, three times as much.
  const args = ['--only-binary', ':all:', 'flask==3.1.3', 'flask-cors==6.0.5'];
  return pipInstall(home.slice(cacheFolder().length + 1), `moto[s3]==${version}`, { what: 'moto', args, say });
}

/**
 * Starts moto on loopback, its objects in memory. It looks who asks and whether the signature is right, for the one account that is made
 * at the start.
 */
export async function startMoto({ dir, say, env = {} }: ServerOptions): Promise<S3Server> {
  const folder = await fetchMoto(say);
  if (folder === undefined) throw new Error('moto could not be fetched; what was missing is said above');
  await mkdir(dir, { recursive: true });
  const server = await launchServer({
    command: 'python3',
    args: ['-c', 'from moto.server import main; main()', '-H', '127.0.0.1', '-p', String(await freePort())],
    logFile: join(dir, 'moto.log'),
    env: {
      ...env,
      HOME: dir,
      PYTHONPATH: folder,
      PYTHONUNBUFFERED: '1',
      PYTHONDONTWRITEBYTECODE: '1',
      INITIAL_NO_AUTH_ACTION_COUNT: String(Object.keys(account).length),
    },
    portIn: (line) => /Running on http:\/\/127\.0\.0\.1:(\d+)/.exec(line)?.[1],
  });
  return s3Server(server, await makeAccount(server.port));
}

const policy = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }] };

/** The requests that nobody needs a signature for: they make the account that is asked for one from then on. */
const account = {
  CreateUser: {},
  PutUserPolicy: { PolicyName: 'store', PolicyDocument: JSON.stringify(policy) },
  CreateAccessKey: {},
} as const;

async function makeAccount(port: number): Promise<{ accessKeyId: string; secretAccessKey: string }> {
  let answered = '';
  for (const [Action, fields] of Object.entries(account)) {
    const answer = await fetch(`http://127.0.0.1:${port}/`, {
      method: 'POST',
      // By the scope of its signature moto knows which service is meant.
      headers: { authorization: 'AWS4-HMAC-SHA256 Credential=none/20260101/us-east-1/iam/aws4_request' },
      body: new URLSearchParams({ Action, UserName: 'holdfast-dev', Version: '2010-05-08', ...fields }),
      signal: AbortSignal.timeout(10_000),
    });
    answered = await answer.text();
    if (!answer.ok) throw new Error(`moto refused ${Action} (HTTP ${answer.status})`);
  }
  const told = (name: string): string => new RegExp(`<${name}>([^<]+)</${name}>`).exec(answered)?.[1] ?? '';
  return { accessKeyId: told('AccessKeyId'), secretAccessKey: told('SecretAccessKey') };
}

async function homeOfMoto(): Promise<string> {
  return join(cacheFolder(), `moto-${version}-${await pythonTag()}-${process.platform}-${process.arch}`);
}

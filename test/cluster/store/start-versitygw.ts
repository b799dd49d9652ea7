import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { builtProgram, goInstall, type GoProgram } from '../../go-install.ts';
import { freePort } from '../proxy/free-port.ts';
import { launchServer } from './launch-server.ts';
import { s3Server, whenAnswering, type S3Server, type ServerOptions } from './s3-server.ts';

const versitygwProgram: GoProgram = { module: 'github.com/versity/versitygw/cmd/versitygw', version: 'v1.8.0' };

/** Whether tests are to run on versitygw: where it was built, and in CI. Elsewhere it says aloud what is not seen there. */
export function wantsVersitygw(what: string): boolean {
  if (process.env['CI'] === 'true' || builtProgram(versitygwProgram) !== undefined) return true;
  const remedy = 'npm run cluster -- build-versitygw builds it once (three minutes)';
  process.stderr.write(`left out: ${what} on versitygw, S3 before a file system; ${remedy}\n`);
  return false;
}

/** Path of versitygw in the user's cache, built on the first call. */
export function buildVersitygw(say: (line: string) => void): Promise<string | undefined> {
  return goInstall(versitygwProgram, say);
}

/** Starts versitygw on loopback, its objects as files below `dir`; builds it when the user's cache does not have it. */
export async function startVersitygw({ dir, say, env = {} }: ServerOptions): Promise<S3Server> {
  const command = await buildVersitygw(say);
  if (!command) throw new Error('versitygw could not be built; what was missing is said above');
  const [objects, versions] = [join(dir, 'objects'), join(dir, 'versions')];
  for (const folder of [objects, versions]) mkdirSync(folder, { recursive: true });
  const keys = { accessKeyId: 'holdfast-dev', secretAccessKey: 'holdfast-dev-secret' };
  const port = await freePort();
  const server = await launchServer({
    command,
    args: ['--port', `127.0.0.1:${port}`, 'posix', '--versioning-dir', versions, objects],
    logFile: join(dir, 'versitygw.log'),
    env: { ...env, HOME: dir, ROOT_ACCESS_KEY: keys.accessKeyId, ROOT_SECRET_KEY: keys.secretAccessKey },
    portIn: (line) => /http:\/\/127\.0\.0\.1:(\d+)/.exec(line)?.[1],
  });
  await whenAnswering(server); // it tells its address before it listens
  return s3Server(server, keys);
}

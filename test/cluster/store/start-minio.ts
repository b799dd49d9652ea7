import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { builtProgram, goInstall, type GoProgram } from '../../go-install.ts';
import { freePort } from '../proxy/free-port.ts';
import { launchServer } from './launch-server.ts';
import { s3Server, type S3Server, type ServerOptions } from './s3-server.ts';

/** The newest that its modules still publish. */
export const minioProgram: GoProgram = {
  module: 'github.com/minio/minio',
  version: 'v0.0.0-20260212201848-7aac2a2c5b7c',
};

/** Whether tests are to run on MinIO: where it was built, and in CI. Elsewhere it says aloud what is not seen there. */
export function wantsMinio(what: string): boolean {
  if (process.env['CI'] === 'true' || builtProgram(minioProgram) !== undefined) return true;
  const remedy = 'npm run cluster -- build-minio builds it once (some minutes)';
  process.stderr.write(`left out: ${what} on MinIO, a real S3 server; ${remedy}\n`);
  return false;
}

/** Starts MinIO on loopback, its objects below `dir`; builds it when the user's cache does not have it. */
export async function startMinio({ dir, say, env = {} }: ServerOptions): Promise<S3Server> {
  const command = await goInstall(minioProgram, say);
  if (!command) throw new Error('MinIO could not be built; what was missing is said above');
  mkdirSync(join(dir, 'objects'), { recursive: true });
  const keys = { accessKeyId: 'holdfast-dev', secretAccessKey: 'holdfast-dev-secret' };
  const server = await launchServer({
    command,
    args: ['server', join(dir, 'objects'), '--address', `127.0.0.1:${await freePort()}`],
    logFile: join(dir, 'minio.log'),
    env: {
      ...env,
      HOME: dir,
      MINIO_ROOT_USER: keys.accessKeyId,
      MINIO_ROOT_PASSWORD: keys.secretAccessKey,
      MINIO_BROWSER: 'off',
      MINIO_UPDATE: 'off', // it would ask the world for newer versions
      MINIO_CI_CD: '1', // a folder of the system's own disk is fine
    },
    portIn: (line) => /^API: http:\/\/127\.0\.0\.1:(\d+)/.exec(line)?.[1],
  });
  return s3Server(server, keys);
}

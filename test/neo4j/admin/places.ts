import { statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CommandError, type Context } from './context.ts';
import { localFolder, type Folder } from './folder.ts';

/** What a path argument means: a folder, or one file in it. */
export interface Place {
  readonly folder: Folder;
  readonly file?: string;
}

/** Resolves a path or URI that is read; one that does not exist ends the command. */
export async function placeToRead(path: string, context: Context): Promise<Place> {
  const cloud = cloudParts(path);
  if (cloud) {
    const file = path.endsWith('/') ? undefined : basename(cloud.directory);
    const directory = file === undefined ? cloud.directory : `${dirname(cloud.directory)}/`;
    const folder = await cloudFolder({ ...cloud, directory: directory === './' ? '' : directory }, context);
    return file === undefined ? { folder } : { folder, file };
  }
  const local = resolve(context.cwd, path.startsWith('file:') ? fileURLToPath(path) : path);
  if (kindOf(local) === 'folder') return { folder: localFolder(local) };
  if (kindOf(local) === 'file') return { folder: localFolder(dirname(local)), file: basename(local) };
  throw new CommandError(`Path '${path}' does not exist.`, context.settings.pathRulesExit);
}

/** Resolves the folder of a backup: it must exist, and a cloud's must end with a slash. */
export async function folderToWrite(path: string, context: Context): Promise<Folder> {
  const { pathRulesExit } = context.settings;
  const cloud = cloudParts(path);
  if (cloud && !path.endsWith('/')) {
    throw new CommandError(
      `The path ${path} is not a directory - please add a terminal '/' to your path`,
      pathRulesExit,
    );
  }
  if (cloud) return cloudFolder(cloud, context);
  const local = resolve(context.cwd, path);
  if (kindOf(local) === 'folder') return localFolder(local);
  throw new CommandError(`Backup directory '${path}' does not exist or is not a directory.`, pathRulesExit);
}

interface CloudParts {
  readonly scheme: 's3' | 'gs' | 'azb';
  readonly bucket: string;
  /** Ends with a slash or is empty, when it is a folder. */
  readonly directory: string;
}

const requiredNames = {
  s3: ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_REGION'],
  gs: ['GOOGLE_APPLICATION_CREDENTIALS'],
  azb: ['AZURE_TENANT_ID', 'AZURE_CLIENT_ID', 'AZURE_CLIENT_SECRET'],
} as const;

function cloudParts(path: string): CloudParts | undefined {
  const match = /^(s3|gs|azb):\/\/([^/]+)\/?(.*)$/.exec(path);
  if (!match) return undefined;
  return { scheme: match[1] as CloudParts['scheme'], bucket: match[2] ?? '', directory: match[3] ?? '' };
}

async function cloudFolder({ scheme, bucket, directory }: CloudParts, context: Context): Promise<Folder> {
  requireCredentials(scheme, context);
  if (scheme === 's3') {
    const { s3Folder } = await import('./s3-folder.ts'); // the SDK is slow to load, and most calls do without
    return s3Folder({ bucket, prefix: directory }, context.env);
  }
  if (scheme === 'gs' && context.env['HOLDFAST_GOOGLE_EMULATOR']) {
    const { gsFolder } = await import('./gs-folder.ts');
    return gsFolder({ bucket, prefix: directory }, context.env);
  }
  const { cloudDir } = context.settings;
  if (!cloudDir) throw new CommandError(`The stand-in reaches ${scheme}:// only through NEO4J_STANDIN_CLOUD_DIR.`);
  const local = join(cloudDir, scheme, bucket, directory);
  if (kindOf(local) !== 'folder')
    throw new CommandError(`Container or folder of ${scheme}://${bucket}/${directory} not found.`);
  return localFolder(local, `${scheme}://${bucket}/${directory}`);
}

/** Notes which variables were there, never what they held. */
function requireCredentials(scheme: CloudParts['scheme'], { env, evidence, faults }: Context): void {
  const names = scheme === 'gs' && env['GCE_METADATA_HOST'] ? ['GCE_METADATA_HOST'] : requiredNames[scheme];
  for (const name of names) if (env[name]) evidence.credentials.add(name);
  const missing = names.filter((name) => !env[name]);
  if (missing.length > 0)
    throw new CommandError(`Unable to load credentials for ${scheme}://: ${missing.join(', ')} not set.`);
  if (faults.find('cloud-auth')) {
    throw new CommandError('The access key you provided does not exist in our records. (Status Code: 403)');
  }
}

function kindOf(path: string): 'folder' | 'file' | 'nothing' {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) return 'nothing';
  return found.isDirectory() ? 'folder' : 'file';
}

import { createHash } from 'node:crypto';

/**
 * Where things stand in a store. Every key is relative to the backup's folder, except `backupFolder` itself.
 *
 *   owner.json, owner-<n>.json             whose folder this is, and who took it over
 *   artifacts/<artifact>                   direct: all runs share the folder
 *   artifacts/<run>/<artifact>[.enc]       staged
 *   artifacts/<run>/<attempt>-<pod>/<artifact>[.enc]   staged, where a pod that died had taken that key
 *   manifests/<run>/<database key>.json    makes one artifact count: written last, removed first
 *   removing/<run>/<database key>.json     what an unfinished removal still has to remove
 *   runs/<run>/run.json, attempt-<n>-<pod>.json, run.log
 *   suspect/<run>/<artifact's run>~<artifact>.json   what a run found missing or spoiled; goes with the artifact
 *   proofs/<run>/<n>.json                  what a verification has read back
 *   archive/<chain>/artifacts/…, archive/<chain>/manifests/<run>/<database key>.json   chains that were archived; each key as it was
 *   thawed/<chain>/artifacts/…             readable copies of archived ones, where a store can only bring back by copying
 */
export const artifactsFolder = 'artifacts/';
export const manifestsFolder = 'manifests/';
export const removingFolder = 'removing/';
export const runsFolder = 'runs/';
export const suspectFolder = 'suspect/';
export const proofsFolder = 'proofs/';
export const archiveFolder = 'archive/';
export const thawedFolder = 'thawed/';

/** Folder of a backup inside its store, without a slash at either end: `<path>/<namespace>/<backup>`. */
export function backupFolder(place: { path: string; namespace: string; backup: string }): string {
  const path = place.path.replace(/^\/+|(?<!\/)\/+$/g, '');
  return [path, place.namespace, place.backup].filter((step) => step !== '').join('/');
}

/** The n-th record of the folder's owners: a take-over adds one, because documents are written once. */
export function ownerKey(number: number): string {
  return number === 1 ? 'owner.json' : `owner-${number}.json`;
}

/** Folder with the artifacts of one staged run; without a run, the folder that all direct runs share. Ends with a slash. */
export function artifactFolder(run?: string): string {
  return run === undefined ? artifactsFolder : `${artifactsFolder}${run}/`;
}

export function artifactKey(artifact: string, run?: string): string {
  return `${artifactFolder(run)}${artifact}`;
}

export interface StagedFile {
  readonly run: string;
  /** As the engine named it: an artifact, or one of its companion parts. */
  readonly file: string;
  readonly encrypted: boolean;
  /** The pod that uploads it, when the usual key is taken. */
  readonly pod?: { readonly attempt: number; readonly uid: string };
}

/** Where a staged run puts a file. Nothing is ever written twice, so a successor that finds the key taken has one of its own. */
export function stagedKey({ run, file, encrypted, pod }: StagedFile): string {
  const own = pod ? `${pod.attempt}-${pod.uid.slice(0, podUidLength)}/` : '';
  return `${artifactFolder(run)}${own}${file}${encrypted ? encryptedEnding : ''}`;
}

/** Name that a file had before it was encrypted. */
export function plainName(key: string): string {
  const name = key.slice(key.lastIndexOf('/') + 1);
  return name.endsWith(encryptedEnding) ? name.slice(0, -encryptedEnding.length) : name;
}

/** Folder with the manifests of one run; ends with a slash. */
export function manifestFolder(run: string): string {
  return `${manifestsFolder}${run}/`;
}

export function manifestKey(run: string, database: string): string {
  return `${manifestFolder(run)}${databaseKey(database)}.json`;
}

/** Where the removal of the artifact of this run and database is noted until it is complete. */
export function removingKey(run: string, database: string): string {
  return `${removingFolder}${run}/${databaseKey(database)}.json`;
}

/** Where a run says that an artifact must not be used. */
export function suspectKey(run: string, { run: artifactRun, artifact }: { run: string; artifact: string }): string {
  return `${suspectFolder}${run}/${artifactRun}~${artifact}.json`;
}

/** Where a verification says what it has read back, document by document. */
export function proofKey(run: string, number: number): string {
  return `${proofsFolder}${run}/${String(number).padStart(6, '0')}.json`;
}

/**
 * Where a key of the folder stands once its chain is archived.
 * @param chain as its manifests name it; one step of a path, which `isChainStep` says
 */
export function archivedKey(chain: string, key: string): string {
  return `${archiveFolder}${chain}/${key}`;
}

/** Where a readable copy of an archived object lies. */
export function thawedKey(chain: string, key: string): string {
  return `${thawedFolder}${chain}/${key}`;
}

/** Whether the name of a chain can be a step of a path; every name that the engine gives can. */
export function isChainStep(chain: string): boolean {
  return /^[A-Za-z0-9_][A-Za-z0-9_.~-]{0,250}$/.test(chain);
}

/** Folder with the documents of one run; ends with a slash. */
export function runFolder(run: string): string {
  return `${runsFolder}${run}/`;
}

/** The whole story of a run. */
export function runKey(run: string): string {
  return `${runFolder(run)}run.json`;
}

/** Result of one attempt as one pod saw it; a pod that was replaced has another UID. */
export function attemptKey(run: string, attempt: number, podUid: string): string {
  return `${runFolder(run)}attempt-${attempt}-${podUid.slice(0, podUidLength)}.json`;
}

/** The pod's log. */
export function runLogKey(run: string): string {
  return `${runFolder(run)}run.log`;
}

/**
 * A file name for any database name, different for different names also where file names ignore case. Names that Neo4j
 * allows today stay as they are; every other byte becomes `~` and two hex digits; what gets too long ends in a hash.
 */
export function databaseKey(database: string): string {
  const key = Array.from(Buffer.from(database, 'utf8'), safeByte).join('').replace(/^\./, '~2e');
  if (key !== '' && key.length <= maxDatabaseKeyLength) return key;
  const hash = createHash('sha256').update(database).digest('hex').slice(0, 32);
  return `${key.slice(0, maxDatabaseKeyLength - hash.length - 2)}~~${hash}`;
}

export type ParsedKey =
  | { readonly kind: 'owner' }
  /** `artifact` is the file's name as the engine wrote it; only staged ones have a run. */
  | { readonly kind: 'artifact'; readonly artifact: string; readonly run?: string }
  | { readonly kind: 'manifest'; readonly run: string; readonly databaseKey: string }
  | { readonly kind: 'removing'; readonly run: string; readonly databaseKey: string }
  | { readonly kind: 'run'; readonly run: string }
  | { readonly kind: 'attempt'; readonly run: string; readonly attempt: number; readonly pod: string }
  | { readonly kind: 'log'; readonly run: string }
  | { readonly kind: 'suspect'; readonly run: string; readonly artifactRun: string; readonly artifact: string }
  | { readonly kind: 'proof'; readonly run: string; readonly number: number }
  /** `of` is what stood under the rest of the key before the chain was archived. */
  | { readonly kind: 'archived' | 'thawed'; readonly chain: string; readonly of: ParsedKey };

/** What a key of the folder is; undefined for keys that Holdfast does not write. */
export function parseKey(key: string): ParsedKey | undefined {
  if (/^owner(-[1-9]\d*)?\.json$/.test(key)) return { kind: 'owner' };
  const [folder, first, second, ...rest] = key.split('/');
  if (first === undefined || first === '' || second === '' || rest.includes('')) return undefined;
  if (folder === 'artifacts') return artifactOf(key, [first, second, ...rest]);
  if (folder === 'archive' || folder === 'thawed') return chainKey(folder, first, [second ?? '', ...rest].join('/'));
  if (second === undefined || rest.length > 0) return undefined;
  if (folder === 'manifests') return databaseDocument('manifest', first, second);
  if (folder === 'removing') return databaseDocument('removing', first, second);
  if (folder === 'runs') return runDocument(first, second);
  if (folder === 'suspect') return suspectDocument(first, second);
  if (folder === 'proofs') return proofDocument(first, second);
  return undefined;
}

/** Run that a manifest key belongs to; undefined for any other key. */
export function runOfManifest(key: string): string | undefined {
  const parsed = parseKey(key);
  return parsed?.kind === 'manifest' ? parsed.run : undefined;
}

const podUidLength = 8;
const encryptedEnding = '.enc';
/** Leaves room for `.json` and a temporary name within the 255 bytes of a file name. */
const maxDatabaseKeyLength = 190;

function safeByte(byte: number): string {
  const character = String.fromCharCode(byte);
  return /[a-z0-9._-]/.test(character) ? character : `~${byte.toString(16).padStart(2, '0')}`;
}

function artifactOf(
  key: string,
  [first = '', second, third, more]: readonly (string | undefined)[],
): ParsedKey | undefined {
  if (second === undefined) return { kind: 'artifact', artifact: first };
  if (more !== undefined || (third !== undefined && !/^\d+-[^/]{1,8}$/.test(second))) return undefined;
  return { kind: 'artifact', artifact: plainName(key), run: first };
}

function databaseDocument(kind: 'manifest' | 'removing', run: string, name: string): ParsedKey | undefined {
  const match = /^(.+)\.json$/.exec(name);
  return match?.[1] === undefined ? undefined : { kind, run, databaseKey: match[1] };
}

function runDocument(run: string, name: string): ParsedKey | undefined {
  if (name === 'run.json') return { kind: 'run', run };
  if (name === 'run.log') return { kind: 'log', run };
  const [, attempt, pod] = /^attempt-(\d+)-([^/]{1,8})\.json$/.exec(name) ?? [];
  return attempt === undefined || pod === undefined
    ? undefined
    : { kind: 'attempt', run, attempt: Number(attempt), pod };
}

function suspectDocument(run: string, name: string): ParsedKey | undefined {
  const [, artifactRun, artifact] = /^([^~]+)~(.+)\.json$/.exec(name) ?? [];
  return artifactRun === undefined || artifact === undefined
    ? undefined
    : { kind: 'suspect', run, artifactRun, artifact };
}

function chainKey(folder: 'archive' | 'thawed', chain: string, key: string): ParsedKey | undefined {
  const of = parseKey(key);
  const belongs = of?.kind === 'artifact' || (folder === 'archive' && of?.kind === 'manifest');
  return belongs && isChainStep(chain) ? { kind: folder === 'archive' ? 'archived' : 'thawed', chain, of } : undefined;
}

function proofDocument(run: string, name: string): ParsedKey | undefined {
  const [, number] = /^(\d{1,9})\.json$/.exec(name) ?? [];
  return number === undefined ? undefined : { kind: 'proof', run, number: Number(number) };
}

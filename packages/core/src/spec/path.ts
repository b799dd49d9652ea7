import { Refused, shown } from './refused.ts';

/** Bytes that one step of a path may have on the file systems behind claims. */
const longestStep = 255;

/**
 * Reads a folder inside a store. Only characters that mean the same in a URI, an object key and a file name may stand in it,
 * because neo4j-admin is given it as a URI.
 * @returns the path without a slash at either end; empty for the root
 * @throws Refused for `.` and `..`, empty steps, and any other character
 */
export function parseStorePath(text: string): string {
  // Looking back keeps a long run of slashes inside the text from being walked once for each of them.
  const path = text.replace(/^\/+/, '').replace(/(?<!\/)\/+$/, '');
  const odd = /[^A-Za-z0-9/_.=+@,~-]/u.exec(path);
  if (odd) throw new Refused(`contains ${shown(odd[0])}; write ASCII letters, digits, "/" and any of - _ . = + @ , ~`);
  const steps = path === '' ? [] : path.split('/');
  for (const step of steps) {
    if (step === '..' || step === '.')
      throw new Refused(`contains ${shown(step)}; write a path below the store's root`);
    if (step === '') throw new Refused('contains "//"; write one slash between two folders');
    if (step.length > longestStep)
      throw new Refused(`contains a folder name of more than ${longestStep} characters; write a shorter one`);
  }
  return path;
}

/** Folders of the Job's container that a scratch volume must not hide. */
const takenFolders = [
  '/agent',
  '/backup',
  '/bin',
  '/boot',
  '/dev',
  '/etc',
  '/holdfast',
  '/lib',
  '/lib64',
  '/logs',
  '/opt',
  '/proc',
  '/root',
  '/run',
  '/sbin',
  '/sys',
  '/usr',
  '/var',
];

/**
 * Reads the folder at which the scratch volume is mounted.
 * @returns an absolute path without a slash at its end
 * @throws Refused for relative paths, `..`, odd characters, and folders that the container itself needs
 */
export function parseTempPath(text: string): string {
  if (!text.startsWith('/')) throw new Refused(`is ${shown(text)}; write an absolute path such as /scratch`);
  const path = `/${parseStorePath(text)}`;
  if (path === '/' || path === '/tmp')
    throw new Refused(`is ${shown(text)}, which the container needs itself; write a folder such as /tmp/backup`);
  const taken = takenFolders.find((folder) => path === folder || path.startsWith(`${folder}/`));
  if (taken)
    throw new Refused(`is ${shown(text)}, and the container needs ${taken} itself; write a folder such as /scratch`);
  return path;
}

import { corrections, takenFolders } from '@holdfast/types';
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
  if (odd) throw new Refused(`contains ${shown(odd[0])}; ${corrections.pathCharacters}`);
  const steps = path === '' ? [] : path.split('/');
  for (const step of steps) {
    if (step === '..' || step === '.') throw new Refused(`contains ${shown(step)}; ${corrections.pathSteps}`);
    if (step === '') throw new Refused(`contains "//"; ${corrections.pathEmptyStep}`);
    if (step.length > longestStep)
      throw new Refused(`contains a folder name of more than ${longestStep} characters; ${corrections.pathLongStep}`);
  }
  return path;
}

/**
 * Reads the folder at which the scratch volume is mounted.
 * @returns an absolute path without a slash at its end
 * @throws Refused for relative paths, `..`, odd characters, and folders that the container itself needs
 */
export function parseTempPath(text: string): string {
  if (!text.startsWith('/')) throw new Refused(`is ${shown(text)}; ${corrections.tempPathRelative}`);
  const path = `/${parseStorePath(text)}`;
  if (path === '/' || path === '/tmp')
    throw new Refused(`is ${shown(text)}, which the container needs itself; ${corrections.tempPathNeeded}`);
  const taken = takenFolders.find((folder) => path === folder || path.startsWith(`${folder}/`));
  if (taken)
    throw new Refused(`is ${shown(text)}, and the container needs ${taken} itself; ${corrections.tempPathTaken}`);
  return path;
}

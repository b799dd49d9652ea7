import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The API reference that users know; it lies beside the repository, not in it. */
export const referenceFile: string = join(import.meta.dirname, '../../../shared/api-reference.md');

/** One example of the reference, to the letter. */
export interface Fragment {
  /** The comment above it, or the heading of its section. */
  readonly title: string;
  readonly text: string;
}

/** Every example in the reference's fenced blocks of one language, or `undefined` when the reference is not there. */
export function readFragments(language: 'yaml' | 'bash'): Fragment[] | undefined {
  if (!existsSync(referenceFile)) return undefined;
  const fragments: Fragment[] = [];
  let heading = '';
  let block: string[] | undefined;
  for (const line of readFileSync(referenceFile, 'utf8').split('\n')) {
    if (block && line.startsWith('```')) {
      fragments.push(...split(block, heading));
      block = undefined;
    } else if (block) block.push(line);
    else if (line === `\`\`\`${language}`) block = [];
    else if (line.startsWith('#')) heading = line.replace(/^#+\s*/, '');
  }
  return fragments;
}

/** The fragment of this title; a reference that lost it is an error. */
export function fragment(fragments: readonly Fragment[], title: string): string {
  const found = fragments.find((one) => one.title === title);
  if (!found) throw new Error(`the reference has no example "${title}"`);
  return found.text;
}

/** Fragments as one manifest: each below `spec`, only moved to the right. */
export function manifestOf(name: string, namespace: string, parts: readonly string[]): string {
  const spec = parts.flatMap((part) => part.trimEnd().split('\n')).map((line) => `  ${line}`);
  return [
    'apiVersion: neo4j.neo4j.com/v1alpha1',
    'kind: Neo4jBackup',
    'metadata:',
    `  name: ${name}`,
    `  namespace: ${namespace}`,
    'spec:',
    ...spec,
    '',
  ].join('\n');
}

/** A comment at the left margin begins a fragment. */
function split(lines: readonly string[], heading: string): Fragment[] {
  const fragments: { title: string; lines: string[] }[] = [];
  for (const line of lines) {
    if (line.startsWith('# ')) fragments.push({ title: line.slice(2), lines: [] });
    else if (fragments.length === 0) fragments.push({ title: heading, lines: [line] });
    else fragments.at(-1)?.lines.push(line);
  }
  return fragments.map(({ title, lines: text }) => ({ title, text: text.join('\n').trim() }));
}

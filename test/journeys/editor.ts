// What `KUBE_EDITOR` starts in tests: editor.ts <JSON file of words and what they become> <file to edit>
import { readFileSync, writeFileSync } from 'node:fs';

const [, , wanted = '', file = ''] = process.argv;
let text = readFileSync(file, 'utf8');
for (const [word, becomes] of Object.entries(JSON.parse(readFileSync(wanted, 'utf8')) as Record<string, string>)) {
  if (!text.includes(word)) throw new Error('a word that was to be replaced is not there');
  text = text.replaceAll(word, becomes);
}
writeFileSync(file, text);

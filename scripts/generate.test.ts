import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { reasons } from '@holdfast/types';
import { expect, test } from 'vitest';
import { compareReasons } from './reasons-page.ts';
import { root } from './steps.ts';

test('every reason has a section that helps, and every section is about a reason', async () => {
  const page = await readFile(join(root, 'docs/reasons.md'), 'utf8');
  expect(compareReasons(page, Object.keys(reasons))).toEqual({ lacking: [], unknown: [], thin: [] });
});

test('most sections say what to type', async () => {
  const page = await readFile(join(root, 'docs/reasons.md'), 'utf8');
  const sections = page.split(/^### /m).slice(1);
  expect(sections.filter((section) => section.includes('`')).length).toBeGreaterThan(sections.length * 0.9);
});

test('a missing, an unknown and a thin section are found', () => {
  const page = `# Reasons\n\n### Known\n\n${'It happened because of this; type that. '.repeat(3)}\n\n## Part\n\n### Thin\n\nToo short.\n\n### Stranger\n\n${'x'.repeat(90)}\n`;
  expect(compareReasons(page, ['Known', 'Thin', 'Lost'])).toEqual({
    lacking: ['Lost'],
    unknown: ['Stranger'],
    thin: ['Thin'],
  });
});

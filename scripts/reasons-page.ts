export interface PageFindings {
  /** Words without a section. */
  readonly lacking: readonly string[];
  /** Sections for words that the catalogue does not have. */
  readonly unknown: readonly string[];
  /** Sections that are too short to help anyone. */
  readonly thin: readonly string[];
}

const fewestCharacters = 80;

/** Compares the sections (`### Word`) of the page of reasons with the catalogue. */
export function compareReasons(page: string, words: readonly string[]): PageFindings {
  const sections = sectionsOf(page);
  return {
    lacking: words.filter((word) => !sections.has(word)),
    unknown: [...sections.keys()].filter((word) => !words.includes(word)),
    thin: [...sections].filter(([, text]) => text.length < fewestCharacters).map(([word]) => word),
  };
}

function sectionsOf(page: string): Map<string, string> {
  const sections = new Map<string, string>();
  for (const part of page.split(/^### /m).slice(1)) {
    const [word = '', ...lines] = part.split('\n');
    sections.set(word.trim(), lines.join('\n').split(/^#/m, 1)[0]?.trim() ?? '');
  }
  return sections;
}

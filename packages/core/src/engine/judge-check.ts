/** What `neo4j-admin database check` says of an artifact. Only a report says that it is inconsistent: the exit code alone says less. */
export type CheckVerdict =
  | { readonly kind: 'consistent' }
  | { readonly kind: 'inconsistent'; readonly line: string }
  | { readonly kind: 'notRun'; readonly line: string };

/** What a check left. */
export interface CheckEvidence {
  readonly code: number | undefined;
  /** Files of the folder that was empty before. */
  readonly reports: readonly string[];
  /** Beginning of the first report. */
  readonly report?: string | undefined;
  readonly output: string;
}

/** One non-zero code means both "inconsistent" and "could not look"; a report tells them apart. */
export function judgeCheck({ code, reports, report, output }: CheckEvidence): CheckVerdict {
  const found = reports.some((name) => /^inconsistencies-.*\.report$/.test(name));
  if (found) return { kind: 'inconsistent', line: usefulLine(report ?? '') ?? usefulLine(output) ?? 'see its report' };
  if (code === 0) return { kind: 'consistent' };
  const how = code === undefined ? 'was ended' : `ended with exit code ${code}`;
  const said = lastLine(output);
  return { kind: 'notRun', line: `neo4j-admin database check ${how}${said ? `: ${said}` : ''}` };
}

const longestLine = 300;

/** Reports begin with the worst, between empty lines and stack traces. */
function usefulLine(text: string): string | undefined {
  return linesOf(text)
    .find((line) => /[a-z]/i.test(line))
    ?.slice(0, longestLine);
}

function lastLine(text: string): string | undefined {
  return linesOf(text).at(-1)?.slice(0, longestLine);
}

function linesOf(text: string): string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^(at |\.\.\. \d+ more|Picked up |WARNING: )/.test(line));
}

/** Takes the output of a process piece by piece and gives it back line by line. */
export interface LineSplitter {
  push(piece: Uint8Array | string): void;
  /** Hands over what came after the last line break; nothing more may be pushed. */
  end(): void;
}

/** Longest line that is kept; everything that is ever read from a line fits many times. */
const defaultMaxLength = 8192;

/**
 * Splits at line feeds, carriage returns (progress bars), or both together. A line longer than `maxLength` characters is cut there
 * and its rest is dropped as it comes, so memory stays bounded whatever a process prints. Empty lines are left out.
 */
export function lineSplitter(
  onLine: (line: string, cut: boolean) => void,
  options: { readonly maxLength?: number } = {},
): LineSplitter {
  const maxLength = options.maxLength ?? defaultMaxLength;
  const decoder = new TextDecoder();
  let line = '';
  let cut = false;
  const add = (text: string, from: number, to: number) => {
    const room = maxLength - line.length;
    if (to - from > room) cut = true;
    if (room > 0) line += text.slice(from, Math.min(to, from + room));
  };
  const flush = () => {
    const [whole, wasCut] = [line, cut];
    line = '';
    cut = false;
    if (whole !== '') onLine(whole, wasCut);
  };
  const take = (text: string) => {
    let from = 0;
    for (const { index } of text.matchAll(/[\r\n]/g)) {
      add(text, from, index);
      flush();
      from = index + 1;
    }
    add(text, from, text.length);
  };
  return {
    push: (piece) => take(typeof piece === 'string' ? piece : decoder.decode(piece, { stream: true })),
    end: () => {
      take(decoder.decode());
      flush();
    },
  };
}

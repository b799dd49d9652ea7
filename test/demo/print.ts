import { createColors } from 'picocolors';

/** Says the story to people. Everything it says was given to it; it knows nothing by itself. */
export interface Printer {
  heading(text: string): void;
  /** A fact, and where one can see it for oneself. */
  fact(name: string, text: string, look?: string): void;
  note(text: string): void;
  /** Shows how far long work is; `undefined` ends it. */
  progress(name: string, done: number, of: number): void;
}

interface Output {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

const nameWidth = 12;
const barWidth = 24;
const eraseLine = '\r\u001B[K';

/** Colours and a moving bar on a terminal; plain lines, one for each quarter of the work, anywhere else. */
export function printTo(out: Output, colours: boolean): Printer {
  const { bold, cyan, dim, green } = createColors(colours);
  const terminal = out.isTTY === true;
  let barShown = false;
  let shown = { name: '', text: '', quarters: 0 };
  const line = (text: string) => {
    out.write(`${barShown ? eraseLine : ''}${text}\n`);
    barShown = false;
  };
  return {
    heading: (text) => line(`\n${bold(text)}`),
    fact: (name, text, look) => {
      line(`  ${green(name.padEnd(nameWidth))} ${text}`);
      if (look) line(`  ${' '.repeat(nameWidth)} ${dim('see')} ${cyan(look)}`);
    },
    note: (text) => line(`  ${dim(text)}`),
    progress: (name, done, of) => {
      const part = of > 0 ? Math.min(1, done / of) : 0;
      const text = `${Math.floor(part * 100)} % of ${Math.round(of / 1024 / 1024)} MiB`;
      if (terminal) {
        if (barShown && shown.text === text) return; // a terminal is slower than the work
        const bar = '#'.repeat(Math.round(part * barWidth)).padEnd(barWidth, '.');
        out.write(`${eraseLine}  ${name.padEnd(nameWidth)} ${bar} ${text}`);
        barShown = true;
        shown = { name, text, quarters: 0 };
        return;
      }
      const quarters = Math.floor(part * 4);
      if (shown.name !== name || quarters < shown.quarters) shown = { name, text, quarters: 0 };
      if (quarters > shown.quarters) out.write(`  ${name.padEnd(nameWidth)} ${text}\n`);
      shown = { name, text, quarters };
    },
  };
}

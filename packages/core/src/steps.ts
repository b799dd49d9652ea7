/**
 * A decision about very much, in small steps. Whoever pumps it may do something else between two of them; what comes of it does not depend on
 * that. Everything here is still pure: it never looks at a clock, and a step is a number of items and no time.
 */
export type Steps<T> = Generator<void, T, void>;

/** Takes all steps at once, where there is little to decide. */
export function whole<T>(steps: Steps<T>): T {
  for (;;) {
    const next = steps.next();
    if (next.done) return next.value;
  }
}

/** Items of one step: some hundred microseconds of work on each of them. */
const itemsOfStep = 256;

/** Works on each item, so many in a step. */
export function* eachOfMany<T>(
  items: readonly T[],
  work: (item: T, index: number) => void,
  atOnce: number = itemsOfStep,
): Steps<void> {
  for (let from = 0; from < items.length; from += atOnce) {
    const to = Math.min(items.length, from + atOnce);
    for (let index = from; index < to; index += 1) work(items[index] as T, index);
    yield;
  }
}

/** As `toSorted`; stable, too. What is in order already costs one look at each item. */
export function* sortedInSteps<T>(items: readonly T[], compare: (a: T, b: T) => number): Steps<T[]> {
  let isSorted = true;
  yield* eachOfMany(items, (item, index) => {
    if (isSorted && index > 0 && compare(items[index - 1] as T, item) > 0) isSorted = false;
  });
  if (isSorted) return items.slice();
  let runs: T[][] = [];
  for (let from = 0; from < items.length; from += itemsOfSort) {
    runs.push(items.slice(from, from + itemsOfSort).sort(compare));
    yield;
  }
  while (runs.length > 1) {
    const longer: T[][] = [];
    for (let index = 0; index < runs.length; index += 2)
      longer.push(yield* merged(runs[index] ?? [], runs[index + 1] ?? [], compare));
    runs = longer;
  }
  return runs[0] ?? [];
}

const itemsOfSort = 2_048;

function* merged<T>(a: readonly T[], b: readonly T[], compare: (a: T, b: T) => number): Steps<T[]> {
  const [lastOfA, firstOfB] = [a.at(-1), b[0]];
  if (lastOfA === undefined || firstOfB === undefined || compare(lastOfA, firstOfB) <= 0) return [...a, ...b];
  const both: T[] = [];
  for (let [i, j] = [0, 0]; i < a.length || j < b.length;) {
    const takesA = j >= b.length || (i < a.length && compare(a[i] as T, b[j] as T) <= 0);
    both.push(takesA ? (a[i++] as T) : (b[j++] as T));
    if (both.length % itemsOfSort === 0) yield;
  }
  return both;
}

/** As the `sort` of a typed array, in place. */
export function* sortNumbersInSteps(numbers: Float64Array): Steps<void> {
  const atOnce = itemsOfSort * 8; // plain numbers sort many times faster than anything else
  for (let from = 0; from < numbers.length; from += atOnce) {
    numbers.subarray(from, from + atOnce).sort();
    yield;
  }
  let [sorted, spare]: [Float64Array, Float64Array] = [numbers, new Float64Array(numbers.length)];
  for (let width = atOnce; width < numbers.length; width *= 2) {
    for (let from = 0; from < numbers.length; from += 2 * width) {
      const middle = Math.min(from + width, numbers.length);
      yield* mergeNumbers(sorted, spare, { from, middle, to: Math.min(from + 2 * width, numbers.length) });
    }
    [sorted, spare] = [spare, sorted];
  }
  if (sorted !== numbers) numbers.set(sorted);
}

function* mergeNumbers(
  source: Float64Array,
  target: Float64Array,
  { from, middle, to }: { readonly from: number; readonly middle: number; readonly to: number },
): Steps<void> {
  let [i, j] = [from, middle];
  for (let at = from; at < to; at += 1) {
    const takesFirst = j >= to || (i < middle && (source[i] ?? 0) <= (source[j] ?? 0));
    target[at] = (takesFirst ? source[i++] : source[j++]) ?? 0;
    if ((at - from) % (itemsOfSort * 8) === 0) yield;
  }
}

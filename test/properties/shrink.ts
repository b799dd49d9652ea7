import type { Story } from './story.ts';
import { tell } from './tell.ts';

/** Tellings that a smaller story is worth. */
const patience = 60;

/** The same story with less trouble and fewer days that still breaks the same rule. */
export async function shrink(story: Story, invariant: string): Promise<Story> {
  let [smallest, told] = [story, 0];
  const becomes = async (smaller: Story): Promise<boolean> => {
    if ((told += 1) > patience) return false;
    const { violations } = await tell(smaller);
    const stillBroken = violations.some((violation) => violation.startsWith(invariant));
    if (stillBroken) smallest = smaller;
    return stillBroken;
  };
  for (let size = Math.ceil(story.troubles.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < smallest.troubles.length;)
      if (!(await becomes({ ...smallest, troubles: smallest.troubles.toSpliced(from, size) }))) from += size;
  }
  while (await becomes({ ...smallest, troubledMs: Math.round(smallest.troubledMs * 0.7) }));
  return smallest;
}

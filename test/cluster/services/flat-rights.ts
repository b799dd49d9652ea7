import type { Rule } from './accounts.ts';

/** Each single right once, as `verb group/resource name`, so that it does not matter how they are written down. */
export function flatRights(rules: readonly Rule[]): string[] {
  const rights = rules.flatMap(({ apiGroups, resources, verbs, resourceNames = ['any'] }) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((each) =>
        verbs.flatMap((verb) => resourceNames.map((name) => `${verb} ${group}/${each} ${name}`)),
      ),
    ),
  );
  return [...new Set(rights)].toSorted();
}

import { customResources } from './crd/custom-resources.ts';
import { BUILT_IN } from './resources/built-in.ts';
import type { Resource } from './resources/resource.ts';
import type { Store } from './store.ts';

const DEFINITIONS = 'customresourcedefinitions.apiextensions.k8s.io';

/** All kinds served now: the built-in ones and those of the stored CustomResourceDefinitions. */
export class Registry {
  readonly #store: Store;
  #all: readonly Resource[] = BUILT_IN;

  constructor(store: Store) {
    this.#store = store;
    store.subscribe((change) => {
      if (change.shelf === DEFINITIONS) this.#refresh();
    });
  }

  /** Every kind in every served version. */
  all(): readonly Resource[] {
    return this.#all;
  }

  /** The kind behind a path, or `undefined`. */
  find(group: string, version: string, plural: string): Resource | undefined {
    return this.#all.find((each) => each.plural === plural && each.group === group && each.version === version);
  }

  /** The kind named by an owner reference, or `undefined`; any version of its group will do. */
  findKind(apiVersion: string, kind: string): Resource | undefined {
    const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
    return this.#all.find((each) => each.kind === kind && each.group === group);
  }

  /** Any version of the kind stored on a shelf. */
  onShelf(shelf: string): Resource | undefined {
    return this.#all.find((each) => each.shelf === shelf);
  }

  /** A built-in kind by its shelf. Throws when there is none: a mistake in our own code. */
  builtIn(shelf: string): Resource {
    const found = BUILT_IN.find((each) => each.shelf === shelf);
    if (!found) throw new Error(`no built-in kind is stored as "${shelf}"`);
    return found;
  }

  #refresh(): void {
    this.#all = [...BUILT_IN, ...this.#store.list(DEFINITIONS).flatMap(customResources)];
  }
}

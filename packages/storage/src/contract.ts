import { afterEach, beforeEach, describe } from 'vitest';
import { belowAFolder } from './contract/below-a-folder.ts';
import { copying } from './contract/copying.ts';
import { creatingOnce } from './contract/creating-once.ts';
import { listing } from './contract/listing.ts';
import { probing } from './contract/probing.ts';
import { reading } from './contract/reading.ts';
import { refusing } from './contract/refusing.ts';
import { removing } from './contract/removing.ts';
import { writing } from './contract/writing.ts';
import type { ObjectStore } from './object-store.ts';

export interface OpenedStore {
  readonly store: ObjectStore;
  close(): Promise<void>;
}

/**
 * What every implementation of `ObjectStore` must do. `open` gives an empty store of its own to each test.
 * @param options.many objects of the largest listing; more than a page by default
 */
export function objectStoreContract(
  name: string,
  open: () => Promise<OpenedStore>,
  { many = 1_003 }: { many?: number } = {},
): void {
  describe(`${name} keeps the contract of a store:`, () => {
    let opened: OpenedStore;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(() => opened.close());
    const given = {
      get store() {
        return opened.store;
      },
    };
    writing(given);
    creatingOnce(given);
    reading(given);
    listing(given, { many });
    copying(given);
    removing(given);
    refusing(given);
    probing(given);
    belowAFolder(given);
  });
}

import { afterEach, beforeEach, describe } from 'vitest';
import { archiving } from './contract/archiving.ts';
import { missingBucket, wrongKeys } from './contract/being-a-stranger.ts';
import { belowAFolder } from './contract/below-a-folder.ts';
import { copying } from './contract/copying.ts';
import { creatingOnce } from './contract/creating-once.ts';
import type { Given, OpenedStore, Strangers } from './contract/given.ts';
import { listing, listingMany } from './contract/listing.ts';
import { naming } from './contract/naming.ts';
import { probing } from './contract/probing.ts';
import { reading } from './contract/reading.ts';
import { refusing } from './contract/refusing.ts';
import { removing } from './contract/removing.ts';
import { stopping } from './contract/stopping.ts';
import { operations, storeNamed, type Operation, type StoreName } from './contract/tested-stores.ts';
import { whatRanIsOnThePage } from './contract/what-ran.ts';
import { writing } from './contract/writing.ts';

export { storeNamed };

declare module 'vitest' {
  interface TaskMeta {
    /** Name of the tested store. */
    contractOf?: StoreName;
  }
}

/**
 * What every implementation of `ObjectStore` must do. `open` gives an empty store of its own to each test.
 * @param name on the record of tested stores, which says what this one lacks
 * @param strangers for stores that look who asks
 */
export function objectStoreContract(
  name: StoreName,
  open: () => Promise<OpenedStore>,
  { strangers }: { readonly strangers?: Strangers } = {},
): void {
  const { lacks = {}, without = {}, plays = operations } = storeNamed(name);
  describe(`${name} keeps the contract of a store:`, { meta: { contractOf: name } }, () => {
    let opened: OpenedStore;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(() => opened.close());
    const given: Given = {
      get store() {
        return opened.store;
      },
      open,
      lacks,
      get strangers() {
        if (!strangers) throw new Error(`${name} does not say how strangers open it`);
        return strangers;
      },
    };
    for (const operation of plays) if (!(operation in without)) checks[operation](given);
    whatRanIsOnThePage(name);
  });
}

const checks: Readonly<Record<Operation, (given: Given) => void>> = {
  writing,
  'creating once': creatingOnce,
  reading,
  naming,
  listing,
  'listing many': listingMany,
  copying,
  archiving,
  removing,
  refusing,
  stopping,
  probing,
  'below a folder': belowAFolder,
  'with wrong keys': wrongKeys,
  'where nobody made a bucket': missingBucket,
};

import { afterEach, beforeEach, describe } from 'vitest';
import { archiving } from './contract/archiving.ts';
import { beingAStranger, type Strangers } from './contract/being-a-stranger.ts';
import { belowAFolder } from './contract/below-a-folder.ts';
import { copying } from './contract/copying.ts';
import { creatingOnce } from './contract/creating-once.ts';
import type { Given, OpenedStore } from './contract/given.ts';
import { listing } from './contract/listing.ts';
import { naming } from './contract/naming.ts';
import { probing } from './contract/probing.ts';
import { reading } from './contract/reading.ts';
import { refusing, stopping } from './contract/refusing.ts';
import { removing } from './contract/removing.ts';
import { testedStores, type TestedStore } from './contract/tested-stores.ts';
import { writing } from './contract/writing.ts';

/**
 * What every implementation of `ObjectStore` must do. `open` gives an empty store of its own to each test.
 * @param name on the record of tested stores, which says what this one lacks
 * @param options.many objects of the largest listing; more than a page by default
 * @param options.strangers for stores that look who asks
 */
export function objectStoreContract(
  name: keyof typeof testedStores,
  open: () => Promise<OpenedStore>,
  { many = 1_003, strangers }: { many?: number; strangers?: Strangers } = {},
): void {
  const { lacks = {} }: TestedStore = testedStores[name];
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
    };
    writing(given);
    creatingOnce(given);
    reading(given);
    naming(given);
    listing(given, { many });
    copying(given);
    archiving(given);
    removing(given);
    refusing(given);
    stopping(given);
    probing(given);
    belowAFolder(given);
    if (strangers) beingAStranger(strangers);
  });
}

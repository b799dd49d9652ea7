import { objectStoreContract } from '../contract.ts';
import { openMemory } from './open-memory.ts';

objectStoreContract('memory', async () => ({ store: openMemory(), close: async () => undefined }));

export { below } from './below.ts';
export { openDirectory, type DirectoryOptions } from './directory/open-directory.ts';
export { openMemory, type MemoryOptions } from './memory/open-memory.ts';
export type { Created, ObjectStore, ReadOptions, Removal, StoredEntry } from './object-store.ts';
export { openS3 } from './s3/open-s3.ts';
export type { S3Config, StaticKeys } from './s3/s3-client.ts';

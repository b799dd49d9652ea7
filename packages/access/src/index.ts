export * from './change-record.ts';
export * from './ensure-identity.ts';
export * from './find-store.ts';
export * from './hands.ts';
export * from './read-pods.ts';
export * from './run-agent-job.ts';
export * from './tell.ts';
export * from './variables.ts';

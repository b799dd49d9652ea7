export { openClock } from './clock.ts';
export type { Clock } from './clock.ts';
export { ConfigError, parseConfig } from './config.ts';
export { openLog } from './log.ts';
export type { Log, LogLevel, LogOptions } from './log.ts';

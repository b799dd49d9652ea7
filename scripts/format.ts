import { ours, run } from './steps.ts';

const { code } = await run('oxfmt', [...ours], { show: true });
process.exitCode = code;

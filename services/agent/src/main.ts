import { ConfigError, openClock, openLog, parseConfig } from '@holdfast/runtime';
import { agentEnv } from '@holdfast/types';
import { configSchema } from './config.ts';
import { runAgent } from './run-agent.ts';

try {
  const config = parseConfig(configSchema, process.env);
  process.exitCode = await runAgent(config);
} catch (error) {
  const log = openLog('agent', openClock(process.env[agentEnv.clockFile]));
  if (error instanceof ConfigError) log.fatal({ problems: error.problems }, 'wrong configuration');
  else log.fatal({ err: error }, 'failed');
  process.exitCode = 1;
}

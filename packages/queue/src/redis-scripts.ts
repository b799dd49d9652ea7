import type { Redis } from 'ioredis';

/**
 * Our own marks live in the job's hash, so that they go when the job goes, and each question is one atomic script.
 *
 *     taken by a worker    start: forgets `rung`      end: `rung`? once more : `ended`       BullMQ removes or delays
 *     ───────┬──────────────────┬───────────────────────────┬───────────────────────────────────────┬────────────
 *     ring here: the start      ring here: sets `rung`,     ring here: sees `ended`,                ring here: adds
 *     is still to come          the end sees it             waits for the removal or the delay      or promotes
 */
const marks = {
  /** A ring came while the handler was at work. */
  rung: 'hf:rung',
  /** The handler has ended and has looked at `rung` for the last time. */
  ended: 'hf:ended',
  /** How often in a row the handler has thrown. */
  thrown: 'hf:thrown',
  /** Since when the job is due, milliseconds of the given clock. */
  since: 'hf:since',
  /** Until when it sleeps, milliseconds of the given clock; a ring takes it away. */
  at: 'hf:at',
} as const;

export type RingState = 'absent' | 'delayed' | 'waiting' | 'rung' | 'ending';

/**
 * What a ring of each id finds, all of them at one instant. A finished job, or one that a half-lost Redis left in no list, is
 * removed: `absent`.
 * @param ids at most a few hundred: nobody else is served while the script looks
 */
export async function ringStates(
  redis: Redis,
  key: (type: string) => string,
  ids: readonly string[],
  nowMs: number,
): Promise<RingState[]> {
  const lists = ['wait', 'paused', 'active', 'delayed', 'completed', 'failed'].map(key);
  return (await run(redis, ringScript, [...lists, ...ids.map(key)], [nowMs, ...ids])) as RingState[];
}

const ringScript: Script = {
  name: 'holdfastRing',
  lua: `
local function found(job, id)
  if redis.call('EXISTS', job) == 0 then return 'absent' end
  if redis.call('LPOS', KEYS[3], id) then
    if redis.call('HEXISTS', job, '${marks.ended}') == 1 then return 'ending' end
    redis.call('HSET', job, '${marks.rung}', '1')
    redis.call('HDEL', job, '${marks.at}')
    return 'rung'
  end
  redis.call('HDEL', job, '${marks.at}')
  if redis.call('ZSCORE', KEYS[4], id) then
    redis.call('HSET', job, '${marks.since}', ARGV[1])
    return 'delayed'
  end
  if redis.call('LPOS', KEYS[1], id) or redis.call('LPOS', KEYS[2], id) then return 'waiting' end
  redis.call('ZREM', KEYS[5], id)
  redis.call('ZREM', KEYS[6], id)
  redis.call('DEL', job)
  return 'absent'
end
local states = {}
for index = 7, #KEYS do states[index - 6] = found(KEYS[index], ARGV[index - 5]) end
return states`,
};

export interface Started {
  readonly thrown: number;
  readonly sinceMs?: number;
  readonly atMs?: number;
}

/** Before the handler: every ring up to now is answered by the look that begins now. */
export async function markStarted(redis: Redis, key: (type: string) => string, id: string): Promise<Started> {
  const [thrown, since, at] = (await run(redis, startScript, [key(id)])) as (string | null)[];
  return {
    thrown: Number(thrown ?? 0),
    ...(since ? { sinceMs: Number(since) } : {}),
    ...(at ? { atMs: Number(at) } : {}),
  };
}

const startScript: Script = {
  name: 'holdfastStart',
  lua: `
local found = redis.call('HMGET', KEYS[1], '${marks.thrown}', '${marks.since}', '${marks.at}')
redis.call('HDEL', KEYS[1], '${marks.rung}', '${marks.ended}')
return found`,
};

export interface Ending {
  readonly token: string;
  readonly thrown: number;
  /** When the job is due again, if it is. */
  readonly atMs?: number;
  readonly nowMs: number;
}

/**
 * After the handler: `rung` when it has to run once more, `free` when BullMQ may now remove or delay it, `lost` when the job is
 * no longer ours: Redis forgot it, or another worker took it over.
 */
export async function markEnded(
  redis: Redis,
  key: (type: string) => string,
  id: string,
  { token, thrown, atMs, nowMs }: Ending,
): Promise<'rung' | 'free' | 'lost'> {
  const args = [token, thrown, atMs ?? '', nowMs];
  return (await run(redis, endScript, [key(id), key(`${id}:lock`)], args)) as 'rung' | 'free' | 'lost';
}

const endScript: Script = {
  name: 'holdfastEnd',
  lua: `
local job = KEYS[1]
if redis.call('EXISTS', job) == 0 or redis.call('GET', KEYS[2]) ~= ARGV[1] then return 'lost' end
redis.call('HSET', job, '${marks.thrown}', ARGV[2], '${marks.ended}', '1')
if redis.call('HDEL', job, '${marks.rung}') == 1 then
  redis.call('HSET', job, '${marks.since}', ARGV[4])
  redis.call('HDEL', job, '${marks.at}')
  return 'rung'
end
if ARGV[3] ~= '' then redis.call('HSET', job, '${marks.since}', ARGV[3], '${marks.at}', ARGV[3]) end
return 'free'`,
};

export interface Counted {
  readonly waiting: number;
  readonly delayed: number;
  readonly active: number;
  /** Since when the oldest due job is due. */
  readonly oldestSinceMs?: number;
}

/** Counts at one instant. Only workers move what came due out of `delayed`; without any it counts as waiting here. */
export async function countJobs(redis: Redis, key: (type: string) => string, realNowMs: number): Promise<Counted> {
  const lists = ['wait', 'paused', 'active', 'delayed'].map(key);
  const answer = (await run(redis, countScript, lists, [key(''), realNowMs])) as (number | string | null)[];
  const [wait = 0, delayed = 0, active = 0, overdue = 0, ...since] = answer;
  const known = since.filter((each) => each !== null && each !== '').map(Number);
  return {
    waiting: Number(wait) + Number(overdue),
    delayed: Number(delayed) - Number(overdue),
    active: Number(active),
    ...(known.length > 0 ? { oldestSinceMs: Math.min(...known) } : {}),
  };
}

// A delayed job's score is its due time times 4096, plus a counter.
const countScript: Script = {
  name: 'holdfastCount',
  lua: `
local function since(id)
  if not id then return '' end
  local found = redis.call('HMGET', ARGV[1] .. id, '${marks.since}', 'timestamp')
  return found[1] or found[2] or ''
end
local overdue = redis.call('ZCOUNT', KEYS[4], '-inf', '(' .. (tonumber(ARGV[2]) + 1) * 4096)
local first = overdue > 0 and redis.call('ZRANGE', KEYS[4], 0, 0)[1]
return {
  redis.call('LLEN', KEYS[1]) + redis.call('LLEN', KEYS[2]), redis.call('ZCARD', KEYS[4]), redis.call('LLEN', KEYS[3]), overdue,
  since(redis.call('LINDEX', KEYS[1], -1)), since(first) }`,
};

/** One script, under a name that is its own among a connection's commands. */
interface Script {
  readonly name: string;
  readonly lua: string;
}

type Command = (...words: readonly (string | number)[]) => Promise<unknown>;

/** Sends a script's digest; its text only to a server that does not know it. */
function run(
  redis: Redis,
  { name, lua }: Script,
  keys: readonly string[],
  args: readonly (string | number)[] = [],
): Promise<unknown> {
  const commands = redis as unknown as Record<string, Command | undefined>;
  if (!commands[name]) redis.defineCommand(name, { lua });
  const command = commands[name];
  if (!command) throw new Error(`the connection has no command ${name}`);
  return command.call(redis, keys.length, ...keys, ...args);
}

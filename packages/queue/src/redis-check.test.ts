import { expect, test } from 'vitest';
import { complaints } from './redis-check.ts';

test('a fit server brings no complaint', () => {
  expect(complaints('# Server\r\nredis_version:7.0.15\r\nmaxmemory_policy:noeviction\r\nrole:master\r\n')).toEqual([]);
});

test.for([
  ['redis_version:6.0.16\r\nmaxmemory_policy:noeviction', '6.0.16'],
  ['redis_version:7.2.4\r\nmaxmemory_policy:volatile-ttl', 'volatile-ttl'],
  ['redis_version:7.2.4\r\nmaxmemory_policy:noeviction\r\nrole:slave', 'replica'],
  ['redis_version:7.2.4\r\nmaxmemory_policy:noeviction\r\nused_memory:11\r\nmaxmemory:10', 'out of memory'],
])('what is unfit is named: %s', ([info, word]) => {
  expect(complaints(info ?? '')).toEqual([expect.stringContaining(word ?? '')]);
});

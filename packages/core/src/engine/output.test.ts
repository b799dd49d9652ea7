import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { OutputEvent } from './output-line.ts';
import { readOutput, type OutputReport } from './output.ts';

describe('a run', () => {
  test('of a FULL tells its story event by event', () => {
    const { events, report } = read(
      said("Starting backup of database 'orders' from servers: [a:6362, b:6362]"),
      said("Using remote server a:6362 for backup of database 'orders'."),
      said("Start full backup of database 'orders'."),
      said("Start receiving store files for database 'orders'."),
      said("Finished receiving store files for database 'orders', took 1s 204ms."),
      said("Finished full backup of database 'orders'. Downloaded from tx -1 to tx 40."),
      said("Finished artifact creation 'orders-2026-03-01T02-00-34.backup' for database 'orders', took 121ms."),
      said('Backup command completed'),
    );
    expect(events.map(({ kind }) => kind)).toEqual([
      'started',
      'source',
      'attempting',
      'receiving',
      'received',
      'finished',
      'artifact',
      'completed',
    ]);
    expect(events[0]).toEqual({ kind: 'started', database: 'orders', servers: ['a:6362', 'b:6362'] });
    expect(report).toMatchObject({
      completed: true,
      databases: [
        {
          database: 'orders',
          type: 'FULL',
          fellBack: false,
          source: 'a:6362',
          artifact: 'orders-2026-03-01T02-00-34.backup',
        },
      ],
    });
  });

  test('that falls back made a FULL, and the failed DIFF is forgiven', () => {
    const { report } = read(
      said("Start differential backup of database 'orders'."),
      warned("Differential backup of database 'orders' failed. Reason: logs were pruned"),
      said("Falling back to full backup of database 'orders'."),
    );
    expect(report.databases).toEqual([{ database: 'orders', type: 'FULL', fellBack: true }]);
  });

  test('with nothing new names the server and the database', () => {
    const { events } = read(
      said("The remote server (a:6362) has not any recent data for database 'DatabaseId{62d1820c[orders]}'."),
    );
    expect(events).toEqual([{ kind: 'nothingNew', server: 'a:6362', database: 'orders' }]);
  });

  test('in which one database fails keeps the reason for that one', () => {
    const { report } = read(
      said("Finished artifact creation 'stock-2026-03-01T02-00-34.backup' for database 'stock', took 1ms."),
      "Backup of database 'orders' failed. Reason: store copy failed",
    );
    expect(report.databases).toMatchObject([
      { database: 'stock' },
      { database: 'orders', failure: 'store copy failed' },
    ]);
  });

  test('with a server out of reach names it', () => {
    const { report } = read(
      warned('Could not connect to server b.orders.svc:6362: connect ECONNREFUSED 10.0.0.2:6362'),
    );
    expect(report.unreachable).toEqual(['b.orders.svc:6362']);
    expect(report.signs.has('sourceUnreachable')).toBe(true);
  });

  test('prints in two streams, each cut anywhere', () => {
    const reader = readOutput();
    const [out, err] = [reader.channel(), reader.channel()];
    out.push('Falling back to full ba');
    err.push('Could not connect to server b:6362: x\n');
    out.push("ckup of database 'orders'.\n");
    expect(reader.report()).toMatchObject({
      unreachable: ['b:6362'],
      databases: [{ database: 'orders', type: 'FULL' }],
    });
  });
});

test('quoted words hold no credentials and stay short', () => {
  const { report } = read(
    'AccessDenied for s3://me:hunter2@bucket AKIAABCDEFGHIJKLMNOP X-Amz-Signature=abcdef0123 secretKey: hunter3',
    `password=hunter4 ${'y'.repeat(9000)}`,
  );
  const words = JSON.stringify([...report.signs.values(), report.lastWords]);
  expect(words).not.toMatch(/hunter|AKIA|abcdef0123/);
  expect(report.lastWords?.length).toBeLessThanOrEqual(300);
});

test('a database that is called like a trouble is none', () => {
  const { report } = read(said("Start full backup of database 'connection refused'."));
  expect(report.signs.size).toBe(0);
});

test('any junk is survived, in bounded memory', () => {
  const words = fc.constantFrom(
    "backup of database '",
    'failed. Reason: ',
    'Start full ',
    "'",
    'Could not connect to server ',
    '\u001b[0m',
  );
  const line = fc.array(fc.oneof(words, fc.string({ unit: 'binary' }))).map((parts) => parts.join(''));
  fc.assert(
    fc.property(fc.array(line), (lines) => {
      const { report } = read(...lines);
      expect((report.lastWords ?? '').length).toBeLessThanOrEqual(300);
      for (const { failure = '' } of report.databases) expect(failure.length).toBeLessThanOrEqual(300);
    }),
  );
});

test('a hundred thousand databases do not fill the memory', () => {
  const { report } = read(...Array.from({ length: 100_000 }, (_, n) => `Start full backup of database 'db${n}'.`));
  expect(report.databases).toHaveLength(10_000);
});

test('lines made to slow a reader down do not', () => {
  const nasty = [
    "'".repeat(8000),
    'Could not connect to '.repeat(400),
    '//'.repeat(4000),
    'token '.repeat(1300),
    'connection to '.repeat(600),
  ];
  const started = performance.now();
  read(...Array.from({ length: 20 }, () => nasty).flat());
  expect(performance.now() - started).toBeLessThan(2000);
});

function read(...lines: readonly string[]): { events: OutputEvent[]; report: OutputReport } {
  const events: OutputEvent[] = [];
  const reader = readOutput((event) => events.push(event));
  const channel = reader.channel();
  for (const line of lines) channel.push(`${line}\n`);
  channel.end();
  return { events, report: reader.report() };
}

function said(message: string): string {
  return `2026-03-01 02:00:34.205+0000 INFO  [c.n.b.b.BackupOutputMonitor] ${message}`;
}

function warned(message: string): string {
  return `2026-03-01 02:00:34.205+0000 WARN  [c.n.d.b.c.BackupConsole] ${message}`;
}

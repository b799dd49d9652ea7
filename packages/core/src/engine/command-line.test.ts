import { BackupError } from '@holdfast/types';
import { expect, test } from 'vitest';
import { engineCommand, inspectCommand } from './command-line.ts';

const engine = { from: ['b:6362', 'a:6362'], options: ['--compress=true', '--verbose'] };
const call = {
  type: 'AUTO',
  toPath: 's3://bucket/team/orders/artifacts',
  tempPath: '/scratch/1',
  databases: ['*', 'system'],
} as const;

test('servers come first, databases last, and options with a value stand between them', () => {
  expect(engineCommand(engine, call)).toEqual([
    'database',
    'backup',
    '--from=b:6362,a:6362',
    '--compress=true',
    '--verbose',
    '--type=AUTO',
    '--temp-path=/scratch/1',
    '--to-path=s3://bucket/team/orders/artifacts/',
    '*',
    'system',
  ]);
});

test('a local folder stays as it is', () => {
  expect(engineCommand(engine, { ...call, toPath: '/store/artifacts' })).toContain('--to-path=/store/artifacts');
});

test.each([
  [{ ...engine, options: ['--to-path=/elsewhere'] }, call],
  [{ ...engine, options: ['--type', 'FULL'] }, call],
  [{ ...engine, options: ['--temp=/x'] }, call],
  [{ ...engine, options: ['@/etc/passwd'] }, call],
  [{ ...engine, from: [] }, call],
  [{ ...engine, from: ['a:6362,evil:1'] }, call],
  [engine, { ...call, databases: [] }],
  [engine, { ...call, databases: ['@file'] }],
  [engine, { ...call, databases: ['--verbose'] }],
  [engine, { ...call, databases: ['two words'] }],
])('a word that would change the meaning of the line is refused: %o %o', (engine, call) => {
  expect(() => engineCommand(engine, call)).toThrow(BackupError);
});

test('inspect asks for metadata where it is not shown anyway, or nobody knows', () => {
  const asking = ['backup', 'inspect', '--show-metadata', '--empty', '/store'];
  expect(inspectCommand('5.26.1', '/store')).toEqual(asking);
  expect(inspectCommand('2025.06.0', '/store')).toEqual(asking);
  expect(inspectCommand(undefined, '/store')).toEqual(asking);
  expect(inspectCommand('2025.07.0', '/store')).toEqual(['backup', 'inspect', '--empty', '/store']);
});

test('inspect can be asked about one database', () => {
  expect(inspectCommand('2026.09', '/store', { database: 'orders' })).toContain('--database=orders');
});

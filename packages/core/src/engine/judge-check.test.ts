import { expect, test } from 'vitest';
import { judgeCheck } from './judge-check.ts';

const report = 'inconsistencies-2026-03-01.02.00.00.report';

test('only an exit code of 0 without a report is consistent', () => {
  expect(judgeCheck({ code: 0, reports: [], output: '' })).toEqual({ kind: 'consistent' });
  expect(judgeCheck({ code: 0, reports: [report], output: '', report: 'Bad record' })).toMatchObject({
    kind: 'inconsistent',
  });
});

test('a report means inconsistent, whatever else is said, and its first useful line tells of what', () => {
  const text = '\n\n   \nERROR : The node record points nowhere\n at org.neo4j.Check\n';
  expect(judgeCheck({ code: 1, reports: [report], report: text, output: 'Inconsistencies found.' })).toEqual({
    kind: 'inconsistent',
    line: 'ERROR : The node record points nowhere',
  });
  expect(judgeCheck({ code: 1, reports: [report], report: '', output: 'Inconsistencies found.' })).toMatchObject({
    line: 'Inconsistencies found.',
  });
});

test('an error without a report means that nothing was checked', () => {
  const output = 'Picked up JAVA_TOOL_OPTIONS: -Xmx1g\nNo space left on device\n    at java.io\n';
  expect(judgeCheck({ code: 1, reports: ['other.txt'], output })).toEqual({
    kind: 'notRun',
    line: 'neo4j-admin database check ended with exit code 1: No space left on device',
  });
  expect(judgeCheck({ code: undefined, reports: [], output: '' })).toEqual({
    kind: 'notRun',
    line: 'neo4j-admin database check was ended',
  });
});

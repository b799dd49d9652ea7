import { expect, test } from 'vitest';
import { decodeProtobuf } from './decode-protobuf.ts';

/** What `kubectl create job hi --image=busybox -- echo hi` sends. */
const CREATE_JOB = `
  6b3873000a0f0a0862617463682f76311203 4a6f621284010a120a02686912001a0022002a003200380042001264 3262
  0a100a0012001a0022002a0032003800420012 4e122b0a026869120762757379626f781a046563686f1a0268692a0042
  006a0072008001008801009001 00a201001a054e6576657232 0042004a0052005800600068008201008a01009a0100c2
  01001a0820002800300 03a001a002200`.replaceAll(/\s/g, '');

test('a Job as kubectl sends it is read like its JSON', () => {
  expect(decodeProtobuf(Buffer.from(CREATE_JOB, 'hex'))).toMatchObject({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'hi' },
    spec: {
      template: {
        spec: { restartPolicy: 'Never', containers: [{ name: 'hi', image: 'busybox', command: ['echo', 'hi'] }] },
      },
    },
  });
});

test('bytes that are no object are refused', () => {
  expect(() => decodeProtobuf(Buffer.from('{}'))).toThrow('lacks the prefix');
});

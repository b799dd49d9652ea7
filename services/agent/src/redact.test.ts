import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { openRedactor, redacted, redactor } from './redact.ts';

const secret = 'wJalrXUtnFEMI/K7MDENG';

function through(secrets: readonly string[], chunks: readonly Uint8Array[]): string {
  const stream = openRedactor(secrets);
  return chunks.map((chunk) => stream.push(chunk)).join('') + stream.end();
}

test('a secret that comes in two chunks is hidden wherever it is cut', () => {
  const bytes = Buffer.from(`key=${secret} ends\n`);
  for (let cut = 0; cut <= bytes.length; cut += 1)
    expect(through([secret], [bytes.subarray(0, cut), bytes.subarray(cut)])).toBe('key=*** ends\n');
});

test('whatever the pieces, the text is whole and holds no secret', () => {
  const word = fc.constantFrom('a', 'ab', secret, secret.slice(0, 9), 'ä€', '\n');
  fc.assert(
    fc.property(fc.array(word), fc.array(fc.nat(60)), (words, cuts) => {
      const text = words.join('');
      const bytes = Buffer.from(text);
      const at = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
      const chunks = at.slice(1).map((end, index) => bytes.subarray(at[index], end));
      const shown = through([secret], chunks);
      expect(shown).not.toContain(secret);
      expect(shown).toBe(text.replaceAll(secret, '***'));
    }),
  );
});

test('text that only begins like a secret comes out in the end', () => {
  const stream = openRedactor([secret]);
  expect(stream.push(Buffer.from('now wJal'))).toBe('now ');
  expect(stream.push(Buffer.from('ousie'))).toBe('wJalousie');
  expect(stream.push(Buffer.from('wJ'))).toBe('');
  expect(stream.end()).toBe('wJ');
});

test('a secret that holds another one leaves nothing of itself', () => {
  expect(through(['abcd', 'xxabcdyy'], [Buffer.from('xxab'), Buffer.from('cdyy')])).toBe('***');
});

test('results are redacted through and through', () => {
  const result = { message: `denied for ${secret}`, databases: [{ error: secret, bytes: 3 }], none: undefined };
  expect(redacted(result, redactor([secret]))).toEqual({
    message: 'denied for ***',
    databases: [{ error: '***', bytes: 3 }],
  });
});

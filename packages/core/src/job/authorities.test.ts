import { expect, test } from 'vitest';
import { makeAuthority } from '../../../../test/cluster/certificates/authority.ts';
import { parseAuthorities } from './authorities.ts';

const { pem, issue } = makeAuthority('ours');
const other = makeAuthority('theirs').pem;

test('one certificate or several are read, whatever a program printed between them', () => {
  expect(parseAuthorities(pem)).toEqual([pem.trim()]);
  expect(parseAuthorities(`# ours\n${pem}\nsubject=theirs\r\n${other.replaceAll('\n', '\r\n')}`)).toHaveLength(2);
});

test.each([
  ['nothing', '', 'holds no certificate; put'],
  ['other words', 'ca.crt', 'holds no certificate; put'],
  ['a certificate without its end', pem.slice(0, -30), 'holds a certificate that is cut short'],
  ['a certificate with a hole', pem.slice(0, 100) + pem.slice(140), 'holds no certificate at its place 1 of 1'],
  ['a second one that is none', pem + pem.replace('MII', 'AAA').replace(/\n.{9}/, '\n'), 'at its place 2 of 2'],
  ['a key beside it', pem + issue().key, 'holds a private key; keep only certificates there'],
])('%s is refused in words of ours alone', (_what, text, words) => {
  const answer = parseAuthorities(text);
  expect(answer).toContain(words);
  expect(pem).not.toContain(String(answer).split(' ').at(-1));
});

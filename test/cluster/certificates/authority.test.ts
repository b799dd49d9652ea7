import { X509Certificate } from 'node:crypto';
import { expect, test } from 'vitest';
import { makeAuthority } from './authority.ts';

const root = makeAuthority('the root');

test('a certificate says what it is for and who signed it', () => {
  const authority = new X509Certificate(root.pem);
  const to = new Date('2061-03-01T00:00:00Z');
  const server = new X509Certificate(root.issue({ to }).cert);
  expect(authority.ca).toBe(true);
  expect(authority.verify(authority.publicKey)).toBe(true);
  expect(server.ca).toBe(false);
  expect(server.checkIssued(authority)).toBe(true);
  expect(server.verify(authority.publicKey)).toBe(true);
  expect(server.verify(new X509Certificate(makeAuthority('the root').pem).publicKey)).toBe(false);
  expect(server.subjectAltName).toBe('IP Address:127.0.0.1');
  expect(server.validToDate).toEqual(to);
});

test('an authority below another one shows its own certificate, too', () => {
  const below = root.below('the one below');
  const { cert } = below.issue();
  expect(cert.endsWith(below.pem)).toBe(true);
  expect(new X509Certificate(below.pem).checkIssued(new X509Certificate(root.pem))).toBe(true);
});

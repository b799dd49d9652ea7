import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { bits, integer, objectId, octets, sequence, set, tagged, time, utf8, yes } from './der.ts';

/** What a server shows, as PEM: its certificate with those above it up to the root, which stays out, and its key. */
export interface Shown {
  readonly cert: string;
  readonly key: string;
}

export interface Validity {
  readonly from?: Date;
  readonly to?: Date;
}

/** An authority of a test's own. Nobody trusts it unless told to. */
export interface Authority {
  readonly pem: string;
  /** A certificate for servers on loopback, or at other addresses, signed by this authority. */
  issue(server?: Validity & { readonly address?: string }): Shown;
  /** An authority that this one vouches for. */
  below(name: string): Authority;
}

interface Issuer {
  readonly name: string;
  readonly key: KeyObject;
  /** Its own certificate and those above it, without the root. */
  readonly chain: string;
}

/**
 * Makes an authority. Node.js signs but writes no certificates, and not every machine has a program that does, so the few bytes are put
 * together here.
 */
export function makeAuthority(name: string, validity: Validity = {}): Authority {
  return authority(name, validity);
}

function authority(name: string, validity: Validity, above?: Issuer): Authority {
  const { publicKey, privateKey } = newKeys();
  const extensions = [extension('2.5.29.19', sequence(yes), { critical: true })]; // basic constraints: an authority
  const pem = certificate({ subject: name, publicKey, extensions, ...validity }, above ?? { name, key: privateKey });
  const issuer = { name, key: privateKey, chain: above ? pem + above.chain : '' };
  return {
    pem,
    issue: ({ address = '127.0.0.1', ...within } = {}) => issue(issuer, address, within),
    below: (other) => authority(other, {}, issuer),
  };
}

function issue(issuer: Issuer, address: string, validity: Validity): Shown {
  const { publicKey, privateKey } = newKeys();
  const names = sequence(tagged(0x87, Buffer.from(address.split('.').map(Number))));
  const extensions = [extension('2.5.29.17', names)]; // the addresses that it is for
  const cert = certificate({ subject: address, publicKey, extensions, ...validity }, issuer);
  return { cert: cert + issuer.chain, key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
}

function newKeys(): { publicKey: KeyObject; privateKey: KeyObject } {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

const hourMs = 3_600_000;
const version3 = tagged(0xa0, integer(Buffer.of(2)));
const ecdsaWithSha256 = sequence(objectId('1.2.840.10045.4.3.2'));

/** https://www.rfc-editor.org/rfc/rfc5280#section-4.1 */
function certificate(
  of: Validity & { readonly subject: string; readonly publicKey: KeyObject; readonly extensions: readonly Buffer[] },
  issuer: Pick<Issuer, 'name' | 'key'>,
): string {
  const { from = new Date(Date.now() - hourMs), to = new Date(Date.now() + 24 * hourMs) } = of;
  const told = sequence(
    version3,
    integer(Buffer.concat([Buffer.of(1), randomBytes(8)])),
    ecdsaWithSha256,
    named(issuer.name),
    sequence(time(from), time(to)),
    named(of.subject),
    of.publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(...of.extensions)),
  );
  const der = sequence(told, ecdsaWithSha256, bits(sign('sha256', told, issuer.key)));
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}

function named(commonName: string): Buffer {
  return sequence(set(sequence(objectId('2.5.4.3'), utf8(commonName))));
}

function extension(id: string, value: Buffer, { critical = false }: { critical?: boolean } = {}): Buffer {
  return sequence(objectId(id), ...(critical ? [yes] : []), octets(value));
}

/** The few words of DER that a certificate is written in: https://www.itu.int/rec/T-REC-X.690 */

export function sequence(...parts: Uint8Array[]): Buffer {
  return tagged(0x30, ...parts);
}

export function set(...parts: Uint8Array[]): Buffer {
  return tagged(0x31, ...parts);
}

/** Of a whole number that is not negative, in its bytes. */
export function integer(bytes: Uint8Array): Buffer {
  const signed = (bytes[0] ?? 0) > 0x7f ? Buffer.concat([Buffer.of(0), bytes]) : bytes;
  return tagged(0x02, signed);
}

export function objectId(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return tagged(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(inSevens)]));
}

export function utf8(text: string): Buffer {
  return tagged(0x0c, Buffer.from(text));
}

/** In whole seconds; the form with four digits for the year holds for every year but is only asked for from 2050 on. */
export function time(at: Date): Buffer {
  const digits = at.toISOString().replace(/\.\d+/, '').replace(/[-:T]/g, '');
  return at.getUTCFullYear() < 2050 ? tagged(0x17, Buffer.from(digits.slice(2))) : tagged(0x18, Buffer.from(digits));
}

export const yes: Buffer = tagged(0x01, Buffer.of(0xff));

export function octets(bytes: Uint8Array): Buffer {
  return tagged(0x04, bytes);
}

export function bits(bytes: Uint8Array): Buffer {
  return tagged(0x03, Buffer.of(0), bytes);
}

/** A tag byte, the length, and what it holds. */
export function tagged(tag: number, ...parts: Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  if (body.length < 0x80) return Buffer.concat([Buffer.of(tag, body.length), body]);
  const length = Buffer.from(body.length.toString(16).padStart(4, '0'), 'hex');
  return Buffer.concat([Buffer.of(tag, 0x80 + length.length), length, body]);
}

function inSevens(value: number): number[] {
  const bytes = [value & 0x7f];
  for (let rest = value >> 7; rest > 0; rest >>= 7) bytes.unshift((rest & 0x7f) | 0x80);
  return bytes;
}

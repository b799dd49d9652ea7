/** One field as it stands on the wire: a varint, or bytes. */
export interface WireField {
  readonly number: number;
  readonly value: bigint | Uint8Array;
}

/** Splits a protobuf message into its fields. Throws on bytes that are none. */
export function* readWire(bytes: Uint8Array): Generator<WireField> {
  const cursor = { at: 0 };
  while (cursor.at < bytes.length) {
    const tag = Number(readVarint(bytes, cursor));
    const number = tag >> 3;
    switch (tag & 7) {
      case 0:
        yield { number, value: readVarint(bytes, cursor) };
        break;
      case 1:
        yield { number, value: take(bytes, cursor, 8) };
        break;
      case 2:
        yield { number, value: take(bytes, cursor, Number(readVarint(bytes, cursor))) };
        break;
      case 5:
        yield { number, value: take(bytes, cursor, 4) };
        break;
      default:
        throw new Error(`protobuf wire type ${tag & 7} is not used by Kubernetes`);
    }
  }
}

function readVarint(bytes: Uint8Array, cursor: { at: number }): bigint {
  let value = 0n;
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const byte = bytes[cursor.at];
    if (byte === undefined) throw new Error('the protobuf message ends inside a number');
    cursor.at += 1;
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
  throw new Error('a number in the protobuf message is too long');
}

function take(bytes: Uint8Array, cursor: { at: number }, length: number): Uint8Array {
  const end = cursor.at + length;
  if (end > bytes.length) throw new Error('the protobuf message ends inside a field');
  const part = bytes.subarray(cursor.at, end);
  cursor.at = end;
  return part;
}

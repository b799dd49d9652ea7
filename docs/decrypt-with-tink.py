"""Decrypts one artifact with Tink's own library. Needs nothing of Holdfast.

    python3 -m pip install tink==1.16.0
    python3 decrypt-with-tink.py FILE.enc KEYFILE OUTPUT [NAME]

NAME is the artifact's plain file name; without it, that of FILE without `.enc`.
OUTPUT appears only when everything was authentic.
"""

import base64
import os
import sys

from tink import proto_keyset_format, secret_key_access, streaming_aead
from tink.proto import aes_gcm_hkdf_streaming_pb2, common_pb2, tink_pb2


def parse_key(value):
    """32 raw bytes, or base64, base64url or hex of them."""
    if len(value) == 32:
        return value
    text = value.decode("ascii").strip()
    if len(text) == 64:
        return bytes.fromhex(text)
    return base64.urlsafe_b64decode(text.rstrip("=").replace("+", "-").replace("/", "_") + "=")


def primitive(key):
    """Tink's AES256_GCM_HKDF_1MB under a raw key."""
    streaming_aead.register()
    params = aes_gcm_hkdf_streaming_pb2.AesGcmHkdfStreamingParams(
        ciphertext_segment_size=1024 * 1024,
        derived_key_size=32,
        hkdf_hash_type=common_pb2.SHA256,
    )
    value = aes_gcm_hkdf_streaming_pb2.AesGcmHkdfStreamingKey(key_value=key, params=params)
    data = tink_pb2.KeyData(
        type_url="type.googleapis.com/google.crypto.tink.AesGcmHkdfStreamingKey",
        value=value.SerializeToString(),
        key_material_type=tink_pb2.KeyData.SYMMETRIC,
    )
    keyset = tink_pb2.Keyset(primary_key_id=1)
    keyset.key.add(key_data=data, status=tink_pb2.ENABLED, key_id=1, output_prefix_type=tink_pb2.RAW)
    handle = proto_keyset_format.parse(keyset.SerializeToString(), secret_key_access.TOKEN)
    return handle.primitive(streaming_aead.StreamingAead)


def decrypt(path, key, output, name):
    """Writes beside the output and renames at the end, so that half an artifact never has its name."""
    partial = f"{output}.partial-{os.getpid()}"
    try:
        with open(path, "rb") as stored, open(partial, "xb") as plain:
            with primitive(key).new_decrypting_stream(stored, name.encode("utf-8")) as stream:
                while piece := stream.read(1024 * 1024):
                    plain.write(piece)
        os.rename(partial, output)
    except BaseException:
        if os.path.exists(partial):
            os.remove(partial)
        raise


if __name__ == "__main__":
    if len(sys.argv) not in (4, 5):
        sys.exit(__doc__)
    path, key_file, output = sys.argv[1:4]
    name = sys.argv[4] if len(sys.argv) == 5 else os.path.basename(path).removesuffix(".enc")
    with open(key_file, "rb") as stored_key:
        decrypt(path, parse_key(stored_key.read()), output, name)

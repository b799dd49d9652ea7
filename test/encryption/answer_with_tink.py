"""Tink's own library, one JSON line per question: {"do", "key", "name", "from", "to"} in, {"done"} or {"refused"} out."""

import importlib.util
import json
import sys

spec = importlib.util.spec_from_file_location("page", sys.argv[1])
page = importlib.util.module_from_spec(spec)
spec.loader.exec_module(page)


def encrypt(asked, key, name):
    with open(asked["from"], "rb") as plain, open(asked["to"], "wb") as stored:
        with page.primitive(key).new_encrypting_stream(stored, name) as stream:
            while piece := plain.read(1 << 20):
                stream.write(piece)


def answer(asked):
    key = bytes.fromhex(asked["key"])
    try:
        if asked["do"] == "encrypt":
            encrypt(asked, key, asked["name"].encode("utf-8"))
        else:
            page.decrypt(asked["from"], key, asked["to"], asked["name"])
        return {"done": True}
    except Exception as trouble:  # Tink has several kinds; each is a refusal
        return {"refused": str(trouble) or repr(trouble)}


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)

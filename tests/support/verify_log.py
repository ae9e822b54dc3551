"""Verifies an exported log of Innkeeper, with nothing but Python. Written from docs/verify.md.

    python3 verify_log.py LOG.ndjson CHECKPOINTS KEY
"""

import base64
import hashlib
import json
import sys

HEADERS = ["Nats-Msg-Id", "Nats-Expected-Last-Subject-Sequence", "Ink-Types", "traceparent"]


def sha256(data):
    return hashlib.sha256(data).digest()


def number(value):
    return value.to_bytes(8, "big")


def text(data):
    return number(len(data)) + data


def leaf(message):
    data = b"\0innkeeper/leaf/1" + number(message["sequence"]) + text(message["subject"].encode())
    for name in HEADERS:
        value = message["headers"].get(name)
        data += b"\0" if value is None else b"\1" + text(value.encode())
    return sha256(data + text(base64.b64decode(message["body"])))


def root(leaves):
    if not leaves:
        return sha256(b"")
    if len(leaves) == 1:
        return leaves[0]
    k = 1 << ((len(leaves) - 1).bit_length() - 1)
    return sha256(b"\1" + root(leaves[:k]) + root(leaves[k:]))


# Ed25519 (RFC 8032), to verify only.
P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P


def x_of(y, sign):
    xx = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(xx, (P + 3) // 8, P)
    if (x * x - xx) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - xx) % P:
        raise ValueError("not a point")
    return P - x if x & 1 != sign else x


def point(data):
    y = int.from_bytes(data, "little")
    y, sign = y & (2**255 - 1), y >> 255
    x = x_of(y, sign)
    return (x, y, 1, x * y % P)


def add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def times(n, p):
    result = (0, 1, 1, 0)
    while n:
        if n & 1:
            result = add(result, p)
        p, n = add(p, p), n >> 1
    return result


def is_signed(key, message, signature):
    r, s = signature[:32], int.from_bytes(signature[32:], "little")
    h = int.from_bytes(hashlib.sha512(r + key + message).digest(), "little") % L
    y = 4 * pow(5, P - 2, P) % P
    base = point(y.to_bytes(32, "little"))
    left, right = times(s, base), add(point(r), times(h, point(key)))
    same = lambda i: (left[i] * right[2] - right[i] * left[2]) % P == 0
    return s < L and same(0) and same(1)


def opened(note, vkey):
    """The origin, the size and the root of a note that this key has signed."""
    name, digits, rest = vkey.split("+", 2)
    key = base64.b64decode(rest)
    known = sha256(name.encode() + b"\n" + key)[:4]
    assert known.hex() == digits and key[0] == 1, "the key is damaged"
    body, signatures = note.split("\n\n", 1)
    for line in signatures.splitlines():
        _, signer, data = line.split(" ")
        data = base64.b64decode(data)
        if signer == name and data[:4] == known:
            assert is_signed(key[1:], (body + "\n").encode(), data[4:]), "a signature is wrong"
            origin, size, digest = body.split("\n")[:3]
            assert origin == name, "a checkpoint of another log"
            return int(size), base64.b64decode(digest)
    raise AssertionError("a checkpoint that this key did not sign")


def notes(file):
    """A note ends where an empty line follows a signature."""
    note, signed = "", False
    for line in file.splitlines():
        if not line and (signed or not note):
            if note:
                yield note
            note, signed = "", False
            continue
        signed = line.startswith("\u2014")
        note += line + "\n"
    if note:
        yield note


def main(log, checkpoints, vkey):
    leaves = []
    with open(log, encoding="utf-8") as lines:
        for line in lines:
            message = json.loads(line)
            assert message["sequence"] == len(leaves) + 1, f"message {len(leaves) + 1} is missing"
            leaves.append(leaf(message))
    with open(checkpoints, encoding="utf-8") as file:
        signed = [opened(note, vkey) for note in notes(file.read())]
    assert signed, "no checkpoint"
    for size, digest in sorted(signed):
        assert size <= len(leaves), f"the log ends at {len(leaves)}, and a checkpoint has seen {size}"
        assert root(leaves[:size]) == digest, f"the first {size} messages are not those that were signed"
    print(f"{len(leaves)} messages, {len(signed)} checkpoints agree")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except AssertionError as wrong:
        sys.exit(f"not whole: {wrong}")

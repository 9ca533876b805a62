"""kept.py FOLDER CIPHER:KEY,KEY… PUBLIC-KEY…: what lemfd has stored of an interception, held against its integrity checks and annex G by nothing of ours: DER by
hand, AES-CBC put together here from what openssl's program makes of single blocks, hashlib, openssl's program for signatures. CIPHER is AES-192-CBC or AES-256-CBC and
the keys are files of hex digits; "-": nothing is encrypted. Keys are given in the order in which they were in use. Prints one JSON object:

  records hashes signatures                 what there is; each number once
  bad absent uncovered twice odd gaps       digests that differ; records that a Hash names and are not here; records in no Hash; in more than one; the same number
                                            twice with other octets; numbers of records or checks that are missing
  badsig unsigned                           Signatures that no key made; Hashes in no Signature
  unread counters                           payloads that no key opens, or are not padded as annex G says; byteCounters that are not the one before and its octets
  payload_keys signers                      how many payloads, how many Signatures each key opened or made
  payload_order signer_order                whether each context, each chain, goes from the first key on to the last, and never back
  chains                                    of each chain, "dataType CIN": how many records each Hash covers, how many Hashes each Signature
"""
import hashlib
import json
import subprocess
import sys
import tempfile

from ps import PAYLOAD, Wrong, decode, members, number_of, split, tlv

folder, ciphers, signers = sys.argv[1], sys.argv[2], sys.argv[3:]
HASHES = {2: "sha256", 3: "sha384", 4: "sha512"}
TYPES = {"AES-192-CBC": 3, "AES-256-CBC": 4}
said = dict.fromkeys("records hashes signatures bad absent uncovered twice odd gaps badsig unsigned unread counters".split(), 0)


def pdus(name):
    try:
        octets = open(f"{folder}/{name}.ber", "rb").read()
    except FileNotFoundError:
        return
    while octets:
        _, _, rest = split(octets)
        yield decode(octets[:len(octets) - len(rest)])
        octets = rest


def openssl(*words, octets=b""):
    return subprocess.run(["openssl", *words], input=octets, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)


# -- annex G ---------------------------------------------------------------------------------------------------------------------

def inside(p, plain, sealed, kind):
    """HO-PEN-001 to HO-PEN-008: the payload and the form that is digested; None: it is none."""
    try:
        _, body, pad = split(plain)
        (zero, counter), (one, payload) = members(body)
        (alternative, inner), = members(payload)
    except (Wrong, EOFError, ValueError):
        return None
    if plain[:1] != b"\x30" or (zero, one) != (0, 1) or pad.strip(b"\0") or len(pad) > 15:
        return None
    at = p["octets"].rindex(tlv(0x80, bytes([kind])) + tlv(0x81, sealed))
    rest = p["octets"][at + 3 + len(tlv(0x81, sealed)):]
    return dict(p, kind=PAYLOAD[alternative], body=inner, counter=number_of(counter), clear=p["octets"][:at] + tlv(0x80, b"\1") + tlv(0x81, plain) + rest)


def opened(all_):
    """All that is encrypted, by the keys: each block is what openssl makes of it alone, and the block before it, or the number four times, on top of that."""
    name, files = ciphers.split(":")
    kind, todo = TYPES[name], [p for p in all_ if p["kind"] == "encrypted"]
    sealed = [dict(members(p["body"]))[1] for p in todo]
    blocks = b"".join(s for s in sealed)
    keys = [openssl("enc", "-d", "-" + name.lower().replace("cbc", "ecb"), "-nopad", "-K", open(f).read().strip(), octets=blocks).stdout for f in files.split(",")]
    at = 0
    for p, s in zip(todo, sealed):
        before = p["number"].to_bytes(4, "big") * 4 + s[:-16]
        found = None
        for k, plain in enumerate(keys):
            whole = bytes(a ^ b for a, b in zip(plain[at:at + len(s)], before))
            found = found or (number_of(dict(members(p["body"]))[0]) == kind and inside(dict(p, key=k), whole, s, kind))
        at += len(s)
        if found:
            p.update(found)
        else:
            said["unread"] += 1


def count():
    """HO-PEN-006"""
    contexts = {}
    for (kind, cin, number), p in data.items():
        contexts.setdefault((kind, cin), []).append((number, p))
    for context in contexts.values():
        context.sort(key=lambda x: x[0])
        for (a, p), (b, q) in zip(context, context[1:]):
            said["gaps"] += b != a + 1
            said["counters"] += "counter" in q and q["counter"] != p["counter"] + len(p["octets"])
            if q.get("key", 0) < p.get("key", 0):
                said["payload_order"] = False


# -- what there is ---------------------------------------------------------------------------------------------------------------

said["payload_order"] = said["signer_order"] = True
records = [p for name in ("hi2", "hi3") for p in pdus(name)]
checks = list(pdus("integrity"))
if ciphers != "-":
    opened(records + checks)
    said["payload_keys"] = [sum(p.get("key") == k for p in records) for k in range(ciphers.count(",") + 1)]
data = {}
for p in records:
    same = data.setdefault((p["kind"], p["cin"], p["number"]), p)
    said["odd"] += same["octets"] != p["octets"]
said["records"] = len(data)
count()
chains = {}
for p in checks:
    if p["kind"] == "tri":
        (_, p["body"]), = members(p["body"])
    fields = dict(members(p["body"]))
    p["covers"] = [number_of(x) for _, x in members(fields[0])]
    p["value"], p["hash"] = fields[3], HASHES.get(number_of(fields[4])) if 4 in fields else None
    chain = chains.setdefault((number_of(fields[2]), p["cin"]), {1: {}, 2: {}})[number_of(fields[1])]
    same = chain.setdefault(p["number"], p)
    said["odd"] += same["octets"] != p["octets"]


def signer_of(p, hashes, name):
    with tempfile.NamedTemporaryFile() as octets, tempfile.NamedTemporaryFile() as value:
        octets.write(b"".join(h.get("clear", h["octets"]) for h in hashes))
        value.write(p["value"])
        octets.flush()
        value.flush()
        for k, key in enumerate(signers):
            how = ("pkeyutl", "-verify", "-pubin", "-rawin", "-inkey", key, "-in", octets.name, "-sigfile", value.name) if len(p["value"]) == 64 else \
                ("dgst", "-" + name, "-verify", key, "-signature", value.name, octets.name)
            if openssl(*how).returncode == 0:
                return k
    return None


covered, said["signers"], said["chains"] = {}, [0] * len(signers), {}
for (kind, cin), chain in sorted(chains.items(), key=str):
    hashes, signatures = chain[1], chain[2]
    for one in hashes, signatures:
        said["gaps"] += sum(b != a + 1 for a, b in zip(sorted(one), sorted(one)[1:]))
    for p in hashes.values():
        of = [("iri" if kind == 1 else "cc", cin, n) for n in p["covers"]]
        for k in of:
            covered[k] = covered.get(k, 0) + 1
        if not all(k in data for k in of):
            said["absent"] += 1
        elif hashlib.new(p["hash"], b"".join(data[k].get("clear", data[k]["octets"]) for k in of)).digest() != p["value"]:
            said["bad"] += 1
    done, last = set(), 0
    for _, p in sorted(signatures.items()):
        of = [hashes[n] for n in p["covers"] if n in hashes]
        k = signer_of(p, of, of[0]["hash"]) if of else None
        if k is None:
            said["badsig"] += 1
            continue
        said["signers"][k] += 1
        said["signer_order"] &= k >= last
        last = k
        done |= set(p["covers"])
    said["unsigned"] += len(set(hashes) - done)
    said["hashes"] += len(hashes)
    said["signatures"] += len(signatures)
    said["chains"][f"{kind} {cin}"] = {"hash": [len(p["covers"]) for _, p in sorted(hashes.items())], "signature": [len(p["covers"]) for _, p in sorted(signatures.items())],
                                       "first": [min(hashes, default=None), min(signatures, default=None)]}
said["uncovered"] = sum(k not in covered for k in data)
said["twice"] = sum(n > 1 for n in covered.values())
print(json.dumps(said))

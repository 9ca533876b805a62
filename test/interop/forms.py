"""forms.py FILE…: what stands in the headers and times of the PS-PDUs that an agency has stored, to FILE.json, an object a line a PDU, read octet by octet and held to DER;
it shares nothing with the product. Times are microseconds of UTC. Exit status 1: a PDU cannot be read, and why."""
import calendar
import json
import re
import sys
import time

from ps import PAYLOAD, TRI, Wrong, members, number_of, split

ITEM_TIME = {"iri": (1, 3, 4), "cc": (1, 3, 4)}     # generalized, micro, qualifier
CONTENTS = {"iri": 19, "cc": 23}                    # threeGPP33128Defined…


def generalized(octets):
    m = re.fullmatch(rb"(\d{14})(?:\.(\d{0,5}[1-9]))?Z", octets)
    if not m:
        raise Wrong("a GeneralizedTime that DER has not")
    return calendar.timegm(time.strptime(m[1].decode(), "%Y%m%d%H%M%S")) * 1000000 + int((m[2] or b"0").ljust(6, b"0"))


def micro(octets):
    (zero, seconds), (one, parts) = members(octets)
    if (zero, one) != (0, 1) or not 0 <= number_of(parts) < 1000000:
        raise Wrong("no MicroSecondTimeStamp")
    return number_of(seconds) * 1000000 + number_of(parts)


def times(fields, of):
    """The time of a header or of an item, in which form, and what it is of."""
    g, m, q = of
    if g in fields and m in fields:
        raise Wrong("a time in two forms")
    out = {"form": "generalized" if g in fields else "micro" if m in fields else None}
    out["time"] = generalized(fields[g]) if g in fields else micro(fields[m]) if m in fields else None
    out["qualifier"] = number_of(fields[q]) if q in fields else None
    return out


def item(kind, octets):
    tag, body, rest = split(octets)
    if tag != b"\x30" or rest:
        raise Wrong("an item that is no SEQUENCE")
    fields = dict(members(body))
    out = times(fields, ITEM_TIME[kind])
    out["which"] = number_of(fields[0]) if 0 in fields else None
    (alternative, contents), = members(fields[2])
    if alternative == CONTENTS[kind]:
        tag, inner, rest = split(contents)
        if tag != b"\x30" or rest:
            raise Wrong("no payload of TS 33.128")
        payload = members(inner)
        out["module"] = list(dict(payload)[1])
        out["pdu"] = members(dict(payload)[2])[0][0]
    return out


def header(octets):
    out, fields = {}, dict(members(octets))
    cid = dict(members(fields[3]))
    nid = dict(members(cid[0]))
    out["oid"] = list(fields[0])
    out["version"] = fields[0][-1]
    out["liid"] = fields[1].hex()
    out["country"] = fields[2].decode() if 2 in fields else None
    out["operator"], out["element"] = nid[0].decode(), nid[1].decode() if 1 in nid else None
    out["cin"] = number_of(cid[1]) if 1 in cid else None
    out["dcc"] = cid[2].decode() if 2 in cid else None
    out["number"] = number_of(fields[4])
    out.update(times(fields, (5, 7, 8)))
    return out


def pdu(octets):
    (one, head), (two, payload) = members(octets)
    if (one, two) != (1, 2):
        raise Wrong("a PS-PDU of other members")
    out = header(head)
    (kind, body), = members(payload)
    out["kind"] = PAYLOAD[kind]
    if out["kind"] in CONTENTS:
        out["items"] = []
        while body:
            _, _, rest = split(body)
            out["items"].append(item(out["kind"], body[:len(body) - len(rest)]))
            body = rest
    elif out["kind"] == "tri":
        (kind, body), = members(body)
        out["kind"] = TRI[kind]
        if out["kind"] == "operatorLeaMessage":
            (zero, priority), (_, text) = members(body)
            out["priority"], out["text"] = number_of(priority), text.hex()
    return out


def main():
    for path in sys.argv[1:]:
        with open(path, "rb") as f:
            octets = f.read()
        with open(path + ".json", "w") as f:
            at = 0
            while at < len(octets):
                more = octets[at + 1] & 0x7f if octets[at + 1] & 0x80 else 0
                n = int.from_bytes(octets[at + 2:at + 2 + more], "big") if more else octets[at + 1]
                tag, body, rest = split(octets[at:at + 2 + more + n])
                if tag != b"\x30" or rest:
                    raise Wrong("no PS-PDU")
                f.write(json.dumps(pdu(body)) + "\n")
                at += 2 + more + n


try:
    main()
except (Wrong, EOFError, KeyError, ValueError, IndexError) as e:
    print(f"forms.py: {type(e).__name__}: {e}", file=sys.stderr)
    sys.exit(1)

"""mf.py FOLDER answer=PORT ask=PORT decline=PORT none=PORT: a mediation function's delivery functions against lemfd with --options of these words and --negotiation-wait 2s:
keep-alives, the five message flows of annex I of TS 102 232-1, acknowledgement, and what goes wrong on the way, octet by octet. Prints ok/FAIL."""
import hashlib
import json
import subprocess
import sys
import time

from ps import (ACK, WHEN, Conn, Wrong, decode, iri, length, number_of, members, option_request, option_response, pdu, run, split, tlv, tri, uint)

folder = sys.argv[1]
ports = dict((word, int(port)) for word, port in (a.split("=") for a in sys.argv[2:]))


def to(word):
    return Conn.to(ports[word], folder, "mdf.example", peer=f"{word}.example")


def asking(word, *options):
    """A connection that has asked for these, and has been granted them."""
    c = to(word)
    c.send(option_request(0, *options), tri("keep-alive", 0))
    c.want("optionResponse", 0, options=[len(options), 0])
    c.want("keep-aliveResponse", 0)
    return c


def stored(word, liid):
    try:
        return open(f"{folder}/{word}.example/NL-OP01-{liid}/hi2.ber", "rb").read()
    except FileNotFoundError:
        return b""


def acknowledged(c, number=0):
    c.send(tri("pDUAcknowledgementRequest", number))
    c.want("pDUAcknowledgementResponse", number)


def not_acknowledged(c):
    """The option does not hold: the request is passed over, and the session goes on."""
    c.send(tri("pDUAcknowledgementRequest", 5), tri("keep-alive", 77))
    c.want("keep-aliveResponse", 77)


def delivers(c, word, liid, ack=True):
    """Data flow, and are there."""
    octets = b"".join(iri(n, liid.encode()) for n in range(3))
    c.send(octets)
    if ack:
        acknowledged(c)
    else:
        not_acknowledged(c)
        time.sleep(0.3)
    if stored(word, liid) != octets:
        raise Wrong(f"{len(stored(word, liid))} octets are stored of {len(octets)}")


# -- without options -------------------------------------------------------------------------------------------------------------

def keep_alive():
    """HO-KA-005: its number, a time of its own, and a header that is whole."""
    c = to("answer")
    for number in (0, 127, 128, 2 ** 31, 2 ** 32 - 1):
        sent = tri("keep-alive", number, liid=b"TRI", stamp=1000000000.5)
        c.send(sent)
        p = c.want("keep-aliveResponse", number, liid=b"TRI", version=33)
        seconds = number_of(members(p["time"])[0][1])
        if abs(seconds - time.time()) > 5:
            raise Wrong(f"its time is {seconds}")
    c.silent(0.3)           # HO-KA-010
    c.close()


def mandated():
    """Acknowledgement as agreed beforehand: no negotiation."""
    c = to("answer")
    delivers(c, "answer", "LI-M")
    c.close()


# -- annex I -----------------------------------------------------------------------------------------------------------------------

def flow_a():
    """The LGW knows no options: it answers the keep-alive alone, and the normal flow begins. HO-OPT-005"""
    c = to("none")
    c.send(option_request(0, ACK), tri("keep-alive", 0))
    c.want("keep-aliveResponse", 0)
    c.silent(0.5)
    delivers(c, "none", "LI-A")
    c.close()


def flow_b():
    """Both request. HO-OPT-003, HO-OPT-006, HO-OPT-008"""
    c = asking("ask", ACK)
    c.want("optionRequest", 0, options=[1])
    c.send(tri("optionComplete", 1), option_response(0, [ACK]))
    c.want("optionComplete", 1)
    delivers(c, "ask", "LI-B")
    c.close()


def flow_c():
    """The DF alone requests."""
    c = asking("answer", ACK)
    c.want("optionComplete", 0)
    c.send(tri("optionComplete", 1))
    delivers(c, "answer", "LI-C")
    c.close()


def flow_d():
    """The LGW alone requests: the DF asks for nothing, and grants."""
    c = asking("ask")
    c.want("optionRequest", 0, options=[1])
    c.send(tri("optionComplete", 1), option_response(0, [ACK]))
    c.want("optionComplete", 1)
    delivers(c, "ask", "LI-D")
    c.close()


def flow_e():
    """Requests follow each other; the last one counts. HO-OPT-007"""
    for last in (True, False):
        c = asking("answer", ACK)
        c.want("optionComplete", 0)
        c.send(option_request(1))
        c.want("optionResponse", 1, options=[0, 0])
        c.send(option_request(2, ACK), option_request(3, *([ACK] if last else [])))
        c.want("optionResponse", 2, options=[1, 0])
        c.want("optionResponse", 3, options=[int(last), 0])
        c.send(tri("optionComplete", 4))
        delivers(c, "answer", "LI-E%d" % last, ack=last)
        c.close()


# -- around it -------------------------------------------------------------------------------------------------------------------------

def slow_keep_alive():
    """The keep-alive comes late, or not at all: the LGW goes on after a moment."""
    c = to("answer")
    c.send(option_request(0, ACK))
    c.want("optionResponse", 0, options=[1, 0])
    c.want("optionComplete", 0)
    c.send(tri("optionComplete", 1))
    delivers(c, "answer", "LI-F")
    c.close()


def unknown_options():
    """HO-OPT-004: they stand in neither list; what is known beside them is answered."""
    c = to("answer")
    c.send(option_request(0, tlv(0x85), tlv(0xa7, b"\x80\x01\x05"), ACK), tri("keep-alive", 0))
    c.want("optionResponse", 0, options=[1, 0], others=0)
    c.want("keep-aliveResponse", 0)
    c.want("optionComplete", 0)
    c.send(tri("optionComplete", 1))
    delivers(c, "answer", "LI-U")
    c.close()


def declined():
    """HO-OPT-014: by the LGW; and by the DF."""
    c = to("decline")
    c.send(option_request(0, ACK), tri("keep-alive", 0))
    c.want("optionResponse", 0, options=[0, 1])
    c.want("keep-aliveResponse", 0)
    c.want("optionComplete", 0)
    c.send(tri("optionComplete", 1))
    delivers(c, "decline", "LI-N", ack=False)
    c.close()
    c = asking("ask")
    c.want("optionRequest", 0)
    c.send(option_response(0, [], [ACK]), tri("optionComplete", 1))
    c.want("optionComplete", 1)
    delivers(c, "ask", "LI-N", ack=False)
    c.close()


def early_complete():
    """The DF is done before the LGW has had its turn: it is asked all the same, and has to answer."""
    c = to("ask")
    c.send(option_request(0, ACK), tri("optionComplete", 1))
    c.want("optionResponse", 0, options=[1, 0])
    c.want("optionRequest", 0)
    c.send(option_response(0, [ACK]))
    c.want("optionComplete", 1)
    delivers(c, "ask", "LI-H")
    c.close()


def dribbled():
    """HO-ENC-016: in octets, each a record of its own."""
    c = to("answer")
    c.dribble(option_request(0, ACK) + tri("keep-alive", 0))
    c.want("optionResponse", 0)
    c.want("keep-aliveResponse", 0)
    c.want("optionComplete", 0)
    c.dribble(tri("optionComplete", 1) + iri(0, b"LI-O") + tri("pDUAcknowledgementRequest", 0))
    c.want("pDUAcknowledgementResponse", 0)
    c.close()


def legal_ber():
    """HO-ENC-014, HO-ENC-015: indefinite lengths, and lengths that are not the shortest; answers are DER."""
    head = members(split(tri("keep-alive", 9))[1])[0][1]
    c = to("answer")
    c.send(b"\x30\x80\xa1" + length(len(head)) + head + b"\xa2\x80\xa2\x02\x83\x00\x00\x00\x00\x00")
    c.want("keep-aliveResponse", 9)
    c.send(b"\x30\x82" + (len(head) + 2 + len(length(len(head))) - 1 + 7).to_bytes(2, "big") + b"\xa1" + length(len(head)) + head + b"\xa2\x81\x04\xa2\x02\x83\x00")
    c.want("keep-aliveResponse", 9)
    c.close()


# -- integrity and encryption, by hashlib and openssl's program ------------------------------------------------------------------------

HASHES = {2: "sha256", 3: "sha384", 4: "sha512"}


def check(number, numbers, value, liid, type=1, data=1, hash=0, signature=0):
    body = tlv(0xa0, *(uint(2, n) for n in numbers)) + uint(0x81, type) + uint(0x82, data) + tlv(0x83, value)
    return tri("integrityCheck", number, body + (uint(0x84, hash) if hash else b"") + (uint(0x85, signature) if signature else b""), liid=liid, cin=1, stamp=WHEN)


def events(word, liid, name):
    with open(f"{folder}/{word}.example/NL-OP01-{liid}/events.jsonl") as f:
        return [e for e in map(json.loads, f) if e["event"] == name]


def verdicts(c, liid, *want):
    acknowledged(c)
    got = [e["verdict"] for e in events("answer", liid, "integrity")]
    if got != list(want):
        raise Wrong(f"verdicts {got}, not {list(want)}")


def hashes():
    """HO-INT-014: each algorithm, in the order of includedSequenceNumbers; a bit, an order and a PDU that are wrong."""
    c = to("answer")
    for algorithm, name in HASHES.items():
        liid = "LI-h%d" % algorithm
        data = [iri(n, liid.encode()) for n in range(6)]

        def of(*numbers):
            return hashlib.new(name, b"".join(data[n] for n in numbers)).digest()
        c.send(*data[:5], check(0, [0, 1, 2], of(0, 1, 2), liid.encode(), hash=algorithm), check(1, [4, 3], of(4, 3), liid.encode(), hash=algorithm),
               check(2, [3, 4], of(4, 3), liid.encode(), hash=algorithm), check(3, [5], of(5), liid.encode(), hash=algorithm),
               check(4, [0], bytes([of(0)[0] ^ 1]) + of(0)[1:], liid.encode(), hash=algorithm), check(5, [0, 1], of(0, 1), liid.encode()))
        verdicts(c, liid, "good", "good", "bad", "missing", "bad", "good")
    c.close()


def openssl(*words, octets):
    return subprocess.run(["openssl", *words], input=octets, stdout=subprocess.PIPE, check=True).stdout


def signatures():
    """ECDSA over whole Hash PDUs, and over their tRIPayloads; Ed25519; another's key."""
    c = to("answer")
    liid = "LI-s"
    data = [iri(n, liid.encode()) for n in range(4)]
    sums = [check(n, [2 * n, 2 * n + 1], hashlib.sha256(b"".join(data[2 * n:2 * n + 2])).digest(), liid.encode(), hash=2) for n in range(2)]
    inner = [members(members(split(h)[1])[1][1])[0][1] for h in sums]

    def ecdsa(octets, key="signer"):
        return openssl("dgst", "-sha256", "-sign", f"{folder}/{key}.key", octets=octets)
    with open(f"{folder}/octets", "wb") as f:
        f.write(sums[0])
    ed = subprocess.run(["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", f"{folder}/ed.key", "-in", f"{folder}/octets"], stdout=subprocess.PIPE, check=True).stdout
    c.send(*data, *sums, check(0, [0, 1], ecdsa(b"".join(sums)), liid.encode(), type=2, signature=2),
           check(1, [0, 1], ecdsa(b"".join(inner)), liid.encode(), type=2, signature=2), check(2, [0], ed, liid.encode(), type=2, signature=3),
           check(3, [1, 0], ecdsa(b"".join(sums)), liid.encode(), type=2, signature=2),
           check(4, [0, 1], ecdsa(b"".join(sums), "ca"), liid.encode(), type=2, signature=2))
    verdicts(c, liid, "good", "good", "good", "good", "good", "bad", "bad")
    if [e.get("covers") for e in events("answer", liid, "integrity")[2:4]] != ["pdu", "tRIPayload"]:
        raise Wrong("what they cover")
    c.close()


def dsa():
    """DSA, which is old: of a mediation function of before v43, which signs Hashes whole, and of one that names it. Others' keys and values that are none: HO-INT-013."""
    c = to("answer")
    liid = "LI-d"
    data = [iri(n, liid.encode()) for n in range(4)]
    sums = [check(n, [2 * n, 2 * n + 1], hashlib.sha256(b"".join(data[2 * n:2 * n + 2])).digest(), liid.encode(), hash=2) for n in range(2)]
    inner = [members(members(split(h)[1])[1][1])[0][1] for h in sums]

    def of(octets, key="dsa", digest="sha256"):
        return openssl("dgst", "-" + digest, "-sign", f"{folder}/{key}.key", octets=octets)
    good = of(b"".join(sums))
    (_, r), (_, s) = members(split(good)[1])
    checks = [([0, 1], good), ([0, 1], of(b"".join(inner))), ([1], of(sums[1], digest="sha384")),
              ([1, 0], good), ([0, 1], of(b"".join(sums), "dsa2")), ([0, 1], good[:-1]), ([0, 1], b""),
              ([0, 1], older := r[-32:].rjust(32, b"\0") + s[-32:].rjust(32, b"\0")), ([0, 2], good)]
    # before V3.13.1 neither algorithm was named, and r and s stood one behind the other: from who names one that is bad
    c.send(*data, *sums, check(0, *checks[0], liid.encode(), type=2),
           *(check(n + 1, numbers, value, liid.encode(), type=2, signature=1) for n, (numbers, value) in enumerate(checks[1:])),
           check(len(checks), [0, 1], older, liid.encode(), type=2), check(len(checks) + 1, [0, 1], older[:-1], liid.encode(), type=2))
    verdicts(c, liid, "good", "good", "good", "good", "good", "bad", "bad", "bad", "bad", "bad", "missing", "good", "bad")
    c.close()


def forged():
    """Records, their Hash and its Signature are another's, all of them in order; a Signature is cut short, one is no signature at all; a Hash is lost, and what names it says so."""
    c = to("answer")
    liid = "LI-x"
    data = [iri(n, liid.encode()) for n in range(6)]

    def sum_of(number, *numbers):
        return check(number, list(numbers), hashlib.sha384(b"".join(data[n] for n in numbers)).digest(), liid.encode(), hash=3)

    def ecdsa(octets, key="p384"):
        return openssl("dgst", "-sha384", "-sign", f"{folder}/{key}.key", octets=octets)
    sums = [sum_of(0, 0, 1), sum_of(1, 2, 3), sum_of(2, 4, 5)]
    signed = [ecdsa(h) for h in sums]
    signature = dict(type=2, signature=2)
    c.send(*data, sums[0], sums[2], check(0, [0], signed[0], liid.encode(), **signature), check(1, [2], ecdsa(sums[2], "ca"), liid.encode(), **signature),
           check(2, [2], signed[2][:-1], liid.encode(), **signature), check(3, [2], b"\x30\x00", liid.encode(), **signature),
           check(4, [0, 1], ecdsa(sums[0] + sums[1]), liid.encode(), **signature))
    verdicts(c, liid, "good", "good", "good", "bad", "bad", "bad", "missing")
    c.close()
    until = time.monotonic() + 10       # where a number is missing, it is waited for as another connection might bring it
    while not (gaps := events("answer", liid, "gap")) and time.monotonic() < until:
        time.sleep(0.1)
    if len(gaps) != 1 or gaps[0]["from"] != 1 or gaps[0]["to"] != 1:
        raise Wrong(f"the Hash that is lost: {gaps}")


KEY = bytes(range(1, 33))
KEY_192 = bytes(range(101, 125))


def container(kind, octets, number, liid):
    return pdu(tlv(0xa4, uint(0x80, kind), tlv(0x81, octets), uint(0x82, 7)), number, liid, 1, stamp=WHEN + number)


def inside(counter, content):
    return tlv(0x30, uint(0x80, counter), tlv(0xa1, tlv(0xa0, tlv(0x30, uint(0x80, 4), tlv(0xa2, tlv(0x93, content))))))


def cbc(key, number, octets):
    return openssl("enc", f"-aes-{8 * len(key)}-cbc", "-nopad", "-K", key.hex(), "-iv", (number.to_bytes(4, "big") * 4).hex(), octets=octets)


def sealed(number, liid, counter, content, key=KEY, pad=0):
    """(in clear as it is digested, as it is sent): annex G."""
    inner = inside(counter, content)
    inner += bytes([pad]) * (-len(inner) % 16)
    return container(1, inner, number, liid), container(3 if len(key) == 24 else 4, cbc(key, number, inner), number, liid)


def encrypted():
    """HO-PEN-008, HO-PEN-009: opened by its key, hashed in clear, stored as it came; under another key it is kept aside, and said."""
    c = to("answer")
    counter, clear, sent = WHEN << 32, [], []
    for n in range(20):
        a, b = sealed(n, b"LI-e", counter, b"\x30\x00" * (n * 7 + 1))
        counter += len(a)
        clear.append(a)
        sent.append(b)
    c.send(*sent, check(0, list(range(20)), hashlib.sha512(b"".join(clear)).digest(), b"LI-e", hash=4))
    verdicts(c, "LI-e", "good")
    if stored("answer", "LI-e") != b"".join(sent):
        raise Wrong("they are not stored as they came")
    c.send(sealed(0, b"LI-u", WHEN << 32, b"\x30\x00", bytes(32))[1])
    acknowledged(c, 1)
    if stored("answer", "LI-u") or len(events("answer", "LI-u", "encrypted")) != 1:
        raise Wrong("what no key opens is taken for IRI, or not said")
    c.close()


def encrypted_192():
    """A byteCounter that jumps, ahead and back, as a sender's does that begins anew or counts otherwise: the agency reads, and the Hash holds."""
    c = to("answer")
    pairs = [sealed(n, b"LI-6", counter, b"\x30\x00" * (n + 1), KEY_192) for n, counter in
             enumerate((WHEN << 32, (WHEN << 32) + 70, 5, (1 << 64) - 1, 0, WHEN << 32))]
    c.send(*(sent for _, sent in pairs), check(0, list(range(6)), hashlib.sha256(b"".join(clear for clear, _ in pairs)).digest(), b"LI-6", hash=2))
    verdicts(c, "LI-6", "good")
    if stored("answer", "LI-6") != b"".join(sent for _, sent in pairs) or events("answer", "LI-6", "encrypted"):
        raise Wrong("they are not stored as they came")
    c.close()


def encrypted_badly():
    """Ciphertext that is cut short, by octets, by a block, to nothing; padding that is not of zeros; a kind that names another cipher: each is kept aside, and said; what
    follows is read. A bit that is another in the middle of it is nothing that annex G would find, and the Hash does."""
    c = to("answer")
    clear = inside(WHEN << 32, b"\x30\x00" * 20)
    clear += bytes(-len(clear) % 16)
    good = cbc(KEY, 0, clear)
    bad = {"octets": (4, good[:-3]), "block": (4, good[:-16]), "nothing": (4, b""), "first": (4, bytes([good[0] ^ 1]) + good[1:]),
           "cipher": (3, good), "other": (6, good), "national": (2, good),
           "padding": (4, cbc(KEY, 0, inside(WHEN << 32, b"\x30\x00") + bytes([1]) * (-len(inside(WHEN << 32, b"\x30\x00")) % 16)))}
    for name, (kind, octets) in bad.items():
        liid = "LI-b" + name
        after = sealed(1, liid.encode(), WHEN << 32, b"\x30\x00")[1]
        c.send(container(kind, octets, 0, liid.encode()), after)
        acknowledged(c, 2)
        if stored("answer", liid) != after or len(events("answer", liid, "encrypted")) != 1:
            raise Wrong(f"{name}: it is taken for IRI, or not said, or what follows is not there")
    flipped = container(4, good[:-32] + bytes([good[-32] ^ 1]) + good[-31:], 0, b"LI-bbit")
    c.send(flipped, check(0, [0], hashlib.sha256(container(1, clear, 0, b"LI-bbit")).digest(), b"LI-bbit", hash=2))
    verdicts(c, "LI-bbit", "bad")
    c.close()


# -- what goes wrong ----------------------------------------------------------------------------------------------------------------------

def data_too_early():
    """HO-OPT-009: data before the end of it end the connection, and are not taken."""
    for what in (iri(0, b"LI-Y"), tri("pDUAcknowledgementRequest", 0), tri("testPDU", 0, liid=b"LI-Y")):
        c = to("answer")
        c.send(option_request(0, ACK), what)
        c.want("optionResponse", 0)
        c.ended(5)
    if stored("answer", "LI-Y"):
        raise Wrong("they are stored")


def never_complete():
    """HO-OPT-012"""
    for word in ("answer", "ask"):
        c = to(word)
        c.send(option_request(0, ACK), tri("keep-alive", 0))
        c.want("optionResponse", 0)
        started = time.monotonic()
        c.patience = 6
        for _ in range(2):
            c.read(1)
        c.ended()
        if not 0.9 < time.monotonic() - started < 5:
            raise Wrong(f"after {time.monotonic() - started:.1f} s")


def no_request_of_ours():
    c = asking("ask", ACK)
    c.want("optionRequest", 0)
    c.send(option_response(1, [ACK]))
    c.ended(5)


def unreadable_list():
    c = to("answer")
    c.send(tri("optionRequest", 0, b"\xa0\x05\x80\x00"))
    c.ended(5)


def after_agreement():
    """HO-OPT-010, HO-OPT-013: what belongs to a negotiation means nothing any more, and changes nothing."""
    c = to("answer")
    c.send(option_request(0, ACK), tri("keep-alive", 0), tri("optionComplete", 1))
    c.want("optionResponse", 0)
    c.want("keep-aliveResponse", 0)
    c.want("optionComplete", 0)
    c.send(option_request(2), tri("optionComplete", 3), option_response(0, [ACK]))
    delivers(c, "answer", "LI-Z")
    c.close()


def after_data():
    c = to("answer")
    delivers(c, "answer", "LI-V")
    c.send(option_request(0, ACK))
    c.silent(0.5)
    acknowledged(c, 1)
    c.close()


def garbage():
    """HO-ENC-017, HO-ENC-018: a stream that is none ends; the next one is taken."""
    for octets in (b"\x00" * 40, b"GET / HTTP/1.1\r\n\r\n", b"\x30\x84\x7f\xff\xff\xff", b"\x30\x80" + b"\xa1\x80" * 5000):
        c = to("answer")
        try:
            c.send(octets)
        except OSError:
            pass
        c.ended(5)
    c = to("answer")
    c.send(tri("keep-alive", 3))
    c.want("keep-aliveResponse", 3)
    c.close()


def undecodable():
    """A PDU that is framed and makes no sense is kept aside, and the session goes on. HO-ENC-011, HO-ENC-012"""
    c = to("answer")
    c.send(tlv(0x30, tlv(0xa1, b"\x80\x01\x04"), tlv(0xa2, b"\xa2\x02\x83\x00")), pdu(tlv(0xa9, b"\x04\x01\x00"), 0, b"LI-W"),
           pdu(tlv(0xa2, tlv(0x9e)), 0, b"LI-W"), iri(0, b"LI-W"))
    acknowledged(c)
    if decode(stored("answer", "LI-W"))["number"]:
        raise Wrong("the record is not there")
    c.close()


good = True
for scenario in (keep_alive, mandated, flow_a, flow_b, flow_c, flow_d, flow_e, slow_keep_alive, unknown_options, declined, early_complete, dribbled, legal_ber, hashes,
                 signatures, dsa, forged, encrypted, encrypted_192, encrypted_badly,
                 data_too_early, never_complete, no_request_of_ours, unreadable_list, after_agreement, after_data, garbage, undecodable):
    good &= run(f"interop_lemfd.{scenario.__name__}", scenario)
sys.exit(not good)

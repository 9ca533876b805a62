"""lemf.py FOLDER SCENARIO RECORDS: an agency that shares nothing with the product, for mdfd with HI2 and HI3 on one connection. It listens (the port goes to
FOLDER/port), plays its part in SCENARIO, a connection after the other, until an end of file on one that was to be the last, and then judges all that came: the octets,
the numbers of each context, what was sent again, and that RECORDS items of content are there. Prints ok/FAIL."""
import copy
import hashlib
import os
import subprocess
import sys
import threading
import time

from ps import ACK, PAYLOAD, Conn, Wrong, accept, decode, listen, members, number_of, option_request, option_response, run, split, tlv, tri

folder, scenario, records = sys.argv[1], sys.argv[2], int(sys.argv[3])
HEADER = dict(operator=b"OP01", element=b"MDF-1", country=None, liid=b"TRI")


class Agency:
    key = None                  # of payloads; cipher: its EncryptionType and openssl's name

    def __init__(self):
        self.clear = {}         # as data, in the form that is digested
        self.checks = {}        # (type, dataType, liid, cin): {number: (numbers, value, algorithm, octets of the PDU)}
        self.counters = {}      # (kind, liid, cin): {number: (byteCounter, octets of the PDU)}
        self.data = {}          # (kind, liid, cin, number): octets
        self.again = self.items = 0
        self.unread = False     # a connection was cut: what was on its way is not in our lists
        self.keep_alives = []   # their numbers, over all connections
        self.requests = []      # of acknowledgement
        self.listener, self.context = listen(folder, "lemf.example")
        with open(f"{folder}/port.new", "w") as f:
            f.write(str(self.listener.getsockname()[1]))
        os.rename(f"{folder}/port.new", f"{folder}/port")

    def next(self):
        """The next connection; mdfd tells an octet of HI2 from one of HI3 by its context alone."""
        return accept(self.listener, self.context)

    def close(self):
        """What came, as frames for asn1_judge: 5 is PS-PDU; 3 LINotificationPayload, whose members the set of the other has not."""
        with open(f"{folder}/frames", "ab") as f:
            for octets in Conn.all_came:
                p, root = decode(octets), 5
                if p["kind"] == "hi4":
                    root, octets = 3, tlv(0x30, members(p["body"])[0][1])
                f.write(bytes([root]) + len(octets).to_bytes(4, "big") + octets)

    def begun(self, c, asks=True):
        """optionRequest, number 0 on each connection, and a keep-alive at once. HO-OPT-001, HO-OPT-002, HO-OPT-008"""
        c.want("optionRequest", 0, options=[int(asks)], version=33, cin=None)
        self.alive(c)

    def alive(self, c):
        p = c.want("keep-alive")
        self.keep_alives.append(p["number"])
        return p

    def answer(self, c, kind, number):
        c.send(tri(kind, number, **HEADER))

    def open(self, p):
        """What an encrypted PDU is: annex G, by openssl's own program: HO-PEN-001, HO-PEN-002, HO-PEN-003, HO-PEN-005, HO-PEN-007"""
        fields = dict(members(p["body"]))
        if number_of(fields[0]) != self.cipher[0]:
            raise Wrong(f"encryptionType {number_of(fields[0])}")
        if number_of(fields[2]) != 7:
            raise Wrong(f"encryptedPayloadType {number_of(fields[2])}")
        if not fields[1] or len(fields[1]) % 16:
            raise Wrong(f"{len(fields[1])} octets are no blocks")
        iv = (p["number"].to_bytes(4, "big") * 4).hex()
        plain = subprocess.run(["openssl", "enc", "-d", "-" + self.cipher[1], "-nopad", "-K", self.key.hex(), "-iv", iv], input=fields[1], stdout=subprocess.PIPE,
                               check=True).stdout
        tag, body, pad = split(plain)
        if tag != b"\x30" or pad.strip(b"\0") or len(pad) > 15:
            raise Wrong("no EncryptedPayload, or no padding of zeros")
        (zero, counter), (one, payload) = members(body)
        if (zero, one) != (0, 1):
            raise Wrong("an EncryptedPayload of other members")
        (kind, body), = members(payload)
        p["kind"], p["body"] = PAYLOAD[kind], body
        at = p["octets"].rindex(tlv(0x80, bytes([self.cipher[0]])) + tlv(0x81, fields[1]))
        p["clear"] = p["octets"][:at] + tlv(0x80, b"\1") + tlv(0x81, plain) + p["octets"][at + 3 + len(tlv(0x81, plain)):]
        context = self.counters.setdefault((p["kind"], p["liid"], p["cin"]), {})
        context[p["number"]] = (number_of(counter), len(p["octets"]))

    def count(self):
        """byteCounter: unixTime << 32, then on by the octets of each PDU. HO-PEN-006"""
        for key, context in self.counters.items():
            first = context[0][0]
            if first & 0xffffffff or abs((first >> 32) - time.time()) > 3600:
                raise Wrong(f"the first byteCounter of {key} is {first:#x}")
            for n in range(1, len(context)):
                if context[n][0] != context[n - 1][0] + context[n - 1][1]:
                    raise Wrong(f"byteCounter of {key} {n} is {context[n][0]:#x} after {context[n - 1]}")

    def keep(self, p):
        key = (p["kind"], p["liid"], p["cin"], p["number"])
        if self.data.setdefault(key, p["octets"]) != p["octets"]:
            raise Wrong(f"{key} is sent again with other octets")       # HO-BUF-004
        self.clear[key] = p.get("clear", p["octets"])
        return key

    def take(self, c, acknowledge=True, most=None, mute=False):
        """Data until it ends, or `most` of them; answers what is asked."""
        n = 0
        while most is None or n < most:
            try:
                p = c.read(20)
            except EOFError:
                return True
            if p is None:
                raise Wrong("nothing more comes, and it does not end")
            if p["kind"] == "encrypted":
                self.open(p)
            elif self.key and p["kind"] in ("iri", "cc"):
                raise Wrong(f"{p['kind']} {p['number']} in clear")
            if p["kind"] in ("iri", "cc", "hi4", "hi1"):
                before = len(self.data)
                self.keep(p)
                self.again += len(self.data) == before
                self.items += bool(self.key) and p["kind"] == "cc" and len(self.data) > before and len(members(p["body"]))
                n += 1
            elif p["kind"] == "keep-alive":
                self.keep_alives.append(p["number"])
                if not mute:
                    self.answer(c, "keep-aliveResponse", p["number"])
            elif p["kind"] == "pDUAcknowledgementRequest":
                self.requests.append(p["number"])
                if not acknowledge:
                    raise Wrong("acknowledgement is asked for, and was not agreed on")  # HO-ACK-001, HO-OPT-014
                if not mute:
                    self.answer(c, "pDUAcknowledgementResponse", p["number"])
            elif p["kind"] == "integrityCheck":
                self.check(p)
            elif p["kind"] not in ("testPDU", "operatorLeaMessage", "paddingPDU"):
                raise Wrong(f"{p['kind']} {p['number']} among data")    # HO-OPT-013
        return False

    def check(self, p):
        fields = dict(members(p["body"]))
        chain = self.checks.setdefault((number_of(fields[1]), number_of(fields[2]), p["liid"], p["cin"]), {})
        new = ([number_of(x) for _, x in members(fields[0])], fields[3], number_of(fields[4]) if 4 in fields else 0, p["octets"])
        if chain.setdefault(p["number"], new) != new:
            raise Wrong(f"check {p['number']} is sent again with other octets")

    def proved(self, first, covers):
        """Every record is in one Hash, and every Hash in one Signature; by hashlib and openssl's program. HO-INT-002, HO-INT-008, HO-INT-011, HO-INT-012, HO-PEN-008"""
        seen = set()
        for (type, data, liid, cin), chain in self.checks.items():
            if sorted(chain) != list(range(first, first + len(chain))):
                raise Wrong(f"numbers of checks {sorted(chain)}")
            for number, (numbers, value, algorithm, octets) in sorted(chain.items()):
                keys = [("iri" if data == 1 else "cc", liid, cin, n) if type == 1 else (1, data, liid, cin, n) for n in numbers]
                if seen & set(keys) or len(set(keys)) != len(keys):
                    raise Wrong(f"check {number} covers what another has")
                seen |= set(keys)
                if type == 1:
                    if algorithm != 2 or hashlib.sha256(b"".join(self.clear[k] for k in keys)).digest() != value:
                        raise Wrong(f"hash {number} of {liid} {cin} is another")
                    continue
                hashes = [self.checks[1, data, liid, cin][n][3] for n in numbers]
                if covers == "payload":
                    hashes = [self.body(h) for h in hashes]
                with open(f"{folder}/signature", "wb") as f:
                    f.write(value)
                subprocess.run(["openssl", "dgst", "-sha256", "-verify", f"{folder}/signer.pem", "-signature", f"{folder}/signature"], input=b"".join(hashes),
                               stdout=subprocess.PIPE, check=True)
        hashes = {(1, d, liid, cin, n) for (t, d, liid, cin), chain in self.checks.items() if t == 1 for n in chain}
        lacking = ({k for k in self.data if k[0] in ("iri", "cc")} | hashes) - seen
        if lacking or not hashes:
            raise Wrong(f"not covered: {sorted(map(str, lacking))[:5]}")

    def judge(self):
        contexts = {}
        for kind, liid, cin, number in self.data:
            contexts.setdefault((kind, liid, cin), []).append(number)
        for key, numbers in contexts.items():
            if sorted(numbers) != list(range(len(numbers))):
                raise Wrong(f"numbers of {key}: {sorted(numbers)[:20]}")        # HO-SEQ-001, HO-SEQ-002, HO-SEQ-009
        self.count()
        items = self.items or sum(len(members(self.body(octets))) for (kind, *_), octets in self.data.items() if kind == "cc")
        if items != records:
            raise Wrong(f"{items} items of content, not {records}")
        if self.keep_alives != list(range(len(self.keep_alives))):
            raise Wrong(f"keep-alives {self.keep_alives}")      # HO-KA-003
        if self.requests != list(range(len(self.requests))) and not (self.unread and self.requests == sorted(set(self.requests))):
            raise Wrong(f"acknowledgement requests {self.requests}")    # HO-ACK-002

    def body(self, octets):
        payload = members(members(octets)[0][1])[1][1]
        return members(payload)[0][1]       # what stands in the alternative: of a TRI the contents of tRIPayload


def octets_of_header(octets):
    return members(members(octets)[0][1])[0][1]


def agreed(a, c):
    """Flow (c), and data."""
    a.begun(c)
    c.send(option_response(0, [ACK], **HEADER), tri("keep-aliveResponse", a.keep_alives[-1], **HEADER), tri("optionComplete", 0, **HEADER))
    c.want("optionComplete", 1)
    return a.take(c)


# -- annex I ------------------------------------------------------------------------------------------------------------------------

def flow_a(a):
    """The LGW knows no options. HO-OPT-005"""
    c = a.next()
    a.begun(c)
    a.answer(c, "keep-aliveResponse", a.keep_alives[-1])
    a.take(c, acknowledge=False)


def flow_b(a):
    """Both request; of what the LGW asks one is not known to the DF. HO-OPT-004"""
    c = a.next()
    a.begun(c)
    c.send(option_response(0, [ACK], **HEADER), tri("keep-aliveResponse", a.keep_alives[-1], **HEADER), option_request(0, ACK, tlv(0x85), **HEADER))
    c.want("optionComplete", 1)
    c.want("optionResponse", 0, options=[1, 0], others=0)
    a.answer(c, "optionComplete", 1)
    a.take(c)


def flow_c(a):
    """The DF alone requests."""
    agreed(a, a.next())


def flow_d(a):
    """The LGW alone requests: success tcp asks for nothing, and does not ask for acknowledgement though the LGW wants it."""
    c = a.next()
    a.begun(c, asks=False)
    c.send(option_response(0, **HEADER), tri("keep-aliveResponse", a.keep_alives[-1], **HEADER), option_request(0, ACK, **HEADER))
    c.want("optionComplete", 1)
    c.want("optionResponse", 0, options=[0, 1])
    a.answer(c, "optionComplete", 1)
    a.take(c, acknowledge=False)


def flow_e(a):
    """Requests of the LGW follow each other, in octets that come one by one."""
    c = a.next()
    a.begun(c)
    c.dribble(option_response(0, [ACK], **HEADER) + option_request(0, ACK, **HEADER))
    c.want("optionComplete", 1)
    c.want("optionResponse", 0, options=[1, 0])
    a.answer(c, "keep-aliveResponse", a.keep_alives[-1])
    c.send(option_request(1, **HEADER))
    c.want("optionResponse", 1, options=[0, 0])
    c.send(option_request(2, ACK, ACK, **HEADER))
    c.want("optionResponse", 2, options=[1, 0])
    a.answer(c, "optionComplete", 3)
    a.take(c)


# -- other ways ------------------------------------------------------------------------------------------------------------------------

def silent_turn(a):
    """The LGW answers and waits: the DF takes its turn."""
    c = a.next()
    a.begun(c)
    c.send(option_response(0, [ACK], **HEADER), tri("keep-aliveResponse", a.keep_alives[-1], **HEADER))
    c.want("optionComplete", 1)
    c.silent(0.3)
    a.answer(c, "optionComplete", 0)
    a.take(c)


def declined(a):
    """without_acknowledgement: tcp. HO-OPT-014"""
    c = a.next()
    a.begun(c)
    c.send(option_response(0, [], [ACK], **HEADER), tri("keep-aliveResponse", a.keep_alives[-1], **HEADER), tri("optionComplete", 0, **HEADER))
    c.want("optionComplete", 1)
    a.take(c, acknowledge=False)


def refused(a):
    """without_acknowledgement: refuse: who declines, or knows no options, gets nothing; who comes round gets all."""
    c = a.next()
    a.begun(c)
    c.send(option_response(0, [], [ACK], **HEADER), tri("keep-aliveResponse", a.keep_alives[-1], **HEADER), tri("optionComplete", 0, **HEADER))
    c.ended()
    c = a.next()
    a.begun(c)
    a.answer(c, "keep-aliveResponse", a.keep_alives[-1])
    c.ended()
    agreed(a, a.next())


def beforehand(a):
    """Without negotiation, acknowledged: some are not answered before the connection is cut, and come again, the oldest first. HO-BUF-003, HO-BUF-004, HO-ACK-006"""
    c = a.next()
    a.take(c, most=40)
    a.unread = True
    c.cut()
    before = len(a.data)
    c = a.next()
    a.take(c)
    if not a.again or len(a.data) < before:
        raise Wrong("nothing was sent again")


def muted(a):
    """No acknowledgement in TIME5: the connection ends, and all of it comes again. HO-ACK-006"""
    c = a.next()
    started = time.monotonic()
    a.take(c, mute=True)
    if time.monotonic() - started < 0.9:
        raise Wrong("it ended before TIME5")
    c = a.next()
    a.take(c)
    if not a.again:
        raise Wrong("nothing was sent again")


def wrong_number(a):
    """An acknowledgement that answers no request frees nothing. HO-ACK-009"""
    c = a.next()
    while True:
        p = c.read()
        if p is None:
            raise Wrong("no request")
        if p["kind"] == "pDUAcknowledgementRequest":
            a.requests.append(p["number"])
            a.answer(c, "pDUAcknowledgementResponse", p["number"] + 99)
            break
        a.keep(p)
    a.take(c, mute=True)
    c = a.next()
    a.take(c)
    if not a.again:
        raise Wrong("what was not acknowledged is gone")


def encrypted(a, cipher, octets):
    """Annex G: the key is shared, all else is on the wire. A break in between changes no octet of what goes again."""
    a.cipher = cipher
    a.key = bytes(range(1, octets + 1))
    c = a.next()
    a.take(c, most=60)
    a.unread = True
    c.cut()
    a.take(a.next())


def encrypted_256(a):
    encrypted(a, (4, "aes-256-cbc"), 32)


def encrypted_192(a):
    encrypted(a, (3, "aes-192-cbc"), 24)


def aggregated(a):
    """aggregation: cc 10, delay 200ms: one number a PDU, each item with a time of its own, in its order. HO-AGG-003, HO-AGG-004, HO-SEQ-008"""
    a.take(a.next())
    most = 0
    for (kind, *_), octets in a.data.items():
        items = members(a.body(octets))
        times = [dict(members(v)) for _, v in items]
        if kind == "cc" and len(items) > 1:
            most = max(most, len(items))
            if any(3 not in t or dict(members(octets_of_header(octets)))[8] != b"\3" for t in times):
                raise Wrong("an item without a time, or a header without timeOfAggregation")
            stamps = [tuple(number_of(v) for _, v in members(t[3])) for t in times]
            if stamps != sorted(stamps):
                raise Wrong("items out of order")
    if not 2 <= most <= 10:
        raise Wrong(f"{most} items at the most")


def notified(a):
    """HI4: one activation, number 0, without a CIN, before the records of its interception and on their connection. HO-HI4-002, HO-HI4-003, HO-HI4-004"""
    a.take(a.next())
    keys = list(a.data)
    hi4 = [k for k in keys if k[0] == "hi4"]
    if hi4 != [keys[0]] or hi4[0][2:] != (None, 0):
        raise Wrong(f"notifications {hi4} among {keys[:3]}")
    (form, payload), = members(a.body(a.data[hi4[0]]))
    (one, oid), (two, choice) = members(payload)
    (kind, fields), = members(choice)
    fields = dict(members(fields))
    if (form, one, two, kind) != (1, 1, 2, 1) or oid[:2] + oid[4:] != b"\4\x13\5":
        raise Wrong("no LINotificationPayload")
    if number_of(fields[1]) != 1 or 4 not in fields or not fields[4].endswith(b"Z"):
        raise Wrong(f"notificationType {number_of(fields[1])}, or no appliedStartTime")


def lanes(a):
    """lanes: 4: each a connection of its own; a context is on one of them, in its order, and all of it is there."""
    seen = []

    def serve(c, b):
        b.take(c)
        seen.append(b)
    threads = []
    while True:
        try:
            c = accept(a.listener, a.context, 3 if threads else 20)
        except TimeoutError:
            break
        b = copy.copy(a)
        b.keep_alives, b.requests, b.data = [], [], {}
        threads.append(threading.Thread(target=serve, args=(c, b)))
        threads[-1].start()
    for t in threads:
        t.join()
    if len(seen) != 4:
        raise Wrong(f"{len(seen)} of {len(threads)} connections ended well")
    where = {}
    for i, b in enumerate(seen):
        if b.keep_alives != list(range(len(b.keep_alives))) or b.requests != list(range(len(b.requests))):
            raise Wrong(f"numbers of a connection: {b.keep_alives} {b.requests}")
        for *context, number in b.data:
            last = where.setdefault(tuple(context), [i, -1])
            if last[0] != i or number != last[1] + 1:
                raise Wrong(f"{context} {number} on connection {i} after {last}")
            last[1] = number
        a.data.update(b.data)
    if len({i for i, _ in where.values()}) < 2:
        raise Wrong("all of it is on one connection")


def proved(a):
    """integrity: SHA-256 of 10 records, ECDSA over whole Hash PDUs."""
    a.take(a.next())
    a.proved(0, "pdu")


def proved_encrypted(a):
    """The same with payload encryption, a break in between, over tRIPayloads, and numbers from 1: digests are of the clear form."""
    encrypted_256(a)
    a.proved(1, "payload")


# -- agencies that do not keep to it: the connection ends, the next one is good ---------------------------------------------------------

def faulty(a, *octets, asks=True):
    c = a.next()
    a.begun(c)
    c.send(*octets)
    c.ended()
    agreed(a, a.next())


def wrong_response(a):
    faulty(a, option_response(7, [ACK], **HEADER))


def early_data(a):
    """HO-OPT-009"""
    faulty(a, option_response(0, [ACK], **HEADER), tri("testPDU", 0, **HEADER))


def twice_answered(a):
    faulty(a, option_response(0, [ACK], **HEADER), option_response(0, [ACK], **HEADER))


def unreadable(a):
    faulty(a, tri("optionResponse", 0, b"\xa0\x04\x80\x00", **HEADER))


def never_complete(a):
    """HO-OPT-012: NEGOTIATION 2s."""
    started = time.monotonic()
    c = a.next()
    a.begun(c)
    c.send(option_response(0, [ACK], **HEADER), tri("keep-aliveResponse", a.keep_alives[-1], **HEADER))
    c.want("optionComplete", 1)
    c.ended()
    if not 1.5 < time.monotonic() - started < 8:
        raise Wrong(f"after {time.monotonic() - started:.1f} s")
    agreed(a, a.next())


def garbage(a):
    faulty(a, b"HTTP/1.1 400 Bad Request\r\n\r\n")


def closes_midway(a):
    """At each of its steps; the numbers of options begin anew each time, those of keep-alives go on. HO-OPT-008, HO-KA-003"""
    c = a.next()
    c.want("optionRequest", 0)
    a.keep_alives.append(0)     # it came along, and is not read
    c.close()
    c = a.next()
    a.begun(c)
    c.cut()
    c = a.next()
    a.begun(c)
    octets = option_response(0, [ACK], **HEADER)
    c.send(octets[:20])
    c.cut()
    c = a.next()
    a.begun(c)
    c.send(octets, tri("keep-aliveResponse", a.keep_alives[-1], **HEADER), option_request(0, ACK, **HEADER))
    c.want("optionComplete", 1)
    c.cut()
    agreed(a, a.next())


def late_options(a):
    """HO-OPT-010, HO-OPT-013: an optionRequest among the data changes nothing."""
    c = a.next()
    a.begun(c)
    c.send(option_response(0, [ACK], **HEADER), tri("keep-aliveResponse", a.keep_alives[-1], **HEADER), tri("optionComplete", 0, **HEADER),
           option_request(1, **HEADER), tri("optionComplete", 2, **HEADER), option_response(0, [], [ACK], **HEADER))
    c.want("optionComplete", 1)
    a.take(c)
    if not a.requests:
        raise Wrong("acknowledgement is not asked for any more")


def play():
    a = Agency()
    globals()[scenario](a)
    a.judge()
    a.close()


sys.exit(not run(f"interop_mdfd.{scenario}", play))

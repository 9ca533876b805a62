"""ps.py: PS-PDUs of TS 102 232-1, octet by octet, for ends that share nothing with the product: the standard library's ssl, and DER by hand.

An end is Conn (ours the client) or accept() (ours the server). A PDU that came is a dict: what its header says, "kind" ("iri", "cc", "hi4", "encrypted", a name of TRI …) and
"body". Whatever is not as expected raises Wrong.
"""
import select
import socket
import ssl
import time

TRI = ["integrityCheck", "testPDU", "paddingPDU", "keep-alive", "keep-aliveResponse", "firstSegmentFlag", "lastSegmentFlag", "cINReset", "operatorLeaMessage",
       "optionRequest", "optionResponse", "optionComplete", "pDUAcknowledgementRequest", "pDUAcknowledgementResponse"]
CONSTRUCTED = {"integrityCheck", "operatorLeaMessage", "optionRequest", "optionResponse"}
PAYLOAD = {0: "iri", 1: "cc", 2: "tri", 3: "hi1", 4: "encrypted", 5: "hi1-3gpp", 6: "ilhi", 7: "hi4"}
WHEN = 1770371041                       # of data PDU 0: the same PDU made again has the same octets
ACK = b"\x80\x00"                       # pDUAcknowledgement [0] NULL


class Wrong(Exception):
    pass


# -- DER ------------------------------------------------------------------------------------------------------------------

def length(n):
    if n < 0x80:
        return bytes([n])
    octets = n.to_bytes((n.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(octets)]) + octets


def tlv(tag, *contents):
    body = b"".join(contents)
    return bytes([tag]) + length(len(body)) + body


def uint(tag, x):
    return tlv(tag, x.to_bytes(x.bit_length() // 8 + 1, "big"))


def split(octets):
    """The first TLV: tag octets, contents, what follows it; EOFError: it is not all there. Definite and shortest lengths only: we hold the other end to DER."""
    at = 1
    if octets and octets[0] & 0x1f == 0x1f:
        while at < len(octets) and octets[at] & 0x80:
            at += 1
        at += 1
    if len(octets) <= at:
        raise EOFError
    tag, first = octets[:at], octets[at]
    more = first & 0x7f if first & 0x80 else 0
    if first == 0x80:
        raise Wrong("an indefinite length")
    if len(octets) < at + 1 + more:
        raise EOFError
    n = int.from_bytes(octets[at + 1:at + 1 + more], "big") if more else first
    if length(n) != octets[at:at + 1 + more]:
        raise Wrong("a length that is not the shortest")
    at += 1 + more
    if len(octets) < at + n:
        raise EOFError
    return tag, octets[at:at + n], octets[at + n:]


def members(octets):
    """The TLVs of a SEQUENCE's contents: [(tag, contents)], context tags as numbers."""
    out = []
    while octets:
        tag, body, octets = split(octets)
        out.append((tag[0] & 0x1f if len(tag) == 1 else int.from_bytes(tag[1:], "big"), body))
    return out


def number_of(body):
    if len(body) > 1 and (body[0] == 0 and body[1] < 0x80):
        raise Wrong("an INTEGER that is not the shortest")
    return int.from_bytes(body, "big", signed=True)


# -- PDUs ----------------------------------------------------------------------------------------------------------------------

def pdu(payload, number=0, liid=b"LI-1", cin=None, version=33, country="NL", operator=b"OP01", element=b"PY-1", dcc="NL", stamp=True, extra=b""):
    cid = tlv(0xa0, tlv(0x80, operator), tlv(0x81, element))
    if cin is not None:
        cid += uint(0x81, cin)
    if dcc:
        cid += tlv(0x82, dcc.encode())
    head = tlv(0x80, bytes([4, 0, 2, 2, 5, 1, version])) + tlv(0x81, liid)
    if country:
        head += tlv(0x82, country.encode())
    head += tlv(0xa3, cid) + uint(0x84, number)
    if stamp:
        now = time.time() if stamp is True else stamp
        head += tlv(0xa7, uint(0x80, int(now)), uint(0x81, int(now * 1e6) % 1000000))
    return tlv(0x30, tlv(0xa1, head + extra), tlv(0xa2, payload))


def tri(name, number=0, body=b"", **header):
    header.setdefault("stamp", name not in ("firstSegmentFlag", "lastSegmentFlag"))
    return pdu(tlv(0xa2, tlv((0xa0 if name in CONSTRUCTED else 0x80) | TRI.index(name), body)), number, **header)


def option_request(number, *options, **header):
    return tri("optionRequest", number, tlv(0xa0, *options), **header)


def option_response(number, accepted=(), declined=(), **header):
    return tri("optionResponse", number, tlv(0xa0, *accepted) + tlv(0xa1, *declined), **header)


def iri(number, liid=b"LI-1", cin=1, content=b"\x30\x00", kind=4):
    return pdu(tlv(0xa0, tlv(0x30, uint(0x80, kind), tlv(0xa2, tlv(0x93, content)))), number, liid, cin, stamp=WHEN + number)


def cc(number, liid=b"LI-1", cin=1, content=b"\x30\x00", direction=0):
    return pdu(tlv(0xa1, tlv(0x30, uint(0x80, direction), tlv(0xa2, tlv(0x97, content)))), number, liid, cin, stamp=WHEN + number)


def decode(octets):
    tag, body, rest = split(octets)
    if tag != b"\x30" or rest:
        raise Wrong("no PS-PDU")
    (one, head), (two, payload) = members(body)
    if (one, two) != (1, 2):
        raise Wrong("a PS-PDU of other members")
    out = {"octets": octets, "cin": None}
    for t, v in members(head):
        if t == 0:
            out["version"] = v[-1]
        elif t == 1:
            out["liid"] = v
        elif t == 3:
            for k, x in members(v):
                if k == 1:
                    out["cin"] = number_of(x)
        elif t == 4:
            out["number"] = number_of(v)
        elif t in (5, 7):
            out["time"] = v
    for needed in ("version", "liid", "number"):
        if needed not in out:
            raise Wrong("a header without " + needed)
    (kind, body), = members(payload)
    out["kind"] = PAYLOAD.get(kind, "?")
    out["body"] = body
    if kind == 2:
        (t, body), = members(body)
        out["kind"] = TRI[t] if t < len(TRI) else "tri?"
        out["body"] = body
    if out["kind"] in ("optionRequest", "optionResponse"):
        out["options"] = [sum(1 for o in members(v) if o == (0, b"")) for _, v in members(body)]
        out["others"] = sum(1 for _, v in members(body) for o in members(v) if o[0] != 0)
    return out


# -- connections -----------------------------------------------------------------------------------------------------------------

class Conn:
    """One TLS connection. Reads wait at most `patience` seconds."""
    patience = 10
    clean = True        # it ended with close_notify; to be seen where tls.suppress_ragged_eofs is off
    all_came = []       # every PDU of every connection

    def __init__(self, tls):
        self.tls = tls
        self.came = b""

    @classmethod
    def to(cls, port, folder, name, ca="ca.crt", peer="lemf.example"):
        context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=f"{folder}/{ca}")
        context.load_cert_chain(f"{folder}/{name}.crt", f"{folder}/{name}.key")
        s = socket.create_connection(("127.0.0.1", port), 10)
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return cls(context.wrap_socket(s, server_hostname=peer))

    def send(self, *pdus):
        self.tls.sendall(b"".join(pdus))

    def dribble(self, octets):
        """One octet at a time: each is a TLS record."""
        for i in range(len(octets)):
            self.tls.send(octets[i:i + 1])

    def _more(self, until):
        left = until - time.monotonic()
        if left <= 0:
            return None
        if not self.tls.pending() and not select.select([self.tls], [], [], left)[0]:
            return None
        try:
            octets = self.tls.recv(65536)
        except (ssl.SSLEOFError, ConnectionResetError):
            octets = b""
            self.clean = False
        if not octets:
            raise EOFError
        self.came += octets
        return octets

    def read(self, wait=None):
        """The next PDU; None: none came in time; EOFError: the other end is gone."""
        until = time.monotonic() + (self.patience if wait is None else wait)
        while True:
            try:
                _, _, rest = split(self.came)
                octets = self.came[:len(self.came) - len(rest)]
                self.came = rest
                Conn.all_came.append(octets)
                return decode(octets)
            except EOFError:
                if self._more(until) is None:
                    return None

    def want(self, kind, number=None, **members_):
        """The next PDU has to be this one."""
        p = self.read()
        if p is None:
            raise Wrong(f"no {kind}")
        if p["kind"] != kind or (number is not None and p["number"] != number):
            raise Wrong(f"{p['kind']} {p['number']} instead of {kind} {number}")
        for name, value in members_.items():
            if p[name] != value:
                raise Wrong(f"{kind}: {name} is {p[name]!r}, not {value!r}")
        return p

    def silent(self, wait=1.0):
        p = self.read(wait)
        if p is not None:
            raise Wrong(f"{p['kind']} {p['number']}, and nothing was to come")

    def ended(self, wait=None):
        """The other end has to close, and to say nothing more but answers."""
        try:
            while True:
                p = self.read(wait)
                if p is None:
                    raise Wrong("the connection stands")
        except EOFError:
            self.close()

    def close(self):
        try:
            self.tls.unwrap()
        except (OSError, ValueError):
            pass
        self.tls.close()

    def cut(self):
        """As when a cable is: no close_notify."""
        self.tls.shutdown(socket.SHUT_RDWR)
        self.tls.close()


def listen(folder, name, ca="ca.crt"):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{folder}/{name}.crt", f"{folder}/{name}.key")
    context.load_verify_locations(f"{folder}/{ca}")
    context.verify_mode = ssl.CERT_REQUIRED
    s = socket.create_server(("127.0.0.1", 0))
    return s, context


def accept(listener, context, wait=20):
    listener.settimeout(wait)
    s, _ = listener.accept()
    s.settimeout(wait)
    began = time.monotonic()
    c = Conn(context.wrap_socket(s, server_side=True))
    c.began = began
    return c


# -- scenarios --------------------------------------------------------------------------------------------------------------------

def run(name, scenario, *args):
    """Prints ok or FAIL, as test/run.sh counts them."""
    try:
        scenario(*args)
        print(f"ok {name}", flush=True)
        return True
    except (Wrong, EOFError, OSError, AssertionError, ValueError) as e:
        at = e.__traceback__
        while at.tb_next:
            at = at.tb_next
        print(f"FAIL {name}: {type(e).__name__}: {e} (line {at.tb_lineno})", flush=True)
        return False

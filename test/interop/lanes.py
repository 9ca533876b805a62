"""lanes.py FOLDER PORT all|before|after: one mediation function with several connections to a lemfd (--gap-wait 2s) whose files are FOLDER/lemf: PDUs of one
context come over any of them, in every order that three connections can bring, after breaks once more, and with one that works off a backlog while live data flow.
before and after: of a kill. Prints ok/FAIL."""
import itertools
import json
import os
import random
import sys
import threading
import time

from ps import Conn, Wrong, cc, iri, run, split, tri

folder, port, part = sys.argv[1], int(sys.argv[2]), sys.argv[3]
WAIT = 2
whole = []      # interceptions of which nothing may ever be said: (liid, PDUs, kind)


def connect(n):
    return [Conn.to(port, folder, "mdf.example") for _ in range(n)]


def settled(*conns):
    """What was sent on these is on the disk."""
    for i, c in enumerate(conns):
        c.send(tri("pDUAcknowledgementRequest", 1000 + i))
    for i, c in enumerate(conns):
        c.want("pDUAcknowledgementResponse", 1000 + i)


def events(liid, *names):
    path = f"{folder}/lemf/NL-OP01-{liid.decode()}/events.jsonl"
    if not os.path.exists(path):
        return []
    with open(path) as f:
        return [e for e in map(json.loads, f) if not names or e["event"] in names]


def stored(liid, kind="hi2"):
    path = f"{folder}/lemf/NL-OP01-{liid.decode()}/{kind}.ber"
    octets = open(path, "rb").read() if os.path.exists(path) else b""
    n = 0
    while octets:
        octets = split(octets)[2]
        n += 1
    return n


def once(liid, n, kind="hi2"):
    if stored(liid, kind) != n:
        raise Wrong(f"{stored(liid, kind)} PDUs are stored, not {n}")
    said = events(liid, "gap", "gap-closed", "conflict", "repeat")
    if said:
        raise Wrong(f"said: {said[0]}")


def whole_at(liid, n, kind="hi2"):
    once(liid, n, kind)
    whole.append((liid, n, kind))


def orders():
    """Each way in which three connections can bring six PDUs of a context, two each: all 90 interleavings."""
    conns = connect(3)
    for i, order in enumerate(sorted(set(itertools.permutations([0, 0, 1, 1, 2, 2])))):
        liid = b"LI-O%d" % i
        share = {0: [0, 5], 1: [1, 2], 2: [3, 4]}
        for lane in order:
            conns[lane].send(iri(share[lane].pop(0), liid))
            settled(conns[lane])
        whole_at(liid, 6)
    for c in conns:
        c.close()


def at_random():
    """Four connections at full speed, PDUs of three contexts spread at random, IRI and CC."""
    conns = connect(4)
    r = random.Random(7)
    plan = [(k, n) for n in range(400) for k in range(3)]
    for k, n in plan:
        r.choice(conns).send(cc(n, b"LI-R", k) if k else iri(n, b"LI-R", k))
    settled(*conns)
    whole_at(b"LI-R", 400)
    whole_at(b"LI-R", 800, "hi3")
    for c in conns:
        c.close()


def far_behind():
    """Every second PDU of a context on one connection, and only then the others on another, 20,000 of them."""
    a, b = connect(2)
    a.send(*(iri(n, b"LI-F") for n in range(1, 40000, 2)))
    settled(a)
    b.send(*(iri(n, b"LI-F") for n in range(0, 40000, 2)))
    settled(b)
    whole_at(b"LI-F", 40000)
    a.close()
    b.close()


def breaks():
    """Two connections are cut at any octet; both come back in either order and send again what was not acknowledged, then go on."""
    r = random.Random(8)
    for i in range(8):
        liid = b"LI-B%d" % i
        pdus = [cc(n, liid, content=b"\x30\x00" * r.randrange(1, 900)) for n in range(60)]
        lanes = [[], []]
        for n in range(60):
            lanes[r.randrange(2)].append(n)
        conns = connect(2)
        acked = [0, 0]
        for lane in (0, 1):
            octets = b"".join(pdus[n] for n in lanes[lane][:20])
            conns[lane].send(octets)
            if r.randrange(2):
                settled(conns[lane])
                acked[lane] = len(lanes[lane][:20])
            more = b"".join(pdus[n] for n in lanes[lane][20:25])
            conns[lane].send(more[:r.randrange(len(more) + 1)])
        for c in conns:
            c.cut()
        back = [0, 1] if i & 1 else [1, 0]
        for lane in back:
            conns[lane] = Conn.to(port, folder, "mdf.example")
            conns[lane].send(*(pdus[n] for n in lanes[lane][acked[lane]:]))
            settled(conns[lane])
            time.sleep(0.1)
        whole_at(liid, 60, "hi3")
        for c in conns:
            c.close()


def backlog():
    """Old data take longer than the wait on a second connection, while live data of the same context flow: as long as they come, nothing is said."""
    old, live = connect(2)
    liid = b"LI-L"
    n = 16
    for i in range(n):
        live.send(iri(n + i, liid))
        old.send(iri(i, liid))
        settled(live, old)
        time.sleep(0.25)
    once(liid, 2 * n)
    live.send(iri(2 * n + 1, liid))     # and what never comes is said, in its time
    settled(live)
    if events(liid, "gap"):
        raise Wrong("a gap is said at once, and the other connection stands")
    time.sleep(WAIT + 1.5)
    gaps = [(e["from"], e["to"]) for e in events(liid, "gap")]
    if gaps != [(2 * n, 2 * n)]:
        raise Wrong(f"gaps {gaps}")
    old.close()
    live.close()


def one_alone():
    """A peer with one connection, once others have been gone for a while: what it passes over is missing."""
    time.sleep(WAIT + 0.5)
    for liid, n, kind in whole:
        once(liid, n, kind)
    c, = connect(1)
    c.send(iri(0, b"LI-A"), iri(2, b"LI-A"))
    settled(c)
    gaps = [(e["from"], e["to"]) for e in events(b"LI-A", "gap")]
    if gaps != [(1, 1)]:
        raise Wrong(f"gaps {gaps}")
    c.close()


def large_beside_small():
    """While one connection sends PDUs of 900 kB without a pause, small ones on another are stored and acknowledged promptly. HO-CC-012"""
    big, small = connect(2)
    octets = b"".join(cc(n, b"LI-G", content=b"\x30\x00" * 450000) for n in range(40))
    sender = threading.Thread(target=big.send, args=(octets,))
    sender.start()
    worst, n = 0, 0
    while sender.is_alive() or n < 3:
        started = time.monotonic()
        small.send(iri(n, b"LI-S"))
        settled(small)
        worst = max(worst, time.monotonic() - started)
        n += 1
    sender.join()
    settled(big)
    if worst > 5:
        raise Wrong(f"an acknowledgement took {worst:.1f} s")
    whole_at(b"LI-G", 40, "hi3")
    whole_at(b"LI-S", n)
    big.close()
    small.close()


def kinds_apart():
    """HI2 and HI3 on a connection each: neither waits for the other."""
    a, b = connect(2)
    a.send(iri(0, b"LI-K"))
    b.send(cc(0, b"LI-K"))
    settled(a, b)
    b.send(cc(2, b"LI-K"))
    settled(b)
    if len(events(b"LI-K", "gap")) != 1:
        raise Wrong("it waits for HI2's connection")
    a.close()
    b.close()


def before_kill():
    a, b = connect(2)
    b.send(iri(5, b"LI-X"), iri(9, b"LI-X"))
    a.send(iri(0, b"LI-X"))
    settled(a, b)


def after_kill():
    """It knows what is missing, of what it had said nothing: what comes fills it, and what does not is said once."""
    a, b = connect(2)
    b.send(*(iri(n, b"LI-X") for n in (9, 10)))
    a.send(*(iri(n, b"LI-X") for n in (0, 1, 2, 3, 4)))
    settled(a, b)
    if stored(b"LI-X") != 8:
        raise Wrong(f"{stored(b'LI-X')} PDUs are stored")
    time.sleep(WAIT + 1.5)
    gaps = [(e["from"], e["to"]) for e in events(b"LI-X", "gap")]
    if gaps != [(6, 8)]:
        raise Wrong(f"gaps {gaps}")
    b.send(*(iri(n, b"LI-X") for n in (6, 7, 8)))
    settled(b)
    closed = [(e["from"], e["to"]) for e in events(b"LI-X", "gap-closed")]
    if closed != [(6, 8)]:
        raise Wrong(f"closed {closed}")


parts = {"all": (orders, at_random, far_behind, breaks, backlog, large_beside_small, one_alone, kinds_apart), "before": (before_kill,), "after": (after_kill,)}
good = True
for scenario in parts[part]:
    good &= run(f"lemfd_lanes.{scenario.__name__}", scenario)
sys.exit(not good)

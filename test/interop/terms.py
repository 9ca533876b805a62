"""terms.py FOLDER SCENARIO RECORDS: an agency that shares nothing with the product and holds mdfd to what was agreed, by its own clock: timers, what counts as
delivered, when a connection stands, what fills it. It listens (the port goes to FOLDER/port.SCENARIO), breaks a rule where its scenario says so, prints ok/FAIL, and
is a good agency from then on, until FOLDER/over is there: then all that was intercepted has to be here. Times have room upwards: the machine may be busy."""
import os
import select
import sys
import threading
import time

from ps import Wrong, accept, listen, members, run, tri

folder, scenario, records = sys.argv[1], sys.argv[2], int(sys.argv[3])
HEADER = dict(operator=b"OP01", element=b"MDF-1", country=None, liid=b"TRI")
DATA = ("iri", "cc")
EARLY = 0.4         # of an interval is left at the least where the one who measures it was asleep when it began
LATE = 4.0          # seconds that may be added to it


class Agency:
    def __init__(self):
        self.listener, self.context = listen(folder, "lemf.example")
        self.data = {}                  # (kind, liid, cin, number): octets
        self.items = self.again = 0
        self.lock = threading.Lock()
        with open(f"{folder}/{scenario}.new", "w") as f:
            f.write(str(self.listener.getsockname()[1]))
        os.rename(f"{folder}/{scenario}.new", f"{folder}/port.{scenario}")

    def next(self, wait=20):
        c = accept(self.listener, self.context, wait)
        c.tls.suppress_ragged_eofs = False      # an end without close_notify is to be seen
        return c

    def take(self, p):
        """Data is kept; True: it is new."""
        if p["kind"] not in DATA:
            return False
        key = (p["kind"], p["liid"], p["cin"], p["number"])
        with self.lock:
            new = key not in self.data
            if self.data.setdefault(key, p["octets"]) != p["octets"]:
                raise Wrong(f"{key} is sent again with other octets")
            self.again += not new
            if new and p["kind"] == "cc":
                self.items += len(members(p["body"]))
        return new

    def answer(self, c, p):
        if p["kind"] == "keep-alive":
            c.send(tri("keep-aliveResponse", p["number"], **HEADER))
        elif p["kind"] == "pDUAcknowledgementRequest":
            c.send(tri("pDUAcknowledgementResponse", p["number"], **HEADER))

    def good(self, c, until=lambda: False, wait=20):
        """Takes and answers all; False: the other end is gone."""
        end = time.monotonic() + wait
        try:
            while not until():
                left = end - time.monotonic()
                p = c.read(min(left, 0.2)) if left > 0 else None
                if p:
                    self.take(p)
                    self.answer(c, p)
                elif left <= 0:
                    return True
        except EOFError:
            return False
        return True

    def all(self):
        return self.items == records and os.path.exists(f"{folder}/fed")

    def quiet(self, c):
        """All is here, and what asks for an answer about it has one."""
        if not self.good(c, self.all) or not self.all():
            raise Wrong(f"{self.items} items of {records}, and it ends")
        end = time.monotonic() + 0.5
        while time.monotonic() < end:
            p = c.read(max(0.01, end - time.monotonic()))
            if p:
                self.take(p)
                self.answer(c, p)
                if p["kind"] != "keep-alive":
                    end = time.monotonic() + 0.5

    def alive(self, c):
        """The next keep-alive."""
        while True:
            p = c.read()
            if p is None:
                raise Wrong("no keep-alive")
            if p["kind"] == "keep-alive":
                return p
            self.take(p)
            self.answer(c, p)

    def over(self):
        """A good agency to the end."""
        while not os.path.exists(f"{folder}/over"):
            if not select.select([self.listener], [], [], 0.05)[0]:
                continue
            c = self.next()
            threading.Thread(target=lambda c=c: self.good(c, wait=600), daemon=True).start()
        contexts = {}
        for kind, liid, cin, number in self.data:
            contexts.setdefault((kind, liid, cin), []).append(number)
        for key, numbers in contexts.items():
            if sorted(numbers) != list(range(len(numbers))):
                raise Wrong(f"numbers of {key}: {sorted(numbers)[:20]}")
        if self.items != records:
            raise Wrong(f"{self.items} items of content, not {records}")


def within(what, took, wanted):
    if not wanted * EARLY <= took <= wanted + LATE:
        raise Wrong(f"{what}: {took:.3f} s, not {wanted}")


def gone(c, what, wanted, since):
    """It ends after that time."""
    c.ended(wanted + LATE)
    within(what, time.monotonic() - since, wanted)


# -- timers of a connection ---------------------------------------------------------------------------------------------------------------

def keep_alives(a):
    """TIME1 300ms, TIME2 400ms, TIME3 1500ms: asked after silence; an answer that is late for the agency's own rule is one; none ends it."""
    c = a.next()
    a.quiet(c)
    last, number = None, None
    for _ in range(3):
        p = a.alive(c)
        if last:
            within("TIME1", time.monotonic() - last, 0.3)
            if p["number"] != number + 1:
                raise Wrong(f"keep-alive {p['number']} after {number}")
        last, number = time.monotonic(), p["number"]
        a.answer(c, p)
    p = a.alive(c)
    time.sleep(0.6)
    a.answer(c, p)
    q = a.alive(c)
    if q["number"] != p["number"] + 1:
        raise Wrong(f"keep-alive {q['number']} after {p['number']}")
    a.answer(c, q)
    a.alive(c)
    gone(c, "TIME3", 1.5, time.monotonic())
    c = a.next()
    a.good(c, wait=0.5)
    if a.again:
        raise Wrong("what was acknowledged comes again")
    return c


def wrong_keep_alive(a):
    """TIME3 1500ms: a response that answers no keep-alive is none."""
    c = a.next()
    a.quiet(c)
    p = a.alive(c)
    since = time.monotonic()
    c.send(tri("keep-aliveResponse", p["number"] + 7, **HEADER))
    gone(c, "TIME3", 1.5, since)
    return a.next()


def acknowledgements(a):
    """TIME4 300ms, TIME5 1500ms, TIME6 200ms: one request in that time; an answer that is late for the agency's own rule is one; none ends it, and what it asked about comes again."""
    c, late, more, requests, done = a.next(), None, 0, 0, set()
    while True:
        p = c.read()
        if p is None:
            raise Wrong("nothing more comes")
        a.take(p)
        if p["kind"] == "pDUAcknowledgementRequest":
            requests += 1
            if late is None:
                time.sleep(0.5)
                late = time.monotonic()
            elif time.monotonic() - late > 0.25:        # what came meanwhile is read
                more += 1
                if more == 2:
                    break
            done = set(a.data)
        a.answer(c, p)
    asked, held = time.monotonic(), set(a.data) - done
    if (requests - 1) * 0.2 > asked - c.began:
        raise Wrong(f"TIME6: {requests} requests in {asked - c.began:.2f} s")
    if not held:
        raise Wrong("a request about nothing")
    try:
        while True:
            p = c.read()
            if p is None:
                raise Wrong("the connection stands")
            a.take(p)
            if p["kind"] == "keep-alive":
                a.answer(c, p)
    except EOFError:
        within("TIME5", time.monotonic() - asked, 1.5)
    c, came = a.next(), []
    while not set(came) >= held:
        p = c.read()
        if p is None:
            raise Wrong("what was not acknowledged does not come again")
        a.take(p)
        a.answer(c, p)
        if p["kind"] in DATA:
            came.append((p["kind"], p["liid"], p["cin"], p["number"]))
    if set(came) & done:
        raise Wrong("what was acknowledged comes again")
    return c


def reconnect(a):
    """reconnect 600ms, to who hangs up at once: the pause, with up to an eighth, each time."""
    last = None
    a.listener.settimeout(20)
    for _ in range(4):
        s, _ = a.listener.accept()
        now = time.monotonic()
        if last:
            within("reconnect", now - last, 0.6)
        last = now
        s.close()
    return a.next()


def as_required(a):
    """IDLE 600ms, TIME1 900ms, TIME3 1500ms, keepalive_when_closed: closed in order when all is delivered, opened for a keep-alive alone; one that is not answered is a failure."""
    while a.items != records:
        c = a.next()
        a.good(c)
    since = time.monotonic()
    for _ in range(2):
        c = a.next()
        within("TIME1 while closed", time.monotonic() - since, 0.9)
        a.answer(c, c.want("keep-alive"))
        if a.good(c, wait=5):
            raise Wrong("the connection stands")
        if not c.clean:
            raise Wrong("closed without close_notify")
        within("IDLE", time.monotonic() - c.began, 0.6)
        since = time.monotonic()
    c = a.next()
    c.want("keep-alive")
    gone(c, "TIME3", 1.5, time.monotonic())
    return a.next()


def closed(a):
    """As required, without keep-alives: nobody comes while there is nothing to deliver."""
    while a.items != records:
        a.good(a.next())
    try:
        a.next(1.5)
    except TimeoutError:
        return None
    raise Wrong("a connection, and nothing to deliver")


# -- what counts as delivered ---------------------------------------------------------------------------------------------------------------

def cut_after(a, after=0.3):
    c = a.next()
    a.quiet(c)
    a.good(c, wait=after)
    c.cut()
    c = a.next()
    a.good(c, wait=1.5)
    if a.again:
        raise Wrong(f"{a.again} come again")
    return c


def written(a):
    """Written is delivered: nothing comes again; and nobody is asked."""
    return cut_after(a)


def tcp(a):
    """So is what TCP has acknowledged."""
    return cut_after(a)


def further(a):
    """QUIET 600ms, TIME1 300ms, TIME3 1500ms: the last records count when keep-alives are answered that long; before that they come again."""
    c = a.next()
    if not a.good(c, a.all) or not a.all():
        raise Wrong("it ends")
    c.cut()
    c = a.next()
    a.good(c, lambda: a.again > 0, 5)
    if not a.again:
        raise Wrong("nothing comes again")
    a.good(c, wait=3)
    a.again = 0
    c.cut()
    c = a.next()
    a.good(c, wait=0.7)
    if a.again:
        raise Wrong(f"{a.again} come again after QUIET")
    return c


def separate(a):
    """HI2 and HI3 have a connection each; one that is cut takes nothing of the other's along."""
    two = [a.next(), a.next()]
    kinds = {}
    end = time.monotonic() + 20
    while not a.all() or len(kinds) < 2:
        if time.monotonic() > end:
            raise Wrong(f"{a.items} items, kinds on {len(kinds)} connections")
        for i, c in enumerate(two):
            p = c.read(0.02)
            if p:
                a.take(p)
                a.answer(c, p)
                if p["kind"] in DATA and kinds.setdefault(i, p["kind"]) != p["kind"]:
                    raise Wrong("both kinds on one connection")
    if sorted(kinds.values()) != ["cc", "iri"]:
        raise Wrong(f"kinds {kinds}")
    stays = [c for i, c in enumerate(two) if kinds[i] == "iri"][0]
    for i, c in enumerate(two):
        if kinds[i] == "cc":
            c.cut()
    again = a.next()
    a.good(again, wait=0.3)
    if not a.good(stays, wait=0.3):
        raise Wrong("the other connection ended, too")
    threading.Thread(target=a.good, args=(stays,), kwargs={"wait": 600}, daemon=True).start()
    return again


def shared(a):
    """Both kinds on one, and no other."""
    c = a.next()
    a.quiet(c)
    if {k[0] for k in a.data} != set(DATA):
        raise Wrong(f"kinds {({k[0] for k in a.data})}")
    try:
        a.next(0.5)
    except TimeoutError:
        return c
    raise Wrong("a second connection")


# -- what fills it --------------------------------------------------------------------------------------------------------------------------------

def paddings(a, c, seconds):
    """Those of that time: (octets of each body, octets of all PDUs)."""
    sizes, octets, end = [], 0, time.monotonic() + seconds
    while time.monotonic() < end:
        p = c.read(max(0.01, end - time.monotonic()))
        if p:
            a.take(p)
            a.answer(c, p)
            octets += len(p["octets"])
            if p["kind"] == "paddingPDU":
                sizes.append(len(p["body"]))
    return sizes, octets


def padding(a):
    """every 100ms, size 300B, when nothing is delivered."""
    c = a.next()
    a.good(c, a.all)
    started = time.monotonic()
    sizes, _ = paddings(a, c, 1.5)
    if set(sizes) != {300} or not 3 <= len(sizes) <= (time.monotonic() - started) / 0.1 + 1:
        raise Wrong(f"{len(sizes)} of {set(sizes)} octets")
    return c


def steady(a):
    """rate 400kbit/s, size 1000B: as many as make it."""
    c = a.next()
    a.good(c, a.all)
    paddings(a, c, 0.3)
    started = time.monotonic()
    sizes, octets = paddings(a, c, 2.0)
    per_second = octets / (time.monotonic() - started)
    if set(sizes) != {1000} or not 25000 <= per_second <= 65000:
        raise Wrong(f"{per_second:.0f} octets a second, sizes {set(sizes)}")
    return c


def rate(a):
    """rate 240kbit/s, burst 32KiB, no acknowledgement asked: never more than a burst and what the rate brings, in any span of time."""
    c, seen, started = a.next(), [(0.0, 0)], None
    total = 0
    while a.items != records:
        p = c.read()
        if p is None:
            raise Wrong("nothing more comes")
        a.take(p)
        a.answer(c, p)
        if p["kind"] in DATA:
            started = started or time.monotonic()
            total += len(p["octets"])
            seen.append((time.monotonic() - started, total))
    least = 32 * 1024 + 30000 * 0.5
    if total < least:
        raise Wrong(f"{total} octets are too few to tell")
    for i, (then, before) in enumerate(seen):
        for now, octets in seen[i:]:
            # what was on its way when this process did not run comes at once; half a second of that is granted
            if octets - before > 32 * 1024 + 30000 * (now - then + 0.5) + 2000:
                raise Wrong(f"{octets - before} octets in {now - then:.3f} s")
    if seen[-1][0] < (total - 32 * 1024) / 30000 - 0.5:
        raise Wrong(f"{total} octets in {seen[-1][0]:.2f} s")
    return c


# -- what it is told -------------------------------------------------------------------------------------------------------------------------------

def words(a):
    """message_numbers zero, message_charset iso-8859-1: each with number 0, in octets of that charset."""
    c, got = a.next(), []
    while len(got) < 2:
        p = c.read()
        if p is None:
            raise Wrong(f"{len(got)} messages")
        a.take(p)
        a.answer(c, p)
        if p["kind"] == "operatorLeaMessage":
            fields = dict(members(p["body"]))
            got.append((p["number"], fields[0], fields[1]))
    if got != [(0, b"\2", b"caf\xe9 ?")] * 2:
        raise Wrong(f"{got}")
    return c


def play(name, scenarios, agency=Agency):
    a, kept = agency(), []
    played = run(f"{name}.{scenario}", lambda: kept.append(scenarios[scenario](a)))
    for c in kept:
        if c:
            threading.Thread(target=lambda: a.good(c, wait=600), daemon=True).start()
    return run(f"{name}.{scenario}.all", a.over) and played


if __name__ == "__main__":
    sys.exit(not play("options_session", globals()))

"""faults.py FOLDER SCENARIO RECORDS: agencies that fail where their destination's option begins to matter, as terms.py's: an address that comes back and dies again, an
end in the middle of IDLE, a second connection that is not had. Nothing may be lost of it, nothing sooner than agreed. FOLDER/some: the first quarter of what is intercepted was fed, and read by mdfd; the rest is, when each scenario has put FOLDER/ready.SCENARIO there. A
second listener's port is in FOLDER/second.SCENARIO. Who measures may not run for a while: what is measured here is no more than the other end's time, or said to be."""
import os
import select
import sys
import threading
import time

import terms
from ps import Conn, Wrong, accept, listen
from terms import DATA, EARLY, folder, scenario

Conn.patience = WAIT = 60       # seconds for what has to come


def later(what, took, wanted):
    """Not before its time. It began when this process may have slept."""
    if took < wanted * EARLY:
        raise Wrong(f"{what}: {took:.3f} s, not {wanted}")


class Away:
    """A listener at which nobody is: who comes is hung up on, before TLS."""
    def __init__(self, listener):
        self.listener, self.times, self.stopping = listener, [], False
        self.thread = threading.Thread(target=self.hang_up, daemon=True)
        self.thread.start()

    def hang_up(self):
        while not self.stopping:
            if select.select([self.listener], [], [], 0.02)[0]:
                s, _ = self.listener.accept()
                self.times.append(time.monotonic())
                s.close()

    def back(self):
        self.stopping = True
        self.thread.join()


class Agency(terms.Agency):
    said = 0        # PDUs of data, or about them
    answered = 0.0  # just before the last answer went

    def __init__(self):
        self.second, _ = listen(folder, "lemf.example")
        with open(f"{folder}/second.{scenario}", "w") as f:
            f.write(str(self.second.getsockname()[1]))
        super().__init__()

    def next(self, wait=WAIT):
        end = time.monotonic() + wait
        while True:
            try:
                return super().next(max(0.01, end - time.monotonic()))
            except TimeoutError:
                raise
            except OSError:             # who asked whether we take it has gone meanwhile
                pass

    def good(self, c, until=lambda: False, wait=WAIT):
        return super().good(c, until, wait)

    def answer(self, c, p):
        self.said += p["kind"] not in ("keep-alive", "paddingPDU")
        self.answered = time.monotonic()
        super().answer(c, p)

    def at_second(self):
        c = accept(self.second, self.context, WAIT)
        c.tls.suppress_ragged_eofs = False
        return c

    def ready(self):
        open(f"{folder}/ready.{scenario}", "w").close()

    def goes_on(self, c, until):
        if not self.good(c, until) or not until():
            raise Wrong("the connection ended, or what was waited for is not")

    def unanswered(self, c, n):
        """So much new data, of which nothing is acknowledged; its keys."""
        before = set(self.data)
        while len(self.data) < len(before) + n:
            p = c.read()
            if p is None:
                raise Wrong("nothing more comes")
            self.take(p)
        return set(self.data) - before

    def again_at(self, c, held):
        """What was not acknowledged comes again there, and nothing that was."""
        done, came = set(self.data) - held, set()
        while not came >= held:
            p = c.read()
            if p is None:
                raise Wrong("what was not acknowledged does not come again")
            key = (p["kind"], p["liid"], p["cin"], p["number"])
            if key in done and p["kind"] in DATA:
                raise Wrong("what was acknowledged comes again")
            self.take(p)
            self.answer(c, p)
            if p["kind"] in DATA:
                came.add(key)

    def taken(self):
        """A connection that stands: before that it is asked whether it takes us."""
        while True:
            c = self.next()
            if self.good(c, wait=0.7):
                return c

    def nobody(self, seconds):
        try:
            self.next(seconds)
        except TimeoutError:
            return
        raise Wrong("a connection that nobody needs")

    def first(self, c):
        """What was fed first is here, and acknowledged: nothing comes for a while. The connection that stands then; None: it was closed."""
        last, said = time.monotonic(), -1
        while not os.path.exists(f"{folder}/some") or time.monotonic() - last < 0.4:
            try:
                c = c or self.next(0.05)
            except TimeoutError:
                continue
            if not self.good(c, wait=0.05):
                c = None
            if self.said != said:
                last, said = time.monotonic(), self.said
        return c


# -- how it is come to ------------------------------------------------------------------------------------------------------------------

def dies_again(a):
    """addresses, RETURN 600ms: who delivers to the standby asks the first no sooner, and stays while that hangs up; the first comes back, takes data, and dies unanswered: the
    standby has them again; and once more to the first."""
    away = Away(a.listener)
    c = a.at_second()
    before = len(away.times)
    a.goes_on(c, lambda: len(away.times) >= before + 4)
    later("RETURN, the first time", away.times[before] - c.began, 0.6)
    if away.times[before + 3] - away.times[before] < 3 * 0.6 * 0.9:
        raise Wrong(f"RETURN: {away.times}")
    away.back()
    threading.Thread(target=a.good, args=(c,), kwargs={"wait": 600}, daemon=True).start()
    d = a.first(a.taken())
    a.ready()
    held = a.unanswered(d, 5)
    away = Away(a.listener)
    d.cut()
    e = a.at_second()
    a.again_at(e, held)
    away.back()
    threading.Thread(target=a.good, args=(e,), kwargs={"wait": 600}, daemon=True).start()
    return a.taken()


def stays(a):
    """return: no, RETURN 300ms: the first is back, and nobody asks it; the standby dies unanswered, and then it has all that was not acknowledged."""
    away = Away(a.listener)
    c = a.at_second()
    away.back()
    a.goes_on(c, lambda: os.path.exists(f"{folder}/some"))
    a.good(c, wait=1)
    a.nobody(0.01)
    a.ready()
    held = a.unanswered(c, 5)
    gone = Away(a.second)
    c.cut()
    d = a.next()
    a.again_at(d, held)
    if not gone.times:
        raise Wrong("it did not stay")
    return d


# -- when a connection stands -------------------------------------------------------------------------------------------------------------

def idle(a):
    """IDLE 800ms, as required: ended in order by the agency in the middle of it, nobody comes until there are data; ended so with data unanswered, they come again at once;
    and then it is closed no sooner."""
    c = a.first(a.next())
    while True:
        if c:                           # else it was not in the middle
            c.close()
        try:
            c = a.next(1.5)
        except TimeoutError:
            break
        p = c.read(1)                   # a straggler may come
        if not p:
            raise Wrong("a connection that nobody needs")
        a.take(p)
        a.answer(c, p)
        c = a.first(c)
    a.ready()
    c = a.next()
    held = a.unanswered(c, 5)
    c.close()
    c = a.next()
    a.again_at(c, held)
    while not a.good(c, a.all):
        c = a.next()
    if a.good(c):
        raise Wrong("the connection stands")
    later("IDLE", time.monotonic() - a.answered, 0.8)      # it began with the last data, before TIME6
    if not c.clean:
        raise Wrong("closed without close_notify")
    return None


def not_had(a):
    """keepalive_when_closed, TIME1 900ms, IDLE 300ms, reconnect 300ms: who is not there for it is tried again each `reconnect`; then it goes on as before, each TIME1."""
    a.good(a.first(a.next()) or a.next())
    since = time.monotonic()
    away = Away(a.listener)
    while len(away.times) < 4:
        if time.monotonic() > since + WAIT:
            raise Wrong(f"it came {len(away.times)} times")
        time.sleep(0.02)
    away.back()
    if away.times[0] - a.answered < 0.9:
        raise Wrong(f"TIME1 while closed: {away.times[0] - a.answered:.3f} s")
    if away.times[3] - away.times[0] < 3 * 0.3 * 0.9:
        raise Wrong(f"reconnect: {away.times}")
    a.good(a.next())
    c = a.next()
    if c.began - a.answered < 0.9:
        raise Wrong(f"TIME1 once more: {c.began - a.answered:.3f} s")
    a.answer(c, c.want("keep-alive"))
    a.ready()
    return None


# -- how much of it ---------------------------------------------------------------------------------------------------------------------------

def rate(a):
    """rate 2400kbit/s, burst 32KiB: cut twice with much unanswered; what comes again counts, too: it is never more than a burst and what the rate brings."""
    c, total, cuts = a.first(a.next()), 0, 0
    began = None
    a.ready()
    while not a.all():
        now = time.monotonic()
        p = c.read(0.05 if not total else None)
        if p is None and total:
            raise Wrong("nothing more comes")
        if p is None:
            began = now                 # all that comes went after that
            continue
        a.take(p)
        if p["kind"] in DATA and began:
            total += len(p["octets"])
            if total > 32 * 1024 + 300000 * (time.monotonic() - began) + 4000:
                raise Wrong(f"{total} octets in {time.monotonic() - began:.3f} s")
        if cuts == 2 or p["kind"] == "keep-alive":
            a.answer(c, p)
        elif total > (cuts + 1) * 100000:
            c.cut()
            c = a.next()
            cuts += 1
    if cuts < 2 or not a.again:
        raise Wrong(f"cut {cuts} times, {a.again} came again")
    return c


def padding(a):
    """every 200ms, size 300B: an agency that stands still, and one that is away, gets none for that time but what was on its way; none is sent again."""
    c = a.first(a.next())
    came, seen, began = 0, set(), time.monotonic()
    while c.read(0.001):                # is not counted: what is, went after that
        pass

    def look(c, seconds, least=0):
        nonlocal came
        end = time.monotonic() + seconds
        while time.monotonic() < end or (came < least and time.monotonic() < end + WAIT):
            p = c.read(0.05)
            if p is None:
                continue
            if p["kind"] == "paddingPDU":
                if p["octets"] in seen:         # its time makes it another
                    raise Wrong("padding is sent again")
                seen.add(p["octets"])
                came += 1
            a.take(p)
            a.answer(c, p)
    look(c, 0.7, 2)
    time.sleep(1)
    look(c, 0.05)
    if not 2 <= came <= (time.monotonic() - began) / 0.2 + 1:
        raise Wrong(f"{came} in {time.monotonic() - began:.2f} s")
    away = Away(a.listener)
    c.cut()
    time.sleep(1)
    away.back()
    c = a.next()
    came = 0
    look(c, 1, 1)
    if not 1 <= came <= (time.monotonic() - c.began) / 0.2 + 1:
        raise Wrong(f"{came} after {time.monotonic() - c.began:.2f} s of a connection")
    a.ready()
    return c


def aggregates(a):
    """cc 50, octets 4KiB: an agency that ends on what is longer; cut twice with aggregates unanswered, it has the same octets again (take() says so)."""
    c, longest, cuts = a.next(), 0, 0
    a.ready()
    while not a.all():
        p = c.read()
        if p is None:
            raise Wrong("nothing more comes")
        a.take(p)
        if p["kind"] == "cc":
            longest = max(longest, len(p["octets"]))
            if longest > 4096:
                raise Wrong(f"a PDU of {longest} octets")
        if cuts < 2 and len(a.data) > (cuts + 1) * 40:
            c.cut()
            c = a.next()
            cuts += 1
        elif cuts == 2 or p["kind"] == "keep-alive":
            a.answer(c, p)
    if longest < 2048 or not a.again:
        raise Wrong(f"the longest has {longest} octets, {a.again} came again")
    return c


# -- what waits ------------------------------------------------------------------------------------------------------------------------------------

def alone(a, c, away):
    """A second connection is wanted, is not had, and asked for again; all is delivered on the one that is, with what was asked on it unanswered till then."""
    asked, began, quiet = [], None, time.monotonic()
    while len(away.times) < 3:
        now = time.monotonic()
        p = c.read(0.05)
        quiet = quiet if p else now
        if began and time.monotonic() > began + WAIT:
            raise Wrong(f"no second connection: {len(away.times)}")
        if p and p["kind"] == "pDUAcknowledgementRequest":
            asked.append(p)
        elif p:
            if a.take(p):
                began = began or quiet
            a.answer(c, p)
    for p in asked:
        a.answer(c, p)
    a.goes_on(c, a.all)
    if a.again:
        raise Wrong(f"{a.again} come again")
    away.back()
    return began


def over(a):
    """backlog_over 256KiB, backlog_late 1h: a quarter of what comes is less, and more is more."""
    c, away, asked, last = a.next(), Away(a.listener), [], time.monotonic()
    while not os.path.exists(f"{folder}/some") or time.monotonic() - last < 1:
        p = c.read(0.05)
        if p and p["kind"] == "pDUAcknowledgementRequest":
            asked.append(p)
        elif p:
            last = time.monotonic()
            a.take(p)
            a.answer(c, p)
    if away.times or not asked:
        raise Wrong(f"{len(away.times)} more connections, and {len(asked)} requests")
    a.ready()
    alone(a, c, away)
    return c


def late(a):
    """backlog_over 1GiB, backlog_late 3s."""
    c = a.first(a.next())
    away = Away(a.listener)
    a.ready()
    began = alone(a, c, away)
    if away.times[0] - began < 2:
        raise Wrong(f"backlog_late: {away.times[0] - began:.3f} s, not 3")
    return c


if __name__ == "__main__":
    sys.exit(not terms.play("options_faults", globals(), Agency))

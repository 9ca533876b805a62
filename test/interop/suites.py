"""suites.py FOLDER NAME=VERSION[,CIPHERS]…: agencies that differ in the TLS they take (VERSION is the highest: 1.2 or 1.3; CIPHERS of TLS 1.2), by the standard library.
The port of NAME goes to FOLDER/port.NAME; of each connection a line to FOLDER/tls.NAME: version and cipher that both ends came to, or "refused". Data is acknowledged."""
import os
import signal
import ssl
import sys
import threading

from ps import Conn, Wrong, listen, tri

HEADER = dict(operator=b"OP01", element=b"MDF-1", country=None, liid=b"TRI")
ANSWERS = {"keep-alive": "keep-aliveResponse", "pDUAcknowledgementRequest": "pDUAcknowledgementResponse"}
folder = sys.argv[1]


def say(name, text):
    with open(f"{folder}/tls.{name}", "a") as f:
        f.write(text + "\n")


def serve(name, s, context):
    try:
        tls = context.wrap_socket(s, server_side=True)
    except OSError:
        say(name, "refused")
        return
    say(name, f"{tls.version()} {tls.cipher()[0]}")
    c = Conn(tls)
    try:
        while True:
            p = c.read(60)
            if p and p["kind"] in ANSWERS:
                c.send(tri(ANSWERS[p["kind"]], p["number"], **HEADER))
    except (EOFError, OSError, Wrong):
        pass


def agency(name, listener, context):
    while True:
        s, _ = listener.accept()
        s.settimeout(60)
        threading.Thread(target=serve, args=(name, s, context), daemon=True).start()


for word in sys.argv[2:]:
    name, _, terms = word.partition("=")
    version, _, ciphers = terms.partition(",")
    listener, context = listen(folder, "lemf.example")
    context.maximum_version = ssl.TLSVersion.TLSv1_2 if version == "1.2" else ssl.TLSVersion.TLSv1_3
    if ciphers:
        context.set_ciphers(ciphers)
    with open(f"{folder}/{name}.new", "w") as f:
        f.write(str(listener.getsockname()[1]))
    os.rename(f"{folder}/{name}.new", f"{folder}/port.{name}")
    threading.Thread(target=agency, args=(name, listener, context), daemon=True).start()
signal.pause()     # until it is killed

#!/bin/sh
# lemfd and a peer with several connections: each PDU is stored once, no gap is said that is none, and what is missing is said in its time; over a kill too.
# The peer is test/interop, which shares nothing with the product. HO-CC-011, HO-CC-012, HO-SEQ-012, HO-SEQ-013, HO-SEQ-014, HO-BUF-011
. test/lib.sh
command -v python3 >/dev/null || { skip lemfd_lanes "no python3"; exit 0; }
lib_begin lemfd_lanes
lib_certs mdf.example lemf.example || { fail lemfd_lanes "no certificates"; exit 1; }
export PYTHONDONTWRITEBYTECODE=1
ln -sfn lemf.example "$W/lemf"
LEMF_NAMES="--gap-wait 2s"
start() { lib_lemf lemf.example || { fail lemfd_lanes.start "lemfd does not listen"; exit 1; }; }
peer() { python3 test/interop/lanes.py "$W" "$PORT" "$1" || tail -n 5 "$W/lemf.example.log" >&2; }
start
peer all
peer before
kill -9 "$LEMF_PID"; wait "$LEMF_PID" 2>/dev/null; PIDS=
start
peer after
lib_end
check lemfd_lanes.summary 1 "$(grep -c ' 0 conflicts, 0 repeats' "$W/lemf.example.log")"
"$B/lemfd" verify "$W/lemf.example" >"$W/verify"
check lemfd_lanes.verify "3 " "$(grep -c '  bad$' "$W/verify") $(sed -n 's/^NL-OP01-\(LI-[XOBR][0-9]*\) .* bad$/\1/p' "$W/verify")"
"$B/lemfd" --listen 127.0.0.1:0 --cert x --key x --ca x --out x --name x --gap-wait 1h 2>"$W/wrong"; check lemfd_lanes.wrong_time "2 1" "$? $(grep -c 'gap-wait takes a time' "$W/wrong")"

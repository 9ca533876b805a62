#!/bin/sh
# A destination that is taken out of the configuration while its agency is away, and records wait for it: that is alarmed, and over when the agency is
# back and has them, all of them; nothing new goes there.
. test/lib.sh
command -v jq >/dev/null || { skip leaves "no jq"; exit 0; }
lib_begin leaves
lib_certs mdf.example a.example || { fail leaves "no certificates"; exit 1; }
CTL="$B/mdfctl -s $W/control"
until_() { # NAME WANT COMMAND: within 60 seconds
	i=0
	while got=$(eval "$3" 2>/dev/null); [ "$got" != "$2" ] && [ $i -lt 600 ]; do sleep 0.1; i=$((i + 1)); done
	check "leaves.$1" "$2" "$got"
}
some() { [ "${1:-0}" -gt 0 ] && echo some || echo none; }
alarmed() { $CTL --json status | jq '[.alarms[] | select(.alarm == "destination_leaves")] | length'; }
"$B/ligen" --plain --dual 0 --only6 0 --subscribers 1 --sessions 2 --packets 40 --seed 4 --out "$W/core.pcap" --expect "$W/expect.json" 2>/dev/null
cc=$(jq -r '.subscribers["001010000000001"] | .from + .to' "$W/expect.json")
lib_lemf a.example || { fail leaves "lemfd did not start"; exit 1; }
kill "$LEMF_PID"
wait "$LEMF_PID"
PIDS=
lib_conf
lib_tap n2n3n4 core.pcap
echo destinations: >"$W/warrants.yaml"
lib_dest 1 a.example 'reconnect: 100ms'
: >"$W/warrants"
lib_warrant 1 'supiimsi: "001010000000001"' 1
echo warrants: >>"$W/warrants.yaml"
cat "$W/warrants" >>"$W/warrants.yaml"
"$B/mdfd" -c "$W/mdfd.yaml" 2>"$W/mdfd.log" </dev/null &
MDFD=$!
PIDS=" $MDFD"
until_ ended ended '$CTL --json tap list | jq -r ".taps[0].state"'
until_ waits "$cc" '$CTL --json queue list | jq ".queues[] | select(.kind == \"HI3\") | .queued_pdus"'
check leaves.none 0 "$(alarmed)"
printf 'destinations: []\nwarrants: []\n' >"$W/warrants.yaml"
$CTL reload >/dev/null
check leaves.removed 0 $?
until_ alarm some 'some $(alarmed)'
check leaves.alarm.which "$(lib_uuid 1)" "$($CTL --json status | jq -r '.alarms[] | select(.alarm == "destination_leaves") | .object' | cut -d' ' -f1 | sort -u)"
LISTEN=$PORT lib_lemf a.example || { fail leaves.back "lemfd did not start"; exit 1; }
until_ over 0 alarmed
until_ came "$cc" '"$B/lidump" --json "$W/a.example/NL-OP01-LI-1/hi3.ber" | wc -l'
check leaves.whole 0 "$(grep -cE '"event": ?"(gap|duplicate)' "$W/a.example/NL-OP01-LI-1/events.jsonl")"
kill -TERM $MDFD
wait $MDFD
check leaves.stop 0 $?
PIDS=" $LEMF_PID"
lib_end

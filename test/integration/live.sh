#!/bin/sh
# Live: the generator's frames through a veth pair, in a network namespace of the test's own, to mdfd's tap on the other end.
# Everyone's address is under warrant. When the traffic is over, mdfd is told to end: what it delivered is what the generator
# says, and the kernel dropped nothing. RUNS (make live: 3) runs; SEED is the first.
. test/lib.sh
lib_live_only live "${1:-}"
SESSIONS=${SESSIONS:-$((ROUNDS * 100))}
RUNS=${RUNS:-1}
RATE=${RATE:-$((ROUNDS < 100 ? 1000 : 10000))}	# frames a second; a sanitizer's build is ten times as slow
SEED=${SEED:-1}

tap() { "$B/mdfctl" -s "$W/control" --json tap list | jq -r ".taps[0].$1"; }

run() { # seed
	n=live.$1
	rm -rf "$W/state" "$W/lemf.example"
	lib_lemf lemf.example || { fail "$n" "lemfd did not start"; return; }
	DRAIN=120s lib_conf
	echo '  - {name: core, interface: tapr, network_functions: {smf: smf-1, upf: upf-1, amf: amf-1}}' >>"$W/mdfd.yaml"
	echo destinations: >"$W/warrants.yaml"
	lib_dest 1 lemf.example
	echo warrants: >"$W/warrants"
	lib_warrant 1 'ipv4Cidr: 100.64.0.0/10' 1
	cat "$W/warrants" >>"$W/warrants.yaml"
	"$B/mdfd" -c "$W/mdfd.yaml" 2>"$W/mdfd.log" </dev/null &
	mdfd=$!
	PIDS="$PIDS $mdfd"
	i=0
	while [ "$(tap state 2>/dev/null)" != running ] && [ $i -lt 100 ]; do sleep 0.1; i=$((i + 1)); done
	"$B/ligen" --interface tapl --rate "$RATE" --expect "$W/expect.json" --seed "$1" --subscribers "$SESSIONS" --sessions 1 \
		--packets 1 --plain --dual 0 --only6 0 2>"$W/ligen.log" || { fail "$n" "ligen: $(tail -n 1 "$W/ligen.log")"; lib_end; return; }
	sent=$(sed -n 's/^ligen: \([0-9]*\) frames.*/\1/p' "$W/ligen.log")
	i=0
	while [ "$(tap packets)" != "$sent" ] && [ $i -lt 50 ]; do sleep 0.1; i=$((i + 1)); done	# the last are in the ring still
	check "$n.frames" "$sent 0 0 0" "$(tap packets) $(tap dropped.kernel) $(tap dropped.interface) $(tap dropped.signalling_queue)"
	kill -TERM $mdfd
	wait $mdfd
	check "$n.status" 0 $?
	lib_end
	check "$n.all" "$(jq -r '[.subscribers[]] | "\(map(.sessions) | add) \(map(.ended) | add) \(map(.from) | add) \(map(.to) | add)"' \
		"$W/expect.json")" "$(for f in hi2 hi3; do "$B/lidump" --summary "$W/lemf.example/NL-OP01-LI-1/$f.ber"; done |
		awk '{ n[$7]++ } END { print n["BEGIN"] + 0, n["END"] + 0, n["from"] + 0, n["to"] + 0 }')"
}

lib_begin live
lib_certs mdf.example lemf.example || { fail live "no certificates"; exit 1; }
r=0
while [ $r -lt "$RUNS" ]; do
	run $((SEED + r))
	r=$((r + 1))
done

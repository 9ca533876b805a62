#!/bin/sh
# cINReset on a connection that HI2 and HI3 share, behind a rate, over real TLS to lemfd: content of the old numbers that waits goes before it, so that
# the agency finds no gap that is none; and where that takes too long IRI does not wait for it. HO-SEQ-010, HO-CIN-009
. test/lib.sh
. test/x.lib.sh
x_begin barrier mdf.example lemf.example nf.example
for x in lipoi xirigen; do [ -x "$B/$x" ] || { skip barrier "no $x"; exit 0; }; done
IRI=$("$B/xirigen" hex 1 1 r19v3 | awk '$1 == 6 { print $2; exit }')
PACKET=45000578000000004011000c0000201c00002020$(head -c 1380 /dev/zero | od -An -v -tx1 | tr -d ' \n')

send() { # CORRELATION N: the start of a session, and so many packets of 1,400 octets
	cat >"$W/s.yaml" <<-END
		connections:
		  n: {to: "127.0.0.1:$AT", peer: mdf.example, certificate: nf.example.crt, key: nf.example.key, ca: ca.crt}
		defaults: {xid: $(lib_uuid 1000001)}
		steps:
		- pdu: {type: x2, nfid: nf-1, ipid: iri, correlation: $1, payload: "$IRI"}
		- pdu: {type: x3, nfid: nf-1, ipid: cc, correlation: $1, format: ipv4, direction: from, repeat: $2, payload: "$PACKET"}
		- keepalive: {sequence: 1}
		- expect: {ack: 1}
	END
	"$B/lipoi" --script "$W/s.yaml" --json --timeout 20s >"$W/report.json" 2>"$W/report.err" || fail barrier.lipoi "$(tail -n 2 "$W/report.err" | tr '\n' ' ')"
}
events() { cat "$W/lemf.example/NL-OP01-LI-1/events.jsonl" 2>/dev/null; }
resets() { events | grep -c '"event":"cin-reset"'; }
gaps() { events | grep -cE '"event":"(gap|conflict|repeat)"'; }
content() { "$B/lidump" "$W/lemf.example/NL-OP01-LI-1/hi3.ber" 2>/dev/null | wc -l; } # PDUs
waits() { $CTL --json queue list | jq '[.queues[].queued_pdus] | add'; }
await() { # SECONDS WANT COMMAND…
	tries=$(($1 * 20)) want=$2
	shift 2
	while [ "$("$@" 2>/dev/null)" != "$want" ] && [ $tries -gt 0 ]; do sleep 0.05; tries=$((tries - 1)); done
	"$@"
}

x_conf 'peers: [nf.example], full_wait: 0s' 30s
echo destinations: >"$W/warrants.yaml"
lib_lemf lemf.example || { fail barrier.lemf "lemfd did not start"; exit 1; }
lib_dest 1 lemf.example 'connections: shared, queue: 4MiB, rate: 800kbit/s, burst: 16KiB, reconnect: 100ms, timers: {TIME6: 50ms}'
: >"$W/warrants"
lib_warrant 1 'supiimsi: "001010000000001"' 1
{ echo warrants:; cat "$W/warrants"; } >>"$W/warrants.yaml"
x_up

# 1.5 s of content wait
send 1 100
$CTL warrant reset-cin LI-1 >/dev/null
check barrier.ordered yes "$([ "$(waits)" -gt 20 ] && echo yes)"
check barrier.reset 1 "$(await 60 1 resets)"
send 1 20
check barrier.delivered 0 "$(await 60 0 waits)"
check barrier.content 120 "$(await 60 120 content)"
check barrier.gaps 0 "$(gaps)"
check barrier.at yes "$([ "$(events | jq -r 'select(.event == "cin-reset") | .hi3_from')" -gt 140000 ] && echo yes)"
check barrier.kept 0 "$(grep -c 'cINReset has waited' "$W/mdfd.log")"

# 9 s of it: after 5 s IRI goes, while content of before still waits
send 2 650
$CTL warrant reset-cin LI-1 >/dev/null
check barrier.late.reset 2 "$(await 60 2 resets)"
check barrier.late.said 1 "$(grep -c 'cINReset has waited' "$W/mdfd.log")"
check barrier.late.waits yes "$([ "$(waits)" -gt 20 ] && echo yes)"
check barrier.late.delivered 0 "$(await 60 0 waits)"
check barrier.late.content 770 "$(await 60 770 content)"
x_down
lib_end

#!/bin/sh
# Points of interception that mean harm, all at once, while another one does its work: wrong lengths, claims of 4 GiB, half PDUs, single octets, floods of
# connections, keepalives, tasks, correlations and senders, broken octets, TLS misused. Nothing of the good one is lost or late, mdfd's memory
# stays within bounds, each of the others ends as it must; then an agency that stands still: POIs are held back, and what is dropped is counted.
# X23-DEC-016 X23-DEC-018 X23-DEC-019 X23-DEC-020 X23-DEC-021 X23-DEC-022 X23-DEC-029
# X23-MDF-011 X23-MDF-015 X23-MDF-016 X23-MDF-017 X23-MDF-018 X23-MDF-021 X23-MDF-022 X23-MDF-023
. test/lib.sh
. test/x.lib.sh
x_begin x2x3_hostile mdf.example lemf-a.example lemf-b.example upf-1.example smf-1.example other.example
R=${ROUNDS:-100}
id() { lib_uuid "$1"; }
counter() { x_counter "${2:-door}" "$1"; }
memory() { awk -v k="$1:" '$1 == k { print int($2 / 1024) }' "/proc/$MDFD/status"; }	# MiB
some() { [ "$1" -gt 0 ] 2>/dev/null && echo some; }
most() { # NAME MOST GOT
	[ "$MODE" = release ] || return 0	# memory and time of sanitizers are other ones
	check "x2x3_hostile.$1" "at most $2" "$([ "$3" -le "$2" ] 2>/dev/null && echo "at most $2" || echo "$3")"
}

mdf() { # queue of agency b, how long it may hold back
	rm -rf "$W"/state "$W"/lemf-a.example "$W"/lemf-b.example
	x_lemf lemf-a.example
	A=$PORT
	x_lemf lemf-b.example
	STILL=$LEMF_PID
	cat >"$W/warrants.yaml" <<-END
		destinations:
		  - {did: $(id 1), name: agency-a, address: "127.0.0.1:$A", peer_name: lemf-a.example, delivery: HI2andHI3}
		  - {did: $(id 2), name: agency-b, address: "127.0.0.1:$PORT", peer_name: lemf-b.example, delivery: HI2andHI3, queue: $1}
		warrants:
		  - {liid: LI-1, xid: $(id 11), authorization_country: NL, delivery: HI2andHI3, start: 2020-01-01T00:00:00Z, end: 2037-01-01T00:00:00Z, targets: [{supiimsi: "001010000000001"}], destinations: [$(id 1)]}
		  - {liid: LI-2, xid: $(id 12), authorization_country: NL, delivery: HI2andHI3, start: 2020-01-01T00:00:00Z, end: 2037-01-01T00:00:00Z, targets: [{supiimsi: "001010000000002"}], destinations: [$(id 2)]}
	END
	x_conf "peers: [upf-1.example, smf-1.example], workers: 2, full_wait: ${2:-3s}"
	x_up
}
stop() {
	x_down "$1"
	lib_end
}
conn() { # name, certificate, more keys
	printf '  %s: {to: "127.0.0.1:%s", peer: mdf.example, certificate: %s.crt, key: %s.key, ca: ca.crt%s}\n' "$1" "$AT" "$2" "$2" "${3:+, $3}"
}
ip='payload: {udp: {from: "10.45.0.2:1", to: "192.0.2.1:2", data: {fill: {octets: 200}}}}'
event='nfid: smf-1, ipid: iri, payload: 302481050413130301a21ba219810101820101a311810f303031303130313233343536373839'

mdf 8MiB
# -- the good one: content and events, so many a second, for as long as the others are at it; its keepalives' answers are timed --
RATE=400
GOOD=$((RATE * (8 + R / 20)))
{
	echo connections:
	conn good upf-1.example 'keepalive: 250ms'
	conn events smf-1.example 'keepalive: 250ms'
	cat <<-END
		defaults: {xid: $(id 11), nfid: upf-1, ipid: cc}
		steps:
		- pdu: {on: good, type: x3, correlation: 1, repeat: $GOOD, rate: $RATE, number_at: 28, $ip}
		---
		defaults: {xid: $(id 11)}
		steps:
		- pdu: {on: events, type: x2, repeat: $((GOOD / 4)), rate: $((RATE / 4)), $event}
	END
} >"$W/good.yaml"
"$B/lipoi" --script "$W/good.yaml" --json --timeout 300s >"$W/good.json" 2>"$W/good.err" &
LIPOI=$!
sleep 1
before=$(memory VmRSS)

# -- the others --
bad='reconnect: off, keepalive: off, hostile: yes'
{
	echo connections:
	for n in hl39 hl4g pl4g sum major half type unknown overrun slow ack; do conn $n smf-1.example "$bad"; done
	conn claims smf-1.example "$bad, later: yes, count: 40"
	conn none smf-1.example "$bad, no_certificate: yes, later: yes"
	conn other other.example "$bad, later: yes"
	conn tls11 smf-1.example "$bad, tls_min: 1.1, tls_max: 1.1, later: yes"
	conn weak smf-1.example "$bad, tls_min: 1.0, tls_max: 1.2, ciphers: \"AES128-SHA:@SECLEVEL=0\", later: yes"
	conn clear smf-1.example "$bad, before: 000500030000003000000000000000000000000000000000000000000000000000000000000000000008000400000001, later: yes"
	conn under smf-1.example "$bad"
	conn renegotiates smf-1.example "$bad, tls_max: 1.2, may_end: yes"
	conn updates smf-1.example "$bad"
	conn stall smf-1.example "$bad, stall: yes, may_end: yes, later: yes, count: 150, connect_within: 30s"
	conn storm smf-1.example "$bad"
	conn deaf smf-1.example "$bad, deaf: yes, may_end: yes"
	conn fuzz smf-1.example "hostile: yes, keepalive: off, reconnect: 10ms, may_end: yes, count: 12"
	conn flood smf-1.example "$bad, later: yes, count: 60"
	conn lots smf-1.example "$bad, count: 4"
	# tracks: what must be ended, and what may not be
	closed() { printf -- '---\ndefaults: {xid: %s, nfid: bad, ipid: bad}\nsteps: [{pdu: {on: %s, hostile: yes, type: x3, payload: 45, %s}}, {expect: {on: %s, closed: yes, within: 60s}}]\n' "$(id 12)" "$1" "$2" "$1"; }
	open_() { printf -- '---\ndefaults: {xid: %s, nfid: bad, ipid: bad}\nsteps: [{pdu: {on: %s, hostile: yes, type: x3, payload: 45, %s}}, {keepalive: {on: %s, sequence: 7}}, {expect: {on: %s, ack: 7, within: 60s}}]\n' "$(id 12)" "$1" "$2" "$1" "$1"; }
	refused() { printf -- '---\nsteps: [{connect: %s}, {expect: {on: %s, refused: yes, within: 60s}}]\n' "$1" "$1"; }
	printf 'steps: []\n'
	closed hl39 'header_length: 39'
	closed hl4g 'header_length: 4294967295'
	closed pl4g 'payload_length: 4294967295'
	closed sum 'header_length: 4294967295, payload_length: 4294967295'
	closed major 'version: 0x0100'
	open_ type 'type: 9, repeat: 100'
	open_ unknown "xid: $(id 99), repeat: $((R * 100))"
	open_ overrun 'attributes: [{type: 8, hex: "01", length: 65535}], repeat: 100'
	open_ ack 'type: ack, xid: 00000000000000000000000000000000, repeat: 100'
	open_ slow 'slow: {octets: 1, every: 20ms}'
	for c in none other tls11 weak clear; do refused $c; done
	cat <<-END
		---
		defaults: {xid: $(id 12), nfid: bad, ipid: bad}
		steps: [{pdu: {on: half, hostile: yes, type: x3, upto: 60, $ip}}, {close: {on: half, how: fin}}]
		---
		defaults: {xid: $(id 12), nfid: bad, ipid: bad}
		steps: [{wait: 1s}, {connect: claims}, {expect: {on: claims, up: yes, within: 30s}}, {pdu: {on: claims, hostile: yes, type: x3, payload_length: 16777216, payload: 45, repeat: 40}}, {expect: {on: claims, open: 3s}}]
		---
		steps: [{wait: 4s}, {connect: stall}, {wait: 1s}]
		---
		steps: [{raw: {on: under, hex: 17030300400000, under_tls: yes}}, {raw: {on: under, hex: "$(printf '%0130d' 0)", under_tls: yes}}, {expect: {on: under, closed: yes, within: 60s}}]
		---
		steps: [{renegotiate: {on: renegotiates}}, {wait: 500ms}, {renegotiate: {on: renegotiates}}]
		---
		steps: [{loop: {times: 50, steps: [{key_update: {on: updates}}, {keepalive: {on: updates}}]}}, {expect: {on: updates, ack: all, within: 60s}}]
		---
		steps: [{keepalive: {on: storm, repeat: $((R * 200))}}, {keepalive: {on: storm, sequence: 4000000000}}, {expect: {on: storm, ack: 4000000000, within: 120s}}]
		---
		steps: [{keepalive: {on: deaf, repeat: $((R * 200))}}]
		---
		defaults: {xid: $(id 12), nfid: bad, ipid: bad}
		steps: [{pdu: {on: fuzz, hostile: yes, type: x3, matched: {imsi: "1"}, correlation: 5, fuzz: {changes: 4, seed: ${SEED:-1}}, repeat: $((R * 60)), $ip}},
		        {pdu: {on: fuzz, hostile: yes, type: x2, correlation: 6, fuzz: {changes: 3, seed: 9}, repeat: $((R * 20)), $event}}]
		---
		steps: [{wait: 2s}, {connect: flood}, {expect: {on: flood, up: yes, within: 30s}}, {keepalive: {on: flood, repeat: 600}}, {expect: {on: flood, ack: all, within: 60s}}]
		---
		defaults: {xid: $(id 12), nfid: bad, ipid: bad}
		steps: [{pdu: {on: lots, type: x3, correlation: 1000, correlations: $((R * 100)), repeat: $((R * 100)), $ip}},
		        {keepalive: {on: lots, repeat: 4}}, {expect: {on: lots, ack: all, within: 120s}}]
	END
	i=0
	echo ---
	echo "defaults: {xid: $(id 12)}"
	echo steps:
	while [ $i -lt $((R * 20)) ]; do
		echo "- pdu: {on: lots, type: x2, nfid: n$i, ipid: p, payload: 302481050413130301a21ba219810101820101a311810f303031303130313233343536373839}"
		i=$((i + 1))
	done
} >"$W/bad.yaml"
"$B/lipoi" --script "$W/bad.yaml" --json --timeout 300s >"$W/bad.json" 2>"$W/bad.err"
check x2x3_hostile.bad 0 $?
jq -c '.failures, [.connections[] | select(.badEnds > 0) | {name, ends}]' "$W/bad.json" >&2
wait $LIPOI
check x2x3_hostile.good 0 $?
$CTL --json counters >"$W/counters.json"
most memory $((before + 160)) "$(memory VmHWM)"
for c in framing_lost cut refused unknown_type odd_attributes; do check "x2x3_hostile.$c" some "$(some "$(counter $c)")"; done
check x2x3_hostile.unknown_xid "$((R * 100))" "$([ "$(counter unknown_xid mediation)" -ge $((R * 100)) ] && echo $((R * 100)))"
check x2x3_hostile.many some "$(some "$(counter comms_forgotten mediation)$([ $((R * 100)) -le 4096 ] && echo 1)")"
# X23-MDF-011: acknowledged well before TIME_P2, in spite of all that
check x2x3_hostile.acks 0 "$(jq '[.connections[] | .keepalives - .acks] | add' "$W/good.json")"
most latency_ms 5000 "$(jq '[.connections[].ackMicroseconds.max] | max / 1000 | floor' "$W/good.json")"
most latency_median_ms 500 "$(jq '[.connections[].ackMicroseconds.p50] | max / 1000 | floor' "$W/good.json")"
stop hostile
check x2x3_hostile.audited '1' "$(jq -r 'select(.event == "client-refused") | .fields.check' "$W/state/audit.log" | grep -c '^name$' | sed 's/^[1-9].*/1/')"
json() { "$B/lidump" --json "$W/lemf-$1.example/NL-OP01-$2/hi$3.ber"; }
check x2x3_hostile.content "$GOOD" "$(json a LI-1 3 | jq -r '.payload.cCPayloadSequence[0].cCContents.threeGPP33128DefinedCC.pDU.extendedUPFCCPDU.payload.uPFIPCC[56:64]' |
	awk '$1 == sprintf("%08x", n) { n++ } END { print n + 0 }')"
check x2x3_hostile.events "$((GOOD / 4))" "$(json a LI-1 2 | jq -c 'select(.error == null)' | wc -l)"
check x2x3_hostile.whole 0 "$(grep -cE '"event": ?"(gap|duplicate|conflict)' "$W/lemf-a.example/NL-OP01-LI-1/events.jsonl")"
check x2x3_hostile.lemf 0 "$(grep -c undecoded "$W"/lemf-?.example/events.jsonl | awk -F: '{ n += $2 } END { print n + 0 }')"

# -- PDUs that never become whole, 12 MiB of each: they are held up to a limit, and let go with their connections --
mdf 2MiB 60s
before=$(memory VmRSS)
{
	echo connections:
	conn torn smf-1.example "$bad, count: 4"
	cat <<-END
		defaults: {xid: $(id 12), nfid: bad, ipid: bad}
		steps:
		- pdu: {on: torn, hostile: yes, type: x3, repeat: 4, payload_length: 16777216, payload: {fill: {octets: 12582912}}}
		- wait: 2s
		- close: {on: torn, how: reset}
	END
} >"$W/torn.yaml"
"$B/lipoi" --script "$W/torn.yaml" --json --timeout 120s >"$W/torn.json"
check x2x3_hostile.torn 0 $?
most torn.memory $((before + 128)) "$(memory VmHWM)"
lib_tries=0
while [ "$(counter cut)" != 4 ] && [ $lib_tries -lt 100 ]; do sleep 0.1; lib_tries=$((lib_tries + 1)); done
check x2x3_hostile.torn.cut 4 "$(counter cut)"

# -- an agency that stands still for a moment: whoever reports for it is held back, on X2 and X3, and not acknowledged; nobody else is; then
# nothing of it is missing --
LOAD=$((R > 30 ? R * 400 : 12000))	# more than the queues hold
still() { # seconds of the other's work
	echo connections:
	conn u upf-1.example
	conn v upf-1.example 'keepalive: 250ms'
	conn s smf-1.example
	conn w smf-1.example 'keepalive: 250ms'
	cat <<-END
		defaults: {nfid: upf-1, ipid: cc}
		steps:
		- pdu: {on: u, type: x3, xid: $(id 12), correlation: 1, repeat: $LOAD, payload: {udp: {from: "10.45.0.2:1", to: "192.0.2.1:2", data: {fill: {octets: 900}}}}}
		- keepalive: {on: u}
		- expect: {on: u, ack: all, within: 60s}
		---
		defaults: {nfid: upf-1, ipid: cc}
		steps:
		- pdu: {on: v, type: x3, xid: $(id 11), correlation: 1, repeat: $(($1 * 500)), rate: 500, $ip}
		---
		steps:
		- pdu: {on: s, type: x2, xid: $(id 12), repeat: $LOAD, $event}
		- keepalive: {on: s}
		- expect: {on: s, ack: all, within: 60s}
		---
		steps:
		- pdu: {on: w, type: x2, xid: $(id 11), repeat: $(($1 * 50)), rate: 50, $event}
	END
}
full() { echo $(($(counter cc_queue_full mediation) + $(counter cc_unnumbered mediation) + $($CTL --json counters | jq '[.counters[] | select(.name == "mdfd_mediation_iri_queue_full_total") | .value] | add'))); }
kill -STOP "$STILL"
still 6 >"$W/moment.yaml"
"$B/lipoi" --script "$W/moment.yaml" --json --timeout 120s >"$W/moment.json" &
LIPOI=$!
lib_tries=0
while [ "$(counter held_up)" -lt 1 ] && [ $lib_tries -lt 100 ]; do sleep 0.1; lib_tries=$((lib_tries + 1)); done
check x2x3_hostile.moment.held some "$(some "$(counter held_up)")"	# of X2 only where the POI has more to say than was read already
sleep 2
check x2x3_hostile.moment.full 0 "$(full)"
check x2x3_hostile.moment.little yes "$([ "$(counter x3)" -lt "$LOAD" ] && echo yes)"
kill -CONT "$STILL"
wait $LIPOI
check x2x3_hostile.moment 0 $?
check x2x3_hostile.moment.dropped 0 "$(full)"
# the others were answered all the while
most moment.latency_ms 10000 "$(jq '[.connections[] | select(.name == "v" or .name == "w") | .ackMicroseconds.max] | max / 1000 | floor' "$W/moment.json")"
stop moment
check x2x3_hostile.moment.others 3000 "$(json a LI-1 3 | wc -l)"
check x2x3_hostile.moment.cc "$LOAD" "$(json b LI-2 3 | wc -l)"
check x2x3_hostile.moment.iri "$LOAD" "$(json b LI-2 2 | wc -l)"

# -- one that stands still for good: it is waited for once, then what its queue cannot take is counted; nobody else has less, memory stays.
# How long is read anew with a reload --
mdf 2MiB 60s
sed -i 's/full_wait: 60s/full_wait: 1s/' "$W/mdfd.yaml"
$CTL reload >/dev/null
check x2x3_hostile.still.reload 0 $?
kill -STOP "$STILL"
before=$(memory VmRSS)
still 4 >"$W/still.yaml"
"$B/lipoi" --script "$W/still.yaml" --json --timeout 120s >"$W/still.json"
check x2x3_hostile.still 0 $?
most still.memory $((before + 96)) "$(memory VmRSS)"
# what found no room, and what was in already and gave way to IRI
dropped=$(($($CTL --json queue list | jq '[.queues[] | select(.kind == "HI3") | .dropped_pdus] | add') + $(counter cc_unnumbered mediation)))
check x2x3_hostile.still.held some "$(some "$(counter held_up)")"
check x2x3_hostile.still.dropped some "$(some "$(counter cc_queue_full mediation)")"
events=$($CTL --json counters | jq '[.counters[] | select(.name == "mdfd_mediation_iri_queue_full_total") | .value] | add // 0')
kill -CONT "$STILL"
stop still
check x2x3_hostile.still.others 2000 "$(json a LI-1 3 | wc -l)"
# each was delivered or counted
check x2x3_hostile.still.counted "$LOAD" "$(($(json b LI-2 3 | wc -l) + dropped))"
check x2x3_hostile.still.events "$LOAD" "$(($(json b LI-2 2 | wc -l) + events))"
check x2x3_hostile.still.events.counted "$LOAD" "$(($(json b LI-2 2 | wc -l) + events))"

#!/bin/sh
# Aggregation (TS 102 232-1 clause 6.2.3) over real TLS: the same traffic to four agencies with agreements of their own; then with a kill
# in the middle, and a stop while records wait for others.
. test/lib.sh
command -v jq >/dev/null || { skip aggregation "no jq"; exit 0; }
lib_begin aggregation
lib_certs mdf.example a.example b.example c.example d.example || { fail aggregation "no certificates"; exit 1; }
CTL="$B/mdfctl -s $W/control"
openssl rand -hex 32 >"$W/256.key"
chmod 600 "$W"/*.key
"$B/ligen" --plain --dual 0 --only6 0 --subscribers 1 --sessions 3 --packets 600 --seed 5 --out "$W/core.pcap" --expect "$W/expect.json" 2>/dev/null
cc=$(jq -r '.subscribers["001010000000001"] | .from + .to' "$W/expect.json")
T='supiimsi: "001010000000001"'
conf() { # tap file
	DRAIN=${DRAIN:-20s} lib_conf
	lib_tap n2n3n4 "${1:-core.pcap}"
	echo destinations: >"$W/warrants.yaml"
	echo warrants: >"$W/warrants"
}
pdus() { "$B/lidump" --json ${KEY:+--payload-key "$KEY"} "$W/$1.ber"; }	# AGENCY/CASE/hiN
# What was intercepted, item by item in order, whatever the PDUs: session by session.
items() { # AGENCY/CASE/hiN
	pdus "$1" | jq -r '.pSHeader as $h | (.payload.encryptionContainer.encryptedPayload.payload // .payload) |
		(.cCPayloadSequence // .iRIPayloadSequence)[] | [.payloadDirection, .iRIType, (.cCContents // .iRIContents), (.microSecondTimeStamp // $h.microSecondTimeStamp)] |
		"\($h.communicationIdentifier.communicationIdentityNumber // 0) \(tojson)"' | sort -s -n -k 1,1 | cut -d ' ' -f 2-
}
longest() { pdus "$1" | jq '(.payload.encryptionContainer.encryptedPayload.payload // .payload) | (.cCPayloadSequence // .iRIPayloadSequence) | length' | sort -n | tail -n 1; }
whole() { # NAME AGENCY/CASE/hiN: each context from 0 on without a gap, and no gap of the agency's own
	check "aggregation.$1.numbers" true "$(pdus "$2" | jq -s 'group_by(.pSHeader.communicationIdentifier) | length > 1 and all(.[]; map(.pSHeader.sequenceNumber) == [range(length)])')"
}

conf
lib_lemf a.example || { fail aggregation "lemfd did not start"; exit 1; }
lib_dest 1 a.example
lib_lemf b.example || { fail aggregation "lemfd did not start"; exit 1; }
lib_dest 2 b.example 'aggregation: {cc: 10, iri: 4}'
lib_lemf c.example || { fail aggregation "lemfd did not start"; exit 1; }
lib_dest 3 c.example 'aggregation: {cc: 1000, iri: 1000, delay: 300ms, octets: 64KiB, time: items}'
LEMF_NAMES="--payload-key AES-256-CBC:$W/256.key" lib_lemf d.example || { fail aggregation "lemfd did not start"; exit 1; }
lib_dest 4 d.example 'aggregation: {cc: 50, iri: 2, delay: 20ms}, encryption: {type: AES-256-CBC, key: 256.key}, connections: shared, integrity: {hash: SHA-256, dataPduCount: 20}'
for i in 1 2 3 4; do lib_warrant $i "$T" $i; done
cat "$W/warrants" >>"$W/warrants.yaml"
"$B/mdfd" -c "$W/mdfd.yaml" --drain 2>"$W/mdfd.log" </dev/null
check aggregation.drained 0 $?
lib_end
# HO-AGG-001, HO-AGG-003, HO-AGG-005, HO-SEQ-008
A=a.example/NL-OP01-LI-1
check aggregation.none "1 1" "$(longest $A/hi3) $(longest $A/hi2)"
check aggregation.none.cc "$cc" "$(pdus $A/hi3 | wc -l)"
items $A/hi3 >"$W/cc"
items $A/hi2 >"$W/iri"
for x in b.example/NL-OP01-LI-2: c.example/NL-OP01-LI-3: "d.example/NL-OP01-LI-4:AES-256-CBC:$W/256.key"; do
	at=${x%%:*} n=${x%%.*} KEY=${x#*:}
	items $at/hi3 >"$W/$n.cc"
	items $at/hi2 >"$W/$n.iri"
	check aggregation.$n.cc same "$(cmp -s "$W/cc" "$W/$n.cc" && echo same)"
	check aggregation.$n.iri same "$(cmp -s "$W/iri" "$W/$n.iri" && echo same)"
	check aggregation.$n.some yes "$([ "$(longest $at/hi3)" -gt 1 ] && echo yes)"
	whole $n.hi3 $at/hi3
	whole $n.hi2 $at/hi2
	KEY=
done
check aggregation.b.most yes "$([ "$(longest b.example/NL-OP01-LI-2/hi3)" -le 10 ] && [ "$(longest b.example/NL-OP01-LI-2/hi2)" -le 4 ] && echo yes)"
check aggregation.c.more yes "$([ "$(longest c.example/NL-OP01-LI-3/hi3)" -gt 10 ] && [ "$(longest c.example/NL-OP01-LI-3/hi2)" -gt 1 ] && echo yes)"
# HO-AGG-004, HO-TS-006, LI128-040
check aggregation.b.times 0 "$(pdus b.example/NL-OP01-LI-2/hi3 | jq -c 'select((.payload.cCPayloadSequence | length) > 1) |
	select(.pSHeader.timeStampQualifier != "timeOfAggregation" or any(.payload.cCPayloadSequence[]; .microSecondTimeStamp == null or .timeStampQualifier != "timeOfInterception"))' | wc -l)"
check aggregation.c.times 0 "$(pdus c.example/NL-OP01-LI-3/hi3 | jq -c 'select((.payload.cCPayloadSequence | length) > 1) |
	select(.pSHeader.microSecondTimeStamp or any(.payload.cCPayloadSequence[]; .microSecondTimeStamp == null))' | wc -l)"
# HO-PEN-008: hashes are of whole PDUs, with all their items, in clear containers
"$B/lemfd" verify "$W/d.example" NL-OP01-LI-4 --payload-key "AES-256-CBC:$W/256.key" >"$W/verify" 2>&1
check aggregation.d.integrity "0 good" "$? $(awk '$1 == "NL-OP01-LI-4" && $10 > 2 { print $NF }' "$W/verify")"
check aggregation.gaps 0 "$(cat "$W"/?.example/NL-*/events.jsonl | grep -cE '"event":"(gap|conflict|no-time)')"

# -- a kill, and a stop, while records wait: numbers are missing at most, none comes with other content, and the agency is told
rm -rf "$W/state" "$W"/?.example
conf fifo
mkfifo "$W/fifo"
lib_lemf a.example || { fail aggregation "lemfd did not start"; exit 1; }
lib_dest 1 a.example 'aggregation: {cc: 1000, iri: 1000, delay: 20s, octets: 64KiB}, reconnect: 100ms'
lib_warrant 1 "$T" 1
cat "$W/warrants" >>"$W/warrants.yaml"
run() {
	"$B/mdfd" -c "$W/mdfd.yaml" 2>>"$W/mdfd.log" </dev/null &
	MDFD=$!
	PIDS="$PIDS $MDFD"
}
until_some() { # COMMAND…: gives more than 0
	i=0
	while [ "$("$@" 2>/dev/null || echo 0)" = 0 ] && [ $i -lt 200 ]; do sleep 0.1; i=$((i + 1)); done
	[ $i -lt 200 ]
}
stored() { "$B/lidump" --json "$W/a.example/NL-OP01-LI-1/hi3.ber" 2>/dev/null | wc -l; }
: >"$W/mdfd.log"
run
exec 9>"$W/fifo"
cat "$W/core.pcap" >&9
check aggregation.shown 'none 1000 1000 0' "$($CTL --json destination list | jq -r '.destinations[0] | "\(.encryption) \(.aggregate_cc) \(.aggregate_iri) \(.segment)"')"
until_some stored || fail aggregation.kill "nothing came: $(tail -n 1 "$W/mdfd.log")"
kill -9 "$MDFD"
wait "$MDFD" 2>/dev/null
exec 9>&-
before=$(stored)
run
exec 9>"$W/fifo"
tail -c +25 "$W/core.pcap" | cat "$W/core.pcap" >&9
sleep 1
kill -TERM "$MDFD"
wait "$MDFD"
check aggregation.stop 0 $?
exec 9>&-
PIDS=$LEMF_PID
lib_end
E1=$W/a.example/NL-OP01-LI-1/events.jsonl
check aggregation.kill.told yes "$(grep -q '"event":"not-issued"' "$E1" && echo yes)"
check aggregation.kill.conflict 0 "$(grep -cE '"event":"(gap|conflict)"' "$E1")"
# what the second run had seen is all there, though it waited for more than the stop left it
check aggregation.stop.all "$cc" "$(pdus a.example/NL-OP01-LI-1/hi3 | tail -n "+$((before + 1))" | jq '.payload.cCPayloadSequence | length' | awk '{ n += $1 } END { print n + 0 }')"
exit 0

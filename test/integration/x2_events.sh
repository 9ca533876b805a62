#!/bin/sh
# Every event that X2 and HI2 share, with random members, from a point of interception over TLS to an agency: the same octets, the right
# IRI type, a CIN where the event has one; from senders of releases 16 to 19; to an agency of an older release only what that release
# has, and a word on each number that it does not get. The point of interception is openssl and not ours.
# LI128-010, LI128-027, LI128-007, X23-MDF-024
. test/lib.sh
. test/x.lib.sh
x_begin x2_events mdf.example lemf.example old.example poi.example
XID=$(lib_uuid 7)
ROUNDS_EACH=3

# -- an agency of today, and one of release 16 --
x_lemf lemf.example
echo destinations: >"$W/warrants.yaml"
lib_dest 1 lemf.example
x_lemf old.example
lib_dest 2 old.example 'ts33128_release: r16v5'
{
	echo warrants:
	printf '  - {liid: LI-IRI, xid: %s, delivery: HI2Only, start: 2026-01-01T00:00:00Z, end: 2040-01-01T00:00:00Z, targets: [{supiimsi: "001010000000001"}], destinations: [%s]}\n' \
		"$XID" "$(lib_uuid 1)"
	printf '  - {liid: LI-NEW, xid: %s, delivery: HI2andHI3, start: 2026-01-01T00:00:00Z, end: 2040-01-01T00:00:00Z, targets: [{supiimsi: "001010000000001"}], destinations: [%s, %s]}\n' \
		"$XID" "$(lib_uuid 1)" "$(lib_uuid 2)"
} >>"$W/warrants.yaml"
x_conf 'peers: [poi.example]'
x_up
AT=127.0.0.1:$AT
i=0	# what is of before the order is nobody's
while ! grep -q ': 0 taps, 2 warrants' "$W/mdfd.log" && [ $i -lt 200 ]; do sleep 0.05; i=$((i + 1)); done

seed=1
for release in r19v3 r18v7 r17v6 r16v5; do
	"$B/xirigen" x2 "$XID" $seed $ROUNDS_EACH $release >"$W/$release.x2"
	( cat "$W/$release.x2"; sleep 1 ) | timeout 60 openssl s_client -nocommands -connect "$AT" -CAfile "$W/ca.crt" -cert "$W/poi.example.crt" \
		-key "$W/poi.example.key" -verify_return_error >"$W/client" 2>&1
	seed=$((seed + 1))
done
check x2_events.sessions yes "$([ "$("$B/mdfctl" -s "$W/control" --json session list | grep -o '"seen_on":"X2"' | wc -l)" -ge 50 ] && echo yes)"
"$B/mdfctl" -s "$W/control" --json counters >"$W/counters.json"
"$B/mdfctl" -s "$W/control" --json queue list >"$W/queues.json"
x_down
lib_end

# -- the agency of today has all, octet for octet --
HI2=$(echo "$W"/lemf.example/*LI-NEW/hi2.ber)
"$B/lidump" --json "$HI2" >"$W/new.json"
check x2_events.new.decodes 0 $?
all=$(wc -l <"$W/new.json")
seed=1
total=0
for release in r19v3 r18v7 r17v6 r16v5; do
	"$B/xirigen" check $seed $ROUNDS_EACH $release "$HI2" >"$W/$release.check" 2>&1
	# those of the other releases are in that file, too
	check "x2_events.$release" ', 0 missing' "$(sed -n 's/.* expected\(, [0-9]* missing\), .*/\1/p' "$W/$release.check")$(grep 'IRI type' "$W/$release.check" | head -n 3)"
	total=$((total + $(sed -n 's/.* records, \([0-9]*\) expected.*/\1/p' "$W/$release.check")))
	seed=$((seed + 1))
done
check x2_events.new.all "$total" "$all"
check x2_events.sent yes "$([ "$total" -ge $((4 * 186 * ROUNDS_EACH)) ] && echo yes)"
check x2_events.new.whole 0 "$(grep -cE '"event":"(gap|duplicate|not-issued)"' "$W"/lemf.example/*LI-NEW/events.jsonl)"

# -- a warrant of IRI alone has as many records, without what people say in them: LI128-144, LI128-145, LI128-148, LI128-165 --
"$B/lidump" --json "$W"/lemf.example/*LI-IRI/hi2.ber >"$W/iri.json"
check x2_events.iri.decodes 0 $?
check x2_events.iri.all "$all" "$(wc -l <"$W/iri.json" | tr -d ' ')"
check x2_events.iri.whole 0 "$(grep -cE '"event":"(gap|duplicate|not-issued)"' "$W"/lemf.example/*LI-IRI/events.jsonl)"
check x2_events.iri.had yes "$(grep -q '"triggerPayload"' "$W/new.json" && grep -q '"subject"' "$W/new.json" && grep -q '"encapsulatedSIPMessage"' "$W/new.json" && echo yes)"
check x2_events.iri.trigger 0 "$(grep -c '"triggerPayload"' "$W/iri.json")"
check x2_events.iri.subject 0 "$(grep -o '"subject": *"[^"]*"' "$W/iri.json" | grep -c ': *".*[^ "]')"
check x2_events.iri.modified yes "$(grep -q '"modifiedSIPMessage"' "$W/iri.json" && ! grep -q '"encapsulatedSIPMessage": *{[^}]*"sIPContent": *"[^"]*[013-9a-f]' "$W/iri.json" && echo yes)"
check x2_events.iri.counted yes "$(jq -e '[.counters[] | select(.name == "mdfd_poi_stripped_total" and .value > 0) | .of.kind] | contains(["text", "subject", "trigger", "unreadable"])' "$W/counters.json" >"$W/x" && echo yes)"
# octets at random are no SIP: nothing of them is left but blanks
check x2_events.iri.sip 0 "$(grep -o '"sIPContent": *"[^"]*"' "$W/iri.json" | grep -vc '"sIPContent": *"\(20\)*"')"

# -- the other one has what release 16 has, and of each other number a word --
OLD=$(echo "$W"/old.example/*LI-NEW)
"$B/lidump" --json "$OLD/hi2.ber" >"$W/old.json"
check x2_events.old.decodes 0 $?
unfit=$(jq --arg did "$(lib_uuid 2)" '[.. | objects | select(.did? == $did) | .. | .unfit_pdus? // empty] | add' "$W/queues.json")
check x2_events.old.all "$total" "$(($(wc -l <"$W/old.json") + unfit))"
# a number that is missing in a session is told; records without one have numbers of that agency's own, and none is missing
check x2_events.old.told yes "$(n=$(grep -c '"event":"not-issued"' "$OLD/events.jsonl"); [ "$n" -ge 100 ] && [ "$n" -lt "$unfit" ] && echo yes)"
check x2_events.old.some yes "$([ "$(wc -l <"$W/old.json")" -ge 100 ] && [ "$(wc -l <"$W/old.json")" -lt "$all" ] && echo yes)"
check x2_events.old.newer 0 "$(grep -c '"event": {"ePSPDNConnection\|"iRIPayloadOID": "4.19.19' "$W/old.json")"
check x2_events.old.whole 0 "$(grep -cE '"event":"(gap|duplicate)"' "$OLD/events.jsonl")"

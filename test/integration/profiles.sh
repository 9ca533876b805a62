#!/bin/sh
# One target, four agencies with profiles of their own: content whole or as GTP-U, times in two forms, HI2 or HI3 only, a
# window that opens in the middle. Each gets its own and nothing else. Then an agency that comes late, and one that nobody
# may be: records wait for the first and never reach the second.
. test/lib.sh
command -v jq >/dev/null || { skip profiles "no jq"; exit 0; }
lib_begin profiles
lib_certs mdf.example a.example b.example || { fail profiles "no certificates"; exit 1; }
T=001010000000001
"$B/ligen" --plain --dual 0 --only6 0 --subscribers 3 --sessions 2 --packets 40 --seed 4 --out "$W/core.pcap" --expect "$W/expect.json" 2>/dev/null
sum() { jq -r ".subscribers[\"$T\"].$1" "$W/expect.json"; }
json() { [ -e "$W/$1" ] && "$B/lidump" --json "$W/$1"; }
start() { # drain, tap; no file, no agency yet
	rm -rf "$W/state" "$W/a.example" "$W/b.example" "$W/warrants"
	DRAIN=${1:-20s} lib_conf
	if [ -n "${2:-}" ]; then echo "$2" >>"$W/mdfd.yaml"; else lib_tap n2n3n4 core.pcap; fi
	echo destinations: >"$W/warrants.yaml"
	echo warrants: >"$W/warrants"
}

start
lib_lemf a.example || { fail profiles "lemfd did not start"; exit 1; }
lib_dest 1 a.example
lib_dest 3 a.example "connections: shared"
lib_lemf b.example || { fail profiles "lemfd did not start"; exit 1; }
lib_dest 2 b.example "cc_form: uPFCCPDU, time_form: generalized"
lib_warrant 1 "supiimsi: \"$T\"" 1
lib_warrant 2 "supiimsi: \"$T\"" 2
lib_warrant 3 "supiimsi: \"$T\"" 3 HI2Only
lib_warrant 4 "gpsimsisdn: \"31600000001\"" 3 HI3Only
# a window that opens within the first session, to the microsecond of nothing in particular
lib_warrant 5 "supiimsi: \"$T\"" 1 HI2andHI3 2026-01-01T00:00:00.450001Z
# the second warrant of LI-1's task; another task of the same subscriber, by another identity
sed -i "s/$(lib_uuid 1000005)/$(lib_uuid 1000001)/" "$W/warrants"
lib_warrant 6 "gpsimsisdn: \"31600000001\"" 1
cat "$W/warrants" >>"$W/warrants.yaml"
"$B/mdfd" -c "$W/mdfd.yaml" --drain 2>"$W/mdfd.log" </dev/null
check profiles.drained 0 $?
lib_end
# LI128-216
check profiles.log 0 "$(grep -cE '0010100000|31600000|3500000|100\.6[4-9]|LI-[0-9]' "$W/mdfd.log")"
A=$W/a.example
cc=$(($(sum from) + $(sum to)))
check profiles.extended $cc "$(json a.example/NL-OP01-LI-1/hi3.ber | grep -c '"extendedUPFCCPDU".*"uPFIPCC"')"
check profiles.micro $cc "$(json a.example/NL-OP01-LI-1/hi3.ber | grep -c '"microSecondTimeStamp"')"
check profiles.gtpu $cc "$(json b.example/NL-OP01-LI-2/hi3.ber | grep -c '"uPFCCPDU"')"
check profiles.generalized $cc "$(json b.example/NL-OP01-LI-2/hi3.ber | grep -c '"timeStamp": *"20260101')"
check profiles.hi2only "$(sum sessions)" "$(json a.example/NL-OP01-LI-3/hi2.ber | grep -c '"pDUSessionEstablishment"')"
check profiles.hi2only.cc no "$([ -e "$A/NL-OP01-LI-3/hi3.ber" ] && [ -s "$A/NL-OP01-LI-3/hi3.ber" ] && echo yes || echo no)"
check profiles.hi3only $cc "$(json a.example/NL-OP01-LI-4/hi3.ber | wc -l)"
check profiles.hi3only.iri no "$([ -s "$A/NL-OP01-LI-4/hi2.ber" ] && echo yes || echo no)"
# HO-PSH-003
check profiles.agencies "NL-OP01-LI-2" "$(cd "$W/b.example" && echo NL-*)"
json a.example/NL-OP01-LI-5/hi2.ber | grep startOfInterceptionWithEstablishedPDUSession >"$W/first"
check profiles.soi 1 "$(wc -l <"$W/first")"
check profiles.soi.time "450001" "$(jq -r .pSHeader.microSecondTimeStamp.microSeconds "$W/first")"
check profiles.window 0 "$(json a.example/NL-OP01-LI-5/hi3.ber | jq -r '.pSHeader.microSecondTimeStamp | select(.seconds == 1767225600 and .microSeconds < 450001) | .seconds' | wc -l)"
# LI128-088, HO-M33-017: the new warrant alone hears of what was there before it; LI128-059, LI128-033: of the UE without a CIN
check profiles.soi.others 0 "$(json a.example/NL-OP01-LI-1/hi2.ber | grep -c startOfInterception)"
# what a damaged segment may have to name its context by
check profiles.amf.context 0 "$(grep '"event":"amf-begin"' "$W/state/audit.log" | grep -vc '"iri-context":"[1-9][0-9]*"')"
check profiles.soi.amf "null iRI-Report" "$(json a.example/NL-OP01-LI-5/hi2.ber | grep '"startOfInterceptionWithRegisteredUE".*"gUTI"' |
	jq -r '"\(.pSHeader.communicationIdentifier.communicationIdentityNumber) \(.payload.iRIPayloadSequence[0].iRIType)"')"
# LI128-024: the same events, each stream with numbers of its own from 0 on
events() { json "$1/hi2.ber" | jq -c '.payload.iRIPayloadSequence[].iRIContents.threeGPP33128DefinedIRI.event'; }
check profiles.events "$(events a.example/NL-OP01-LI-1)" "$(events b.example/NL-OP01-LI-2)"
for i in a.example/NL-OP01-LI-1 b.example/NL-OP01-LI-2 a.example/NL-OP01-LI-5; do
	for f in hi2 hi3; do
		check "profiles.numbers.$(basename $i).$f" true "$(json $i/$f.ber | jq -s 'group_by(.pSHeader.communicationIdentifier) |
			length > 1 and all(.[]; map(.pSHeader.sequenceNumber) == [range(length)])')"
	done
done
# LI128-044, LI128-046, LI128-047, HO-M33-012: who ordered, what matched, what was seen; LI128-053: nothing of another warrant
ids() { # LIID, provenance: the kinds of identity in each of its records
	json "a.example/NL-OP01-$1/hi2.ber" | jq -r "[.payload.iRIPayloadSequence[].iRIContents.threeGPP33128DefinedIRI.targetIdentifiers[] |
		select(.provenance == \"$2\") | .identifier | keys[0] | select(. != \"iPv4Address\")] | sort | join(\" \")" | sort -u
}
check profiles.ids.1 "sUPI|sUPI|gPSI pEI sUPI" "$(ids LI-1 lEAProvided)|$(ids LI-1 matchedOn)|$(ids LI-1 observed)"
check profiles.ids.6 "gPSI|gPSI|gPSI pEI sUPI" "$(ids LI-6 lEAProvided)|$(ids LI-6 matchedOn)|$(ids LI-6 observed)"
# LI128-028, LI128-029, HO-PSH-012, HO-PSH-015: function and point on every PDU
points() { json "a.example/NL-OP01-LI-1/$1.ber" | jq -r '.pSHeader | "\(.networkFunctionIdentifier) \(.extendedInterceptionPointID) \(.interceptionPointID)"' | sort -u; }
check profiles.points "736d662d31 6e326e336e34 null|7570662d31 6e326e336e34 null" "$(points hi2)|$(points hi3)"
stamps() { json a.example/NL-OP01-LI-1/hi2.ber | jq -c .pSHeader.microSecondTimeStamp; }
stamps >"$W/times"
# LI128-024: one CIN of one warrant is never another's
check profiles.cins "$(for i in 1 3 5; do json a.example/NL-OP01-LI-$i/hi2.ber; done | jq -r '"\(.pSHeader.lawfulInterceptionIdentifier) \(.pSHeader.communicationIdentifier.communicationIdentityNumber // empty)"' | sort -u | wc -l)" \
	"$(for i in 1 3 5; do json a.example/NL-OP01-LI-$i/hi2.ber; done | jq -r '.pSHeader.communicationIdentifier.communicationIdentityNumber // empty' | sort -u | wc -l)"
# HO-BUF: the same inner packets whatever the form
json a.example/NL-OP01-LI-1/hi3.ber | grep -o '"uPFIPCC": *"[0-9a-f]*"' | grep -o '[0-9a-f]*"$' | tr -d '"' >"$W/inner"
json b.example/NL-OP01-LI-2/hi3.ber | grep -o '"uPFCCPDU": *"[0-9a-f]*"' | grep -o '[0-9a-f]*"$' | tr -d '"' >"$W/gtpu"
check profiles.same $cc "$(paste -d' ' "$W/inner" "$W/gtpu" | awk 'substr($2, length($2) - length($1) + 1) == $1' | wc -l)"

# -- late: the agency's end comes up two seconds after the records are there; its tap names no function
start 20s "  - {name: n2n3n4, file: core.pcap}"
lib_lemf a.example
late=$PORT
lib_end
rm -rf "$W/a.example"
lib_dest 1 a.example "reconnect: 200ms"
lib_warrant 1 "supiimsi: \"$T\"" 1
cat "$W/warrants" >>"$W/warrants.yaml"
"$B/mdfd" -c "$W/mdfd.yaml" --drain 2>"$W/mdfd.log" </dev/null &
M=$!
sleep 2
LISTEN=$late lib_lemf a.example
wait $M
check profiles.late 0 $?
check profiles.late.all $cc "$(json a.example/NL-OP01-LI-1/hi3.ber | wc -l)"
# LI128-025, HO-TS-007, HO-M33-009: times of the events, not of their delivery; LI128-030: what is not named is absent
check profiles.late.times "$(cat "$W/times")" "$(stamps)"
check profiles.late.points "0 $cc" "$(json a.example/NL-OP01-LI-1/hi3.ber | grep -c networkFunctionIdentifier) $(json a.example/NL-OP01-LI-1/hi3.ber | grep -c extendedInterceptionPointID)"
lib_end

# -- wrong: the peer's certificate bears another name. Nothing is delivered, and the exit status says so.
start 1s
lib_lemf b.example
lib_dest 1 a.example "reconnect: 200ms"
lib_warrant 1 "supiimsi: \"$T\"" 1
cat "$W/warrants" >>"$W/warrants.yaml"
"$B/mdfd" -c "$W/mdfd.yaml" --drain 2>"$W/mdfd.log" </dev/null
check profiles.wrong 3 $?
check profiles.wrong.none 0 "$(find "$W/b.example" -name '*.ber' | wc -l)"
lib_end

# -- numbers of what has no CIN (HO-SEQ-005): a restart goes on with them; another element is another context: HO-SEQ-006
start
lib_lemf a.example
lib_dest 1 a.example
lib_warrant 5 "supiimsi: \"$T\"" 1 HI2Only 2026-01-01T00:00:00.450001Z
cat "$W/warrants" >>"$W/warrants.yaml"
for element in MDF-1 MDF-1 MDF-2; do
	sed -i "s/element_id: .*/element_id: $element/" "$W/mdfd.yaml"
	"$B/mdfd" -c "$W/mdfd.yaml" --drain 2>"$W/mdfd.log" </dev/null
done
lib_end
check profiles.restart "MDF-1 true MDF-2 true" "$(json a.example/NL-OP01-LI-5/hi2.ber | jq -rs 'map(.pSHeader | select(.communicationIdentifier.communicationIdentityNumber | not)) |
	[group_by(.communicationIdentifier)[] | (.[0].communicationIdentifier.networkIdentifier.networkElementIdentifier | if . == "4d44462d31" then "MDF-1" else "MDF-2" end),
	(map(.sequenceNumber) == [range(length)] | tostring)] | join(" ")')"
check profiles.restart.cins true "$(json a.example/NL-OP01-LI-5/hi2.ber | jq -s 'map(.pSHeader | select(.communicationIdentifier.communicationIdentityNumber)) |
	group_by(.communicationIdentifier) | length == 6 and all(.[]; map(.sequenceNumber) == [range(length)])')"

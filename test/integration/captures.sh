#!/bin/sh
# Every case of captures/expect-5g.json, end to end: mdfd --drain over the capture, an agency for each subscriber and one that
# asks for somebody who is not there. Asserts sessions, ends and content by direction, that nothing of anyone else came, and that what
# came is the capture's: octets, instant, tunnel as tshark shows the frame; whose it is by the address on the user's side.
. test/lib.sh
CAPS=$SHARED/captures
EXPECT=$CAPS/expect-5g.json
[ -r "$EXPECT" ] || { skip captures "no $EXPECT"; exit 0; }

# counts FILE...: jq program over lidump's JSON Lines
hi2() { "$B/lidump" --json "$1" | jq -r '.payload.iRIPayloadSequence[].iRIContents.threeGPP33128DefinedIRI.event|keys[0]' | grep -c "^$2\$"; }
hi3() { "$B/lidump" --json "$1" | jq -r '.payload.cCPayloadSequence[].payloadDirection' | grep -c "^$2\$"; }

# What tshark says of every G-PDU of a capture: time, TEID and outer destination as the records write them (number, hex), frame.
frames() {
	tshark -r "$1" -Y 'gtp.message == 0xff' -T jsonraw 2>/dev/null | jq -r '.[]._source.layers.frame_raw[0]' >"$W/raw"
	tshark -r "$1" -Y 'gtp.message == 0xff' -T fields -E occurrence=f -e frame.time_epoch -e gtp.teid -e ip.dst 2>/dev/null |
	while read -r t teid dst; do
		# shellcheck disable=SC2046
		printf '%s %d %02x%02x%02x%02x\n' "${t%???}" "$teid" $(echo "$dst" | tr . ' ')
	done | paste -d ' ' - "$W/raw"
}

# What came for a subscriber: a line a packet: time, tunnel that the session's record names for its direction, octets.
carried() { # folder
	"$B/lidump" --json "$1/hi2.ber" | jq -r '.payload.iRIPayloadSequence[].iRIContents.threeGPP33128DefinedIRI.event.pDUSessionEstablishment // empty |
		def t: "\(.tEID) \(.iPv4Address // .iPv6Address)";
		"fromTarget \(.gTPTunnelID | t)",
		"toTarget \(.gTPTunnelInfo.fiveGSGTPTunnels.dLRANTunnelInformation.dLQOSFlowTunnelInformation.uPTunnelInformation | t)"' >"$1/ends"
	"$B/lidump" --json "$1/hi3.ber" | jq -r '.pSHeader.microSecondTimeStamp as $t | .payload.cCPayloadSequence[] |
		"\(.payloadDirection) \($t.seconds).\("00000\($t.microSeconds)"[-6:]) \(.cCContents.threeGPP33128DefinedCC.pDU.extendedUPFCCPDU.payload.uPFIPCC)"' |
	awk -v ends="$1/ends" 'BEGIN { while ((getline line < ends) > 0) { split(line, a, " "); end[a[1]] = a[2] " " a[3] } } { print $2, end[$1], $3 }'
}

run_case() { # name, deduplicate
	n=$1
	DRAIN=10s lib_conf
	i=0
	for f in $(echo "$n" | tr '+' ' '); do
		lib_tap "tap$i" "$(realpath "$CAPS/$f")" "deduplicate: $2"
		"$B/flowdump" "$CAPS/$f" | awk '$2 == "gpdu" { print $NF }' >>"$W/inner.all"
		[ -z "$TSHARK" ] || frames "$CAPS/$f" >>"$W/frames"
		i=$((i + 1))
	done
	sort "$W/inner.all" >"$W/inner"
	echo destinations: >"$W/warrants.yaml"
	echo warrants: >"$W/warrants"
	i=0
	for s in $SUBS; do
		i=$((i + 1))
		lib_lemf "lemf$i.example" || { fail "$n" "lemfd did not start"; return; }
		lib_dest $i "lemf$i.example" "timers: {TIME6: 200ms}"
		case $s in
		ip:*:*) t="ipv6Address: \"${s#ip:}\"" ;;
		ip:*) t="ipv4Address: ${s#ip:}" ;;
		*) t="supiimsi: \"$s\"" ;;
		esac
		lib_warrant $i "$t" $i
	done
	i=$((i + 1))
	lib_lemf "lemf$i.example" || { fail "$n" "lemfd did not start"; return; }
	lib_dest $i "lemf$i.example"
	lib_warrant $i 'supiimsi: "999999999999999"' $i
	cat "$W/warrants" >>"$W/warrants.yaml"
	"$B/mdfd" -c "$W/mdfd.yaml" --drain 2>"$W/mdfd.log" </dev/null
	rc=$?
	lib_end
	if [ $rc -ne 0 ]; then
		fail "$n.$2" "mdfd ended with $rc: $(tail -n 3 "$W/mdfd.log" | tr '\n' ' ')"
		return
	fi
	i=0
	for s in $SUBS; do
		i=$((i + 1))
		d=$W/lemf$i.example/NL-OP01-LI-$i
		q=".captures[\"$n\"].subscribers[\"$s\"]"
		want=$(jq -r "$q | (if \"$2\" == \"yes\" then (.deduplicated // .) else . end) as \$c | \"\(.sessions) \(.ended) \(\$c.from) \(\$c.to)\"" "$EXPECT")
		touch "$d/hi2.ber" "$d/hi3.ber" 2>/dev/null
		got="$(hi2 "$d/hi2.ber" pDUSessionEstablishment) $(hi2 "$d/hi2.ber" pDUSessionRelease) $(hi3 "$d/hi3.ber" fromTarget) $(hi3 "$d/hi3.ber" toTarget)"
		check "$n.$2.$i" "$want" "$got"
		# what came is in the capture, octet for octet and no oftener
		"$B/lidump" --json "$d/hi3.ber" | jq -r '.payload.cCPayloadSequence[].cCContents.threeGPP33128DefinedCC.pDU.extendedUPFCCPDU.payload.uPFIPCC' |
			sort >"$W/got$i"
		check "$n.$2.$i.octets" 0 "$(comm -23 "$W/got$i" "$W/inner" | wc -l)"
		if [ -n "$TSHARK" ]; then
			carried "$d" >"$W/carried$i"
			check "$n.$2.$i.frames" 0 "$(awk 'NR == FNR { frame[$1 " " $2 " " $3] = frame[$1 " " $2 " " $3] " " $4; next }
				!index(frame[$1 " " $2 " " $3], $4) { print }' "$W/frames" "$W/carried$i" | wc -l)"
		fi
		# the user's address is on the user's side of every packet (of IPv6: its prefix, as the record has it, or the link's),
		# and in the records, which name nobody else
		six=$("$B/lidump" --json "$d/hi2.ber" | jq -s '[.[] | .. | .uEEndpoint? // empty | .[].iPv6Address // empty | .[:16]]')
		check "$n.$2.$i.side" 0 "$("$B/lidump" --json "$d/hi3.ber" | jq -r --argjson ips "$(jq "$q.ips" "$EXPECT")" --argjson six "$six" '
			def hex: split(".") | map(tonumber | [(. / 16 | floor), . % 16] | map("0123456789abcdef"[.:. + 1]) | add) | add;
			.payload.cCPayloadSequence[] | (.payloadDirection == "fromTarget") as $up |
			.cCContents.threeGPP33128DefinedCC.pDU.extendedUPFCCPDU.payload.uPFIPCC |
			select(if .[:1] == "6" then
				(if $up then .[16:32] else .[48:64] end) as $user | $six + ["fe80000000000000"] | index($user)
			else
				(if $up then .[24:32] else .[32:40] end) as $user | [$ips[] | hex] | index($user)
			end | not)' | wc -l)"
		check "$n.$2.$i.named" "$(jq -rc "$q.ips" "$EXPECT") ${s#ip:*}" "$("$B/lidump" --json "$d/hi2.ber" | jq -rsc '
			def int: "0123456789abcdef" as $d | [.[:1], .[1:]] | map(. as $c | $d | index($c)) | .[0] * 16 + .[1];
			def ip: [.[:2], .[2:4], .[4:6], .[6:]] | map(int | tostring) | join(".");
			[.[].payload.iRIPayloadSequence[].iRIContents.threeGPP33128DefinedIRI.event[]] |
			"\([.[].uEEndpoint // [] | .[].iPv4Address // empty | ip] | unique) \([.[].sUPI.iMSI] | unique | join(","))"')"
		# in these captures nothing that a record reports changes, and nothing fails
		check "$n.$2.$i.others" "" "$("$B/lidump" --json "$d/hi2.ber" | jq -r '
			.payload.iRIPayloadSequence[].iRIContents.threeGPP33128DefinedIRI.event | keys[0]' |
			grep -vE '^pDUSession(Establishment|Release)$' | sort -u | tr '\n' ' ')"
		# IRI and CC of a session bear its number
		check "$n.$2.$i.cin" "${want%% *}" "$(for f in hi2 hi3; do "$B/lidump" --json "$d/$f.ber"; done |
			jq .pSHeader.communicationIdentifier.communicationIdentityNumber | sort -u | wc -l)"
		# one LIID, one stream: nobody else's; what no session announced is nobody's: LI128-187
		check "$n.$2.$i.only" "NL-OP01-LI-$i" "$(cd "$W/lemf$i.example" && ls -d -- */ | tr -d / | tr '\n' ' ' | sed 's/ $//')"
		# no gap, no duplicate
		check "$n.$2.$i.whole" 0 "$(jq -r .event "$d/events.jsonl" | grep -cE 'gap|duplicate')"
	done
	i=$((i + 1))
	# of whom nothing is seen: that the interception is on, and nothing else (LI128-208)
	check "$n.$2.nobody" "" "$(find "$W/lemf$i.example" -name 'hi[23].ber' -size +0)"
	"$B/mdfctl" audit verify --key "$W/state/audit.pub" "$W/state/audit.log" >/dev/null 2>&1 && ok "$n.$2.audit" || fail "$n.$2.audit" "audit verify"
}

lib_begin captures
lib_certs mdf.example lemf1.example lemf2.example lemf3.example lemf4.example || { fail captures "no certificates"; exit 1; }
TOP=$W
TSHARK=$(command -v tshark) || skip captures.frames "no tshark"
for n in $(jq -r '.captures | keys[]' "$EXPECT"); do
	SUBS=$(jq -r ".captures[\"$n\"].subscribers | keys[]" "$EXPECT")
	for dedup in no yes; do
		W=$TOP/$n.$dedup
		mkdir -p "$W"
		cp "$TOP"/*.crt "$TOP"/*.key "$W"
		run_case "$n" $dedup
	done
done

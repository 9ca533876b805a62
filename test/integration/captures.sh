#!/bin/sh
# Every case of captures/expect-5g.json, end to end: mdfd --drain over the capture, an agency for each subscriber. Asserts
# sessions, ends and content by direction, that nothing of anyone else came, and that what came is the capture's.
. test/lib.sh
CAPS=$SHARED/captures
EXPECT=$CAPS/expect-5g.json
[ -r "$EXPECT" ] || { skip captures "no $EXPECT"; exit 0; }

# counts FILE...: jq program over lidump's JSON Lines
hi2() { "$B/lidump" --json "$1" | jq -r '.payload.iRIPayloadSequence[].iRIContents.threeGPP33128DefinedIRI.event|keys[0]' | grep -c "^$2\$"; }
hi3() { "$B/lidump" --json "$1" | jq -r '.payload.cCPayloadSequence[].payloadDirection' | grep -c "^$2\$"; }

run_case() { # name, deduplicate
	n=$1
	DRAIN=10s lib_conf
	i=0
	for f in $(echo "$n" | tr '+' ' '); do
		lib_tap "tap$i" "$(realpath "$CAPS/$f")" "deduplicate: $2"
		"$B/flowdump" "$CAPS/$f" | awk '$2 == "gpdu" { print $NF }' >>"$W/inner.all"
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
		# one LIID, one stream: nobody else's
		check "$n.$2.$i.only" "NL-OP01-LI-$i" "$(cd "$W/lemf$i.example" && ls -d -- */ | tr -d / | tr '\n' ' ' | sed 's/ $//')"
		# no gap, no duplicate
		check "$n.$2.$i.whole" 0 "$(jq -r .event "$d/events.jsonl" | grep -cE 'gap|duplicate')"
	done
	"$B/mdfctl" audit verify --key "$W/state/audit.pub" "$W/state/audit.log" >/dev/null 2>&1 && ok "$n.$2.audit" || fail "$n.$2.audit" "audit verify"
}

lib_begin captures
lib_certs mdf.example lemf1.example lemf2.example lemf3.example lemf4.example || { fail captures "no certificates"; exit 1; }
TOP=$W
for n in $(jq -r '.captures | keys[]' "$EXPECT"); do
	SUBS=$(jq -r ".captures[\"$n\"].subscribers | keys[]" "$EXPECT")
	for dedup in no yes; do
		W=$TOP/$n.$dedup
		mkdir -p "$W"
		cp "$TOP"/*.crt "$TOP"/*.key "$W"
		run_case "$n" $dedup
	done
done

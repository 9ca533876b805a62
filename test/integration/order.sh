#!/bin/sh
# Ordering: content comes right after its session's announcement, as fast as a file is read, and nothing of it is lost. Of
# 10,000 sessions everyone's address is under warrant (by prefix), and a few subscribers' identities: sessions, ends and
# content by direction are what the generator says; what an identity got bears one address a session, its own.
# Every other run's users have IPv6 alone. RUNS (make order: 100) runs, each with its own seed; SEED is the first.
. test/lib.sh
SESSIONS=${SESSIONS:-10000}
RUNS=${RUNS:-$((ROUNDS / 10))}
[ "$RUNS" -ge 1 ] || RUNS=1
SEED=${SEED:-1}

# got LIID: sessions, ends, from, to
got() {
	d=$W/lemf.example/NL-OP01-$1
	for f in hi2 hi3; do
		[ ! -e "$d/$f.ber" ] || "$B/lidump" --summary "$d/$f.ber"
	done | awk '$3 == "HI2" { n[$7]++ } $3 == "HI3" { n[$7]++ } END { print n["BEGIN"] + 0, n["END"] + 0, n["from"] + 0, n["to"] + 0 }'
}

run() { # seed
	n=order.$1
	case $(($1 % 2)) in
	1) six='--only6 0' all='ipv4Cidr: 100.64.0.0/10' from=24,32 to=32,40 ;;
	0) six='--only6 100' all='ipv6Cidr: "fd64::/32"' from=16,48 to=48,80 ;;
	esac
	o="--seed $1 --subscribers $SESSIONS --sessions 1 --packets 1 --eager --plain --dual 0 $six"
	DRAIN=120s lib_world "$n" "$o" || return
	lib_dest 1 lemf.example
	lib_warrant 1 "$all" 1
	for k in 2 3 4; do	# a seed's own three
		lib_warrant $k "supiimsi: \"00101$(printf %010u $((($1 * 7919 + k * 3343) % SESSIONS + 1)))\"" 1
	done
	lib_drain "$n" "$o" || return
	check "$n.all" "$(jq -r '[.subscribers[]] | "\(map(.sessions) | add) \(map(.ended) | add) \(map(.from) | add) \(map(.to) | add)"' \
		"$W/expect.json")" "$(got LI-1)"
	for k in 2 3 4; do
		i=00101$(printf %010u $((($1 * 7919 + k * 3343) % SESSIONS + 1)))
		check "$n.$k" "$(jq -r ".subscribers[\"$i\"] | \"\(.sessions) \(.ended) \(.from) \(.to)\"" "$W/expect.json")" "$(got LI-$k)"
		# the inner packets' address on the user's side, of each session: one
		check "$n.$k.one" 1 "$("$B/lidump" --json "$W/lemf.example/NL-OP01-LI-$k/hi3.ber" | jq -r '
			.payload.cCPayloadSequence[] | .cCContents.threeGPP33128DefinedCC.pDU.extendedUPFCCPDU.payload.uPFIPCC as $p |
			if .payloadDirection == "fromTarget" then $p['"$(echo $from | tr , :)"'] else $p['"$(echo $to | tr , :)"'] end' | sort -u | wc -l)"
	done
	lib_whole "$n"
}

lib_seeds order

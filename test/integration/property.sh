#!/bin/sh
# Worlds that a seed chooses whole: the core's addresses, link, capture format, fragments, whether N9 is content, and how
# often what happens. Three subscribers are under warrant by identity, each for an agency of its own. Each agency gets its
# subscriber's records of each kind, and content by direction, as the generator says. RUNS (make property: 50) worlds; SEED is
# the first.
. test/lib.sh
RUNS=${RUNS:-$((ROUNDS / 20))}
[ "$RUNS" -ge 1 ] || RUNS=1
SEED=${SEED:-1}

# what a seed says: the options of ligen
options() {
	awk -v seed="$1" -v shares="$("$B/ligen" --help | tr ' ' '\n' | sed -n '/^and$/,$s/^--//p' | tr '\n' ' ')" 'function r(n) { return int(rand() * n) }
	BEGIN {
		srand(seed)
		split("ethernet vlan qinq mpls raw sll sll2 null", link)
		split("pcap nano pcapng", form)
		printf "--link %s --format %s", link[1 + r(8)], form[1 + r(3)]
		if (r(2)) printf " --ipv6"
		if (r(2)) printf " --mtu %d", 1280 + r(300)
		if (r(4) == 0) printf " --eager"
		printf " --subscribers %d --sessions %d --packets %d", 3 + r(20), 1 + r(4), r(25)
		n = split(shares, share)
		for (i = 1; i <= n; i++)
			if (r(2)) printf " --%s %d", share[i], r(4) ? r(91) : (share[i] == "noise" ? 90 : 100) * r(2)	# noise of 100 would never end
	}'
}

# got LIID: establishments, starts of interception, modifications, releases, failures, locations, content from and to
got() {
	for f in hi2 hi3; do
		f=$W/lemf.example/NL-OP01-$1/$f.ber
		[ ! -e "$f" ] || "$B/lidump" --summary "$f"
	done | awk '$3 == "HI2" { n[$8]++ } $3 == "HI3" { n[$7]++ }
		END { split("pDUSessionEstablishment startOfInterceptionWithEstablishedPDUSession pDUSessionModification pDUSessionRelease" \
			" unsuccessfulSMProcedure locationUpdate from to", k)
		for (i = 1; i <= 8; i++) printf "%d%s", n[k[i]], i < 8 ? " " : "\n" }'
}

run() { # seed
	n=property.$1
	o="--seed $1 $(options "$1")"
	case $(($1 % 2)) in
	0) TAP='content: [n3, n9]' from='(.from + .n9_from)' to='(.to + .n9_to)' ;;
	1) TAP='' from=.from to=.to ;;
	esac
	lib_world "$n" "$o" || return
	for k in 1 2 3; do
		lib_dest $k lemf.example
		lib_warrant $k "supiimsi: \"00101000000000$k\"" $k
	done
	lib_drain "$n" "$o" || return
	for k in 1 2 3; do
		want=$(jq -r ".subscribers[\"00101000000000$k\"] // {} |
			\"\\(.sessions // 0) \\(.started // 0) \\(.changed // 0) \\(.ended // 0) \\(.failed // 0) \\(.moved // 0) \\($from // 0) \\($to // 0)\"" "$W/expect.json")
		have=$(got LI-$k)
		if [ "$want" = "$have" ]; then ok "$n.$k"; else fail "$n.$k" "want $want, got $have; ligen $o"; fi
	done
	lib_whole "$n"
}

# LI128-082: what a release says of volumes is what came as content under its CIN, where each packet is on N3 and once
volumes() {
	n=property.volumes
	lib_world $n '--seed 1 --subscribers 9 --sessions 3 --packets 30 --plain' || return
	lib_dest 1 lemf.example
	lib_warrant 1 'ipv4Cidr: 100.64.0.0/10' 1
	lib_drain $n || return
	d=$W/lemf.example/NL-OP01-LI-1
	"$B/lidump" --json "$d/hi2.ber" | jq -r '.pSHeader.communicationIdentifier.communicationIdentityNumber as $cin |
		.. | objects | .pDUSessionRelease? // empty | select(has("uplinkVolume")) | "\($cin) \(.uplinkVolume) \(.downlinkVolume)"' |
		sort >"$W/volumes"
	for f in hi2 hi3; do "$B/lidump" --summary "$d/$f.ber"; done |
		awk '{ cin[$5] = 1 } $3 == "HI3" { n[$5, $7] += $9 } END { for (c in cin) print c, n[c, "from"] + 0, n[c, "to"] + 0 }' |
		sort >"$W/carried"
	check $n '' "$(comm -23 "$W/volumes" "$W/carried" | head -n 3)"
	if [ "$(wc -l <"$W/volumes")" -gt 9 ]; then ok $n.some; else fail $n.some "only $(wc -l <"$W/volumes") releases tell of volumes"; fi
}

lib_seeds property
volumes

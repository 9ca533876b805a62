#!/bin/sh
# Worlds that a seed chooses whole: the core's addresses, link, capture format, fragments, and how often what happens. Three
# subscribers are under warrant by identity, each for an agency of its own. Each agency gets its subscriber's sessions, ends and
# content by direction, as the generator says. RUNS (make property: 50) worlds; SEED is the first.
. test/lib.sh
RUNS=${RUNS:-$((ROUNDS / 20))}
[ "$RUNS" -ge 1 ] || RUNS=1
SEED=${SEED:-1}

# what a seed says: the options of ligen
options() {
	awk -v seed="$1" 'function r(n) { return int(rand() * n) }
	BEGIN {
		srand(seed)
		split("ethernet vlan qinq mpls raw sll sll2 null", link)
		split("pcap nano pcapng", form)
		printf "--link %s --format %s", link[1 + r(8)], form[1 + r(3)]
		if (r(2)) printf " --ipv6"
		if (r(2)) printf " --mtu %d", 1280 + r(300)
		if (r(4) == 0) printf " --eager"
		printf " --subscribers %d --sessions %d --packets %d", 3 + r(20), 1 + r(4), r(25)
		n = split("n2 user-id nea2 concealed choose handover qos release n9 cp reject twice noise dual only6", share)
		for (i = 1; i <= n; i++)
			if (r(2)) printf " --%s %d", share[i], r(4) ? r(91) : (share[i] == "noise" ? 90 : 100) * r(2)	# noise of 100 would never end
	}'
}

# got LIID: sessions, ends, from, to
got() {
	for f in hi2 hi3; do
		f=$W/lemf.example/NL-OP01-$1/$f.ber
		[ ! -e "$f" ] || "$B/lidump" --summary "$f"
	done | awk '$8 == "pDUSessionEstablishment" { b++ } $8 == "pDUSessionRelease" { e++ } $3 == "HI3" { n[$7]++ }
		END { print b + 0, e + 0, n["from"] + 0, n["to"] + 0 }'
}

run() { # seed
	n=property.$1
	o=$(options "$1")
	# shellcheck disable=SC2086
	"$B/ligen" --out "$W/core" --expect "$W/expect.json" --seed "$1" $o 2>"$W/ligen.log" ||
		{ fail "$n" "ligen $o: $(tail -n 1 "$W/ligen.log")"; return; }
	rm -rf "$W/state" "$W/lemf.example"
	lib_lemf lemf.example || { fail "$n" "lemfd did not start"; return; }
	lib_conf
	lib_tap core core
	echo destinations: >"$W/warrants.yaml"
	echo warrants: >"$W/warrants"
	for k in 1 2 3; do
		lib_dest $k lemf.example
		lib_warrant $k "supiimsi: \"00101000000000$k\"" $k
	done
	cat "$W/warrants" >>"$W/warrants.yaml"
	"$B/mdfd" -c "$W/mdfd.yaml" --drain 2>"$W/mdfd.log" </dev/null
	rc=$?
	lib_end
	[ $rc -eq 0 ] || { fail "$n" "mdfd ended with $rc: $(tail -n 3 "$W/mdfd.log" | tr '\n' ' '); ligen --seed $1 $o"; return; }
	for k in 1 2 3; do
		want=$(jq -r ".subscribers[\"00101000000000$k\"] // {} | \"\(.sessions // 0) \(.ended // 0) \(.from // 0) \(.to // 0)\"" "$W/expect.json")
		have=$(got LI-$k)
		if [ "$want" = "$have" ]; then ok "$n.$k"; else fail "$n.$k" "want $want, got $have; ligen --seed $1 $o"; fi
	done
	check "$n.whole" 0 "$(cat "$W"/lemf.example/NL-*/events.jsonl 2>/dev/null | grep -cE '"event": ?"(gap|duplicate)')"
}

lib_begin property
lib_certs mdf.example lemf.example || { fail property "no certificates"; exit 1; }
r=0
while [ $r -lt "$RUNS" ]; do
	run $((SEED + r))
	r=$((r + 1))
done

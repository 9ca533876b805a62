#!/bin/sh
# Agencies of one warrant come, go, come again and take another form by reloads, under traffic over X2 and X3 whose points of interception
# buffer for half a second (lipoi), over TLS to three agencies (lemfd): who stays has every PDU once, whatever becomes of the others; who comes has
# nothing of before its order, not after a restart either; account, audit log and what lies at the agencies agree. HO-PSH-003, HO-BUF-001
. test/lib.sh
. test/x.lib.sh
perl -MJSON::PP -e 1 2>/dev/null || { skip order_dests "no perl with JSON::PP"; exit 0; }
x_begin order_dests mdf.example upf-1.example a.example b.example c.example
for agency in a b c; do
	x_lemf $agency.example
	eval "port_$agency=$PORT"
done
KEEP=$PIDS
id() { lib_uuid "$1"; }
now() { date -u +%Y-%m-%dT%H:%M:%S.%6NZ; }
n=0
dest() { # AGENCY [MORE KEYS]
	n=$((n + 1))
	eval "at=\$port_$1"
	printf '  - {did: %s, name: agency-%s, address: "127.0.0.1:%s", peer_name: %s.example, delivery: HI2andHI3%s}\n' "$(id $n)" "$1" "$at" "$1" "${2:+, $2}"
}
ordered() { # DESTINATIONS [FORM OF C]
	n=0
	{
		echo destinations:
		dest a
		dest b
		dest c "${2:-}"
		printf 'warrants:\n  - {liid: LI-1, xid: %s, authorization_country: NL, delivery: HI2andHI3, start: 2020-01-01T00:00:00Z, end: 2037-01-01T00:00:00Z,' "$(id 11)"
		printf ' targets: [{supiimsi: "001010000000001"}], destinations: [%s]}\n' "$1"
	} >"$W/warrants.yaml"
}
reload() {
	sleep "$1"		# some of it comes meanwhile; what is asserted does not depend on that
	$CTL reload >"$W/reload.said" || fail order_dests.reload "$(cat "$W/reload.said")"
}
A=$(id 1) B_=$(id 2) C=$(id 3)
x_conf 'peers: [upf-1.example], workers: 2'
ordered "$A, $C"
x_up

EV='payload: 300e81050413130301a205a703810105'			# an event of a session: it goes on
AMF='payload: 302081050413130301a217a315a111810f303031303130303030303030303031a600'	# where the subscriber is: no CIN
CC='payload: {udp: {from: "10.45.0.2:1", to: "192.0.2.1:2", data: {fill: {octet: 0, octets: 8}}}}, number_at: 28'
script() { # NAME MORE: its head; tracks follow
	printf 'connections:\n' >"$W/$1.yaml"
	for k in i c; do printf '  %s: {to: "127.0.0.1:%s", peer: mdf.example, certificate: upf-1.example.crt, key: upf-1.example.key, ca: ca.crt}\n' $k "$AT"; done >>"$W/$1.yaml"
	echo "defaults: {xid: $(id 11), nfid: upf-1, ipid: poi, $2}" >>"$W/$1.yaml"
}
track() { # NAME MORE CONNECTION PDU; the first is a document with the head
	[ -n "$first" ] || printf -- '---\ndefaults: {xid: %s, nfid: upf-1, ipid: poi, %s}\n' "$(id 11)" "$2" >>"$W/$1.yaml"
	printf 'steps:\n- pdu: {on: %s, %s}\n- keepalive: {on: %s}\n- expect: {on: %s, ack: all, within: 60s}\n' "$3" "$4" "$3" "$3" >>"$W/$1.yaml"
	first=
}
play() { "$B/lipoi" --script "$W/$1.yaml" --json --timeout 120s >"$W/$1.json" 2>"$W/$1.err"; }
PDUS=3000 EVENTS=900 PLACES=300
first=yes
script under 'shift: -500ms'
track under 'shift: -500ms' c "type: x3, correlation: 5, repeat: $PDUS, rate: 600, $CC"
track under 'shift: -500ms' i "type: x2, correlation: 5, repeat: $EVENTS, rate: 180, $EV"
track under 'shift: -500ms' i "type: x2, repeat: $PLACES, rate: 60, $AMF"
sleep 0.7	# what they buffer is of after the first order
play under &
lipoi=$!
i=0
while [ ! -s "$W/a.example/NL-OP01-LI-1/hi3.ber" ] && [ $i -lt 600 ]; do sleep 0.1; i=$((i + 1)); done
: >"$W/b"	# when b was ordered and no longer, at the most
for form in '' 'ts33128_release: r18v3' ''; do
	before=$(now)
	ordered "$A, $B_, $C" "$form"
	reload 0.5
	ordered "$C, $A" "$form"
	reload 0.9
	echo "$before $(now)" >>"$W/b"
done
wait $lipoi
check order_dests.sent 0 $?
none=$(now)	# b has not ordered it
last=$(now)
ordered "$B_, $C, $A"
reload 0
echo "$last $(date -u -d '+1 hour' +%Y-%m-%dT%H:%M:%SZ)" >>"$W/b"

# -- of before b's last order, and of after it, told after a restart: b has the latter --
since() { $CTL --json warrant show LI-1 | jq -r '[.. | objects | select(.ordered) | [.destinations, .ordered] | transpose[] | "\(.[0]) \(.[1])"] | unique[]'; }
since >"$W/since"
x_down first
x_up
check order_dests.since "$(cat "$W/since")" "$(since)"
check order_dests.since.b yes "$(awk -v b="$B_" -v t="$last" '$1 == b && $2 > t { print "yes" }' "$W/since")"
check order_dests.since.others 2 "$(awk -v b="$B_" -v t="$(head -n 1 "$W/b" | cut -d" " -f1)" '$1 != b && $2 < t' "$W/since" | wc -l)"
LATE=50
for what in before after; do
	time="time: \"$none\""
	[ $what = before ] || time='shift: 0s'
	first=yes
	script $what "$time"
	track $what "$time" c "type: x3, correlation: 5, repeat: $LATE, $CC"
	track $what "$time" i "type: x2, correlation: 5, repeat: $LATE, $EV"
	track $what "$time" i "type: x2, repeat: $LATE, $AMF"
	play $what
	check order_dests.$what.sent 0 $?
done
x_until waits 0 "\$CTL --json warrant account LI-1 | jq '[.accounts[].waiting] | add'"
$CTL --json warrant account LI-1 >"$W/account"
sums() { jq -r "[.accounts[] | $1] | add // 0" "$W/account"; }
check order_dests.lost '0 0' "$(sums .lost) $(sums .unsure)"
check order_dests.holds true "$(jq '[.accounts[] | .in == .delivered + .filtered] | all' "$W/account")"
x_down second
lib_end

hi() { "$B/lidump" --json "$W/$1.example/NL-OP01-LI-1/hi$2.ber" >"$W/$1.hi$2"; }
by_cin() { jq -r '.pSHeader.communicationIdentifier.communicationIdentityNumber // "none"' "$1" | sort | uniq -c; }
for agency in a b c; do
	hi $agency 2
	hi $agency 3
	perl test/integration/x2x3.pl got "$W/$agency.hi3" >"$W/$agency.cc"
	check order_dests.$agency.whole 0 "$(grep -cE '"event": ?"(gap|duplicate|conflict)' "$W/$agency.example/NL-OP01-LI-1/events.jsonl")"
	for k in 2 3; do by_cin "$W/$agency.hi$k" | sed "s/^/$k/"; done >"$W/$agency.cins"
done
# who stays: each number once, and once more of each play after it; b: of these what is of after its last order, and of the others some
for agency in a c; do
	check order_dests.$agency.content "$LATE 3 $((PDUS - LATE)) 1 " "$(cut -f 6 "$W/$agency.cc" | cut -c 57-64 | sort | uniq -c | awk '{ n[$1]++ } END { for (k = 3; k; k--) if (k in n) printf "%d %d ", n[k], k }')"
	check order_dests.$agency.iri "$((EVENTS + 2 * LATE)) $((PLACES + 2 * LATE))" "$(awk '$1 ~ /^2/ { n[$3 == "none"] += $2 } END { print n[0], n[1] }' "$W/$agency.cins")"
done
check order_dests.b.some yes "$([ "$(wc -l <"$W/b.cc")" -ge $LATE ] && [ "$(wc -l <"$W/b.hi2")" -ge $((2 * LATE)) ] && echo yes)"
jq -r '.pSHeader.microSecondTimeStamp | "\(.seconds) \(.microSeconds)"' "$W/b.hi2" "$W/b.hi3" | awk '{ printf "%d.%06d\n", $1, $2 }' >"$W/b.times"
while read -r from to; do echo "$(date -u -d "$from" +%s.%6N) $(date -u -d "$to" +%s.%6N)"; done <"$W/b" >"$W/b.orders"
check order_dests.b.never_before 0 "$(awk 'FILENAME == ARGV[1] { from[NR] = $1; to[NR] = $2; n = NR; next } { in_ = 0; for (i = 1; i <= n; i++) in_ += $1 >= from[i] && $1 <= to[i]; bad += !in_ } END { print bad + 0 }' "$W/b.orders" "$W/b.times")"
# the account: all of a and c is delivered; of b what was under way is not for it, and nothing is lost
count() { jq -r "[.accounts[] | select(.did == \"$1\" and .kind == \"$2\") | $3] | add // 0" "$W/account"; }
for agency in "a $A" "b $B_" "c $C"; do
	did=${agency#* }
	agency=${agency% *}
	check order_dests.$agency.account "$(wc -l <"$W/$agency.hi2") $(wc -l <"$W/$agency.hi3")" "$(count "$did" HI2 .delivered) $(count "$did" HI3 .delivered)"
done
check order_dests.stay.filtered '0 0 0 0' "$(for d in $A $C; do echo "$(count "$d" HI2 .filtered) $(count "$d" HI3 .filtered)"; done | xargs)"
check order_dests.b.filtered yes "$([ "$(count "$B_" HI2 '.filtered_by.window // 0')" -ge $((2 * LATE)) ] && [ "$(count "$B_" HI3 '.filtered_by.window // 0')" -ge $LATE ] && echo yes)"
# the audit log: of each CIN as many as the agencies have of it
jq -r 'select(.event == "interception-end") | .fields | "2 \(.iri) \(.cin)\n3 \(.cc) \(.cin)"' "$W/state/audit.log" |
	awk '$2 { n[$1 " " $3] = $2 } END { for (k in n) print k, n[k] }' | sort >"$W/audited"
awk '$3 != "none" { print $1, $3, $2 }' "$W"/?.cins | sed 's/^\([23]\) */\1 /' | sort -u >"$W/delivered"
check order_dests.audited '' "$(diff "$W/audited" "$W/delivered")"

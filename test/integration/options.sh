#!/bin/sh
# What a destination's options make of the records and words themselves, from YAML over TLS to lemfd: module versions, forms of times,
# qualifiers, LIIDs and countries, aggregation's times, numbers and characters of messages. What lemfd stored is read by test/interop/forms.py,
# which shares nothing with the product. Then every option of a destination with a value that is none, which --check names.
. test/lib.sh
for x in jq python3; do command -v $x >/dev/null || { skip options "no $x"; exit 0; }; done
lib_begin options
lib_certs mdf.example a.example || { fail options "no certificates"; exit 1; }
export PYTHONDONTWRITEBYTECODE=1
CTL="$B/mdfctl -s $W/control"
T='supiimsi: "001010000000001"'
"$B/ligen" --plain --dual 0 --only6 0 --subscribers 1 --sessions 2 --packets 60 --seed 4 --out "$W/core.pcap" --expect "$W/expect.json" 2>/dev/null
cc=$(jq -r '.subscribers["001010000000001"] | .from + .to' "$W/expect.json")
head_of() { # a document's
	lib_conf
	lib_tap n2n3n4 core.pcap
	echo destinations: >"$W/warrants.yaml"
	echo warrants: >"$W/warrants"
	N=0
}
also() { # keys of the next destination, its LIID unless LI-N
	N=$((N + 1))
	lib_dest $N a.example "$1"
	lib_warrant $N "$T" $N
	[ -z "${2:-}" ] || sed -i "s/liid: LI-$N,/liid: \"$2\",/" "$W/warrants"
}
until_is() { # WANT COMMAND…, 10 s at most
	want=$1 i=0
	shift
	while [ "$("$@" 2>/dev/null)" != "$want" ] && [ $i -lt 200 ]; do sleep 0.05; i=$((i + 1)); done
	"$@"
}
forms() { # LIID's folder, file: a line a PDU
	cat "$W"/a.example/*-OP01-"$1/$2.ber.json"
}
each() { # folder, file, jq's expression: its values, each once
	forms "$1" "$2" | jq -c "$3" | LC_ALL=C sort -u | tr '\n' ' '
}

lib_lemf a.example || { fail options "lemfd did not start"; exit 1; }
head_of
also ''
also 'ps_version: 43, ts33128_release: r18v7'
also 'time_form: generalized, cc_form: uPFCCPDU'
also 'time_qualifier: none'
also 'liid_form: octets' 00a1b2c5
also 'liid_form: octets' 00A1B2C6
also 'liid_form: text' 00a1b2c7
also 'authorization_country: none, delivery_country: BE'
also 'delivery_country: none, hi4: no'
also 'aggregation: {cc: 7, iri: 7, delay: 10s, octets: 64KiB, time: header}'
also 'aggregation: {cc: 7, iri: 7, delay: 10s, octets: 64KiB, time: items}, time_form: generalized'
also 'aggregation: {cc: 7, iri: 7, delay: 10s, octets: 1KiB, time: both}, time_form: generalized, time_qualifier: none'
also 'message_numbers: counted, message_charset: utf-8'
also 'message_numbers: zero, message_charset: iso-8859-1'
also 'message_charset: ascii, messages: none'
also 'message_charset: ascii, messages: all'
cat "$W/warrants" >>"$W/warrants.yaml"
"$B/mdfd" -c "$W/mdfd.yaml" 2>"$W/mdfd.log" </dev/null &
MDFD=$!
PIDS="$PIDS $MDFD"
taps() { $CTL --json tap list | jq -r '.taps[0].state'; }
check options.ended ended "$(until_is ended taps)"
said=$(printf 'caf\303\251 \342\202\254')
for i in 13 14 15 16; do
	$CTL warrant message LI-$i --information "$said" >/dev/null 2>&1
	$CTL warrant message LI-$i --information "$said" >/dev/null 2>&1
done
kill $MDFD
wait $MDFD
check options.delivered 0 $?
PIDS=
kill $LEMF_PID
wait $LEMF_PID
check options.agency 0 $?
check options.whole 0 "$(cat "$W"/a.example/NL-*/events.jsonl | grep -cE '"event": ?"(gap|duplicate|conflict|no-time)')"
python3 test/interop/forms.py "$W"/a.example/*/*.ber
check options.read 0 $?

# -- a destination that says nothing; content of all of them
plain='[[4,0,2,2,5,1,33],"4c492d31","NL","NL","OP01","MDF-1","micro",1] '
head='[.oid, .liid, .country, .dcc, .operator, .element, .form, .qualifier]'
check options.plain.cc "$plain" "$(each LI-1 hi3 "$head")"
check options.plain.iri "$plain" "$(each LI-1 hi2 "$head")"
check options.plain.hi4 '"hi4" ' "$(each LI-1 other .kind)"
check options.plain.release '[[4,19,19,3,4],2] ' "$(each LI-1 hi3 '.items[] | [.module, .pdu]')"
n=0
for f in LI-1 LI-2 LI-3 LI-4 %00%A1%B2%C5 00A1B2C6 00a1b2c7 LI-8 LI-9 LI-10 LI-11 LI-12 LI-13 LI-14; do
	n=$((n + 1))
	check options.$n.content "$cc" "$(forms $f hi3 | jq -s 'map(.items | length) | add')"
done
# -- of each what it asked for, and of none what another did
check options.ps_version '43 ' "$(each LI-2 hi3 .version)"
check options.ps_version.others '33 ' "$(for i in 1 3 4; do each LI-$i hi3 .version; done | tr ' ' '\n' | sort -u | tr -d '\n') "
check options.ts33128_release '[[4,19,18,7,4],2] ' "$(each LI-2 hi3 '.items[] | [.module, .pdu]')"
check options.ts33128_release.iri '[4,19,18,7,3] ' "$(each LI-2 hi2 '.items[].module')"
check options.time_form '["generalized",1] ' "$(each LI-3 hi3 '[.form, .qualifier]')$(each LI-3 hi2 '[.form, .qualifier]' | sed 's/^\["generalized",1\] $//')"
check options.time_form.same same "$([ "$(each LI-3 hi3 .time)" = "$(each LI-1 hi3 .time)" ] && echo same)"
check options.cc_form '1 ' "$(each LI-3 hi3 '.items[].pdu')"
check options.time_qualifier '["micro",null] ["micro",null] ' "$(each LI-4 hi3 '[.form, .qualifier]')$(each LI-4 hi2 '[.form, .qualifier]')"
check options.liid_form '"00a1b2c5" ' "$(each %00%A1%B2%C5 hi3 .liid)"
check options.liid_form.upper "\"$(printf 00A1B2C6 | od -An -tx1 | tr -d ' ')\" " "$(each 00A1B2C6 hi2 .liid)"	# no such digits: as it is
check options.liid_form.text "\"$(printf 00a1b2c7 | od -An -tx1 | tr -d ' ')\" " "$(each 00a1b2c7 hi2 .liid)"
check options.authorization_country '[null,"BE"] [null,"BE"] [null,"BE"] ' "$(for f in hi2 hi3 other; do each LI-8 $f '[.country, .dcc]'; done)"
check options.delivery_country '["NL",null] ["NL",null] ' "$(each LI-9 hi3 '[.country, .dcc]')$(each LI-9 hi2 '[.country, .dcc]')"
check options.hi4 '' "$(cat "$W/a.example/NL-OP01-LI-9/other.ber" 2>/dev/null)"

# -- aggregation: which times; the first item is the one whose time the header has, and the items are the packets that a plain agency has (HO-AGG-004, HO-TS-006)
timed() { # folder, file, jq's times of a PDU: of all items, session by session
	forms "$1" "$2" | jq -r ".number as \$n | .cin as \$c | $3" | LC_ALL=C sort -s -n -k 1,1 | cut -d ' ' -f 2-
}
# sessions have the same order at each agency, CINs of its own
for f in hi2 hi3; do
	timed LI-1 $f '"\($c) \(.time) \(.items[0].which)"' >"$W/plain.$f"
	timed LI-11 $f '(.items | length) as $k | .time as $t | .items[] | "\($c) \(if $k > 1 then .time else .time // $t end) \(.which)"' >"$W/items.$f"
	timed LI-12 $f '(.items | length) as $k | .time as $t | .items[] | "\($c) \(if $k > 1 then .time else .time // $t end) \(.which)"' >"$W/both.$f"
	check options.aggregation.items.$f same "$(cmp -s "$W/plain.$f" "$W/items.$f" && echo same)"
	check options.aggregation.both.$f same "$(cmp -s "$W/plain.$f" "$W/both.$f" && echo same)"
	# header: a PDU of k items stands for k records, and has the time of the first of them
	timed LI-10 $f '"\($c) \(.time) \(.items | length) \([.items[].which] | join(","))"' |
		awk 'NR == FNR { time[++n] = $1; way[n] = $2; next } { k = split($3, w, ","); if (k != $2 || $1 != time[at + 1]) print "time", FNR; for (i = 1; i <= k; i++) if (w[i] != way[at + i]) print "item", FNR; at += k } END { if (at != n) print at, "of", n }' "$W/plain.$f" - >"$W/header.$f"
	check options.aggregation.header.$f '' "$(head -n 3 "$W/header.$f")"
	for n in 10 11; do check options.aggregation.$n.$f.some yes "$(forms LI-$n $f | jq -s 'map(.items | length) | max' | awk '$1 > 1 && $1 <= 7 { print "yes" }')"; done
done
check options.aggregation.header.forms '["micro",1,[null,null]] ' "$(each LI-10 hi3 '[.form, .qualifier, (.items | map([.form, .qualifier]) | unique[])]')"
check options.aggregation.items.forms '[null,null,["generalized",1]] ' "$(each LI-11 hi3 'select((.items | length) > 1) | [.form, .qualifier, (.items | map([.form, .qualifier]) | unique[])]')"

# -- what the operator says: lemfd's events; octets that are no UTF-8 beside
words() { jq -c 'select(.event == "operator-message") | [.number, .priority, .text, .octets]' "$W/a.example/NL-OP01-$1/events.jsonl" | tr '\n' ' '; }
check options.message_numbers '[0,2,"café €",null] [1,2,"café €",null] ' "$(words LI-13)"
check options.message_charset '[0,2,"caf� ?","636166e9203f"] [0,2,"caf� ?","636166e9203f"] ' "$(words LI-14)"
check options.messages.none '' "$(words LI-15)"
check options.message_charset.ascii '[0,2,"caf? ?",null] [1,2,"caf? ?",null] ' "$(words LI-16)"

# -- a value that an option has not: --check names the key at its line, whichever of them it is
PORT=1
head_of
while read -r key value; do
	case $key in
	*.*) also "${key%.*}: {${key#*.}: $value}" ;;
	*) also "$key: $value" ;;
	esac
	echo "$key"
done <<'END' >"$W/keys"
success sometimes
negotiation maybe
without_acknowledgement never
rate 1bit/s
burst 1B
padding.every 0s
padding.size 0B
padding.rate 1bit/s
addresses ["127.0.0.1"]
addresses_use all
family ipv5
return never
connection sometimes
keepalive_when_closed often
connections many
cc_form gtpu
time_form local
ts33128_release r99
ps_version 28
time_qualifier timeOfDelivery
liid_form hex
authorization_country NL
delivery_country Nl
timers.TIME1 0s
timers.TIME2 0s
timers.TIME3 25h
timers.TIME4 0s
timers.TIME5 0s
timers.TIME6 0s
timers.RETURN 0s
timers.IDLE 0s
timers.QUIET 0s
timers.NEGOTIATION 0s
reconnect 0s
queue 1B
spill all
spill_limit 1KiB
full never
lanes 17
spread cin
lane_leave 1ms
backlog third
backlog_contexts both
backlog_over 1B
backlog_late 1ms
account_message often
aggregation.cc 0
aggregation.iri 0
aggregation.octets 65KiB
aggregation.delay 61s
aggregation.time none
segment 1KiB
encryption.type DES
encryption.key ""
encryption.iv_order middle
encryption.tri often
integrity.hash SHA-1
integrity.hashTimeout 0s
integrity.dataPduCount 0
integrity.sign ""
integrity.signTimeout 0s
integrity.hashPduCount 1001
integrity.signed all
integrity.first_number 2
integrity.hash_algorithm sometimes
integrity.signature_algorithm sometimes
hi4 sometimes
hi1 iri
test_pdu sometimes
cin_reset always
messages some
message_numbers random
message_charset utf-16
tls.certificate ""
tls.key ""
tls.ca ""
tls.crl ""
tls.min_version 1.1
tls.ciphers ""
tls.ciphersuites ""
END
echo 'warrants: []' >>"$W/warrants.yaml"
"$B/mdfd" -c "$W/mdfd.yaml" --check >"$W/check.out" 2>"$W/check.log"
check options.refused 1 $?
n=0
while read -r key; do
	n=$((n + 1))
	grep -q "warrants.yaml:$((n + 1)):.*destinations\[$((n - 1))\].*$key\(\[0\]\)*: " "$W/check.log" || echo "$key"
done <"$W/keys" >"$W/taken"
check options.refused.each '' "$(tr '\n' ' ' <"$W/taken")"

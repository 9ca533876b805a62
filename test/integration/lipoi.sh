#!/bin/sh
# lipoi as testers use it: what it writes, dry, judged by hand-made PDUs, by tshark and by lidump; over TLS to an MDF that answers
# rightly, wrongly, late or not at all (xsink); what a hostile POI can do; what is refused before anything is sent.
. test/lib.sh
command -v jq >/dev/null || { skip lipoi "no jq"; exit 0; }
lib_begin lipoi
L=$B/lipoi X=29f28e1c-f230-486a-a860-f5a784ab9172
lib_certs mdf.example upf-1.example || { fail lipoi.certs "no certificates"; exit 1; }
SINKS=
sink() { # NAME OPTIONS...: starts an MDF; PORT
	S=s_$1
	shift
	rm -f "$W/$S".*
	: >"$W/$S.says"
	"$B/xsink" --cert "$W/mdf.example.crt" --key "$W/mdf.example.key" --ca "$W/ca.crt" --out "$W/$S" "$@" >"$W/$S.says" 2>"$W/$S.err" &
	SINKS="$SINKS $!"
	PORT=
	lib_tries=0
	while [ -z "$PORT" ] && [ $lib_tries -lt 200 ]; do
		PORT=$(sed -n 's/^listening on .*://p' "$W/$S.says")
		[ -n "$PORT" ] || sleep 0.05
		lib_tries=$((lib_tries + 1))
	done
}
unsink() {
	# shellcheck disable=SC2086
	kill -KILL $SINKS 2>/dev/null
	SINKS=
}
trap 'unsink; lib_end' EXIT
tls() { echo "--to 127.0.0.1:$PORT --name mdf.example --cert $W/upf-1.example.crt --key $W/upf-1.example.key --ca $W/ca.crt"; }
who="--xid $X --nfid upf-1 --ipid upf-1-cc"
field() { jq -r "$1" "$W/report.json"; }
# run NAME STATUS OPTIONS...: report in W/report.json
run() {
	n=$1 want=$2
	shift 2
	"$L" "$@" --json --timeout 60s >"$W/report.json" 2>"$W/report.err"
	check "lipoi.$n.status" "$want" $?
}
# script TEXT: into W/s.yaml, with the connection a; CONN has more of its keys
script() {
	{
		printf 'connections:\n  a: {to: "127.0.0.1:%s", peer: mdf.example, certificate: upf-1.example.crt, key: upf-1.example.key, ca: ca.crt%s}\n' "$PORT" "${CONN:+, $CONN}"
		printf 'defaults: {xid: %s, nfid: upf-1, ipid: upf-1-cc}\nsteps:\n%s\n' "$X" "$1"
	} >"$W/s.yaml"
}
product() { "$B/lidump" --x2x3 "$1" | jq -c 'select(.pduType < 3)'; }

# -- use --
"$L" --help >"$W/help"
check lipoi.help 0 $?
# every option is there with an example of its own, and in the manual
missing=
for o in $(grep -o '^  --[a-z0-9-]*' "$W/help" | tr -d ' ' | sort -u); do
	[ "$(grep -c -e "$o\( \|\$\)" "$W/help")" -ge 1 ] || missing="$missing $o"
	case $o in --help | --version) continue ;; esac
	grep -e "^  $o " "$W/help" | grep -q -e "  .*$o.*$o" || missing="$missing $o"
	grep -q -e "Fl -${o#--}\b" mediation/pkg/lipoi.1 || missing="$missing $o(1)"
done
check lipoi.help.examples '' "$missing"
if command -v mandoc >/dev/null; then check lipoi.manual '' "$(mandoc -Tlint -W warning mediation/pkg/lipoi.1 2>&1)"; else skip lipoi.manual "no mandoc"; fi
wrong() { # NAME OPTIONS...
	n=$1
	shift
	"$L" "$@" >"$W/out" 2>"$W/err"
	check "lipoi.wrong.$n" '2 0' "$? $(wc -c <"$W/out")"
}
wrong nothing
wrong option --nonsense
wrong argument --to 127.0.0.1:1 x
wrong no_certificate --to 127.0.0.1:1 --xid $X --make gtpu:100
wrong no_ca --to 127.0.0.1:1 --cert a --key b --xid $X --make gtpu:100
wrong two --dry-run --xid $X --make gtpu:100 --payload-hex 45
wrong xid --dry-run --xid 29f28e1c --make gtpu:100
wrong size --dry-run --xid $X --make gtpu:43
wrong format --dry-run --xid $X --payload-hex 45 --type x3 --format sip
wrong tls --to 127.0.0.1:1 --tls-min 1.1
wrong keepalive --keepalive soon
"$L" --to 192.0.2.1:1 --plain --xid $X --make gtpu:100 >"$W/out" 2>"$W/err"	# TLS goes without saying; without it only to ourselves
check lipoi.plain_elsewhere 1 $?
"$L" --to 192.0.2.1:1 --plain --xid $X --make gtpu:100 --perf 1s >"$W/out" 2>"$W/err"
check lipoi.plain_elsewhere.perf 1 $?
"$L" --script /nonexistent >"$W/out" 2>"$W/err"
check lipoi.no_script 1 $?

# -- golden PDUs: X23-POI-003 X23-POI-012 --
PORT=1 CONN='' script '- pdu:
    {type: x2, correlation: 1, nfid: amf-01, ipid: AMF-IRI-POI, sequence: 0, time: "1700000000.123456789", matched: {supiimsi: "001010123456789"},
     payload: 3024 8105 0413130301 a21b a219 810101 820101 a311 810f 303031303130313233343536373839}
- pdu: {type: x3, format: ipv4, direction: from, correlation: 1, nfid: upf-01, ipid: UPF-CC-POI, sequence: 7, time: "2023-11-14T22:13:20.123456789Z",
    payload: 450000240001000040118e76c000020ac6336414 9c40000900100000 4c492d7465737421}
- keepalive: {sequence: 42}'
"$L" --dry-run --out "$W/golden.bin" --script "$W/s.yaml" >"$W/out" || fail lipoi.golden "$(cat "$W/out")"
for f in x2:0:163 x3:163:120 ka:283:48; do
	n=${f%%:*} at=${f#*:}
	if [ -r "$SHARED/spec/samples/$n.bin" ]; then
		tail -c +$((${at%:*} + 1)) "$W/golden.bin" | head -c "${at#*:}" | cmp -s - "$SHARED/spec/samples/$n.bin" && ok "lipoi.golden.$n" || fail "lipoi.golden.$n" "other octets"
	else
		skip "lipoi.golden.$n" "no samples"
	fi
done

# -- tshark and lidump, over captures: X23-POI-002 X23-POI-006 X23-POI-008 --
# judge NAME CAPTURE OPTIONS...
judge() {
	n=$1 c=$SHARED/captures/$2
	shift 2
	[ -r "$c" ] || { skip "lipoi.$n" "no capture"; return; }
	"$L" --dry-run --out "$W/j.bin" $who --matched supiimsi=001010000000001 --capture "$c" --json "$@" >"$W/report.json" &&
		"$L" --dry-run --out "$W/j.pcap" $who --matched supiimsi=001010000000001 --capture "$c" "$@" >/dev/null || { fail "lipoi.$n" "no PDUs"; return; }
	want=$(field '.built.x2 + .built.x3')
	"$B/lidump" --x2x3 "$W/j.bin" >"$W/j.json" 2>"$W/j.err"
	check "lipoi.$n.lidump" "0 $want" "$? $(wc -l <"$W/j.json")"
	# what a capture becomes: each format has its kind of PDU, each context its numbers from 0 on
	check "lipoi.$n.numbers" 0 "$(jq -r '[.pduType, .xid, .correlationId, (.attributes[] | select(.type == 8) | .value)] | @tsv' "$W/j.json" |
		awk '{ k = $1 " " $2 " " $3; if ($4 != n[k] + 0) bad++; n[k]++ } END { print bad + 0 }')"
	command -v tshark >/dev/null || { skip "lipoi.$n.tshark" "no tshark"; return; }
	tshark -r "$W/j.pcap" -d tcp.port==42069,5gli -T fields -e li5g.ver -e li5g.type -e li5g.hl -e li5g.pl -e li5g.pf -e li5g.pd -e li5g.xid \
		-E occurrence=f 2>"$W/t.err" >"$W/t.tsv"
	jq -r '[.version, .pduType, .headerLength, .payloadLength, .payloadFormat, .payloadDirection, .xid] | @tsv' "$W/j.json" >"$W/j.tsv"
	check "lipoi.$n.tshark" '' "$(awk -F '\t' 'function num(s) { return s ~ /^[0-9]+$/ ? s + 0 : s }
		NR == FNR { for (i = 1; i <= NF; i++) a[NR, i] = $i; rows = NR; next }
		{ for (i = 1; i <= 7; i++) if (num(a[FNR, i]) != num($i)) { print FNR ": " i ": " a[FNR, i] " " $i; exit } seen++ }
		END { if (seen != rows || !seen) print rows " rows, " seen + 0 }' "$W/t.tsv" "$W/j.tsv")"
	check "lipoi.$n.malformed" 0 "$(tshark -r "$W/j.pcap" -d tcp.port==42069,5gli -Y 'tcp && (_ws.malformed && !rtp)' 2>/dev/null | wc -l)"
}
judge gtpu gtpu-telekom-n3-tester.pcap --as gtpu
judge ip gtpu-telekom-n3-tester.pcap --as ip --inner
judge ethernet gtpu-telekom-n3-tester.pcap --as ethernet
judge sip_rtp sip-rtp-t38-ndpi-fax.pcap --as sip,rtp --correlate
check lipoi.sip_rtp.kinds '1 9 2 8 ' "$([ -r "$W/j.json" ] && jq -r '"\(.pduType) \(.payloadFormat)"' "$W/j.json" | sort -u | tr '\n' ' ')"
judge radius radius-libtrace-eap-acct.pcap --as radius
judge n2 5g-oai-ueransim-n2n3n4.pcap --as gtpu --correlate
# contents: what lipoi takes out of a capture is what tshark sees in it
c=$SHARED/captures/gtpu-telekom-n3-tester.pcap
if [ -r "$c" ] && command -v tshark >/dev/null; then
	"$L" --dry-run --out "$W/j.bin" $who --capture "$c" --as gtpu >/dev/null
	"$B/lidump" --x2x3 "$W/j.bin" | jq -r .payload | sort | md5sum >"$W/ours.md5"
	tshark -r "$c" -Y 'gtp.message == 0xff' -T fields -e udp.payload -E occurrence=f 2>/dev/null | tr -d : | sort | md5sum >"$W/theirs.md5"
	check lipoi.gtpu.octets "$(cat "$W/theirs.md5")" "$(cat "$W/ours.md5")"
	# X23-POI-008: directions as the target has them; of others nothing
	t=$(tshark -r "$c" -Y 'gtp.message == 0xff' -T fields -e ip.src -E occurrence=l 2>/dev/null | sort | uniq -c | sort -rn | awk 'NR == 1 { print $2 }')
	"$L" --dry-run --out "$W/j.bin" $who --capture "$c" --as gtpu --target "$t" --json >"$W/report.json"
	check lipoi.target.from "$(tshark -r "$c" -Y 'gtp.message == 0xff' -T fields -e ip.src -E occurrence=l 2>/dev/null | grep -cx "$t")" \
		"$("$B/lidump" --x2x3 "$W/j.bin" | jq -r .payloadDirection | grep -cx 3)"
	check lipoi.target.to "$(tshark -r "$c" -Y 'gtp.message == 0xff' -T fields -e ip.dst -E occurrence=l 2>/dev/null | grep -cx "$t")" \
		"$("$B/lidump" --x2x3 "$W/j.bin" | jq -r .payloadDirection | grep -cx 2)"
else
	skip lipoi.gtpu.octets "no capture or no tshark"
fi

# -- over TLS: X23-POI-001 X23-POI-005 X23-POI-009 --
sink good
run send 0 $(tls) $who --matched supiimsi=001010000000001 --correlation 9 --make gtpu:1000 --repeat 500 --out "$W/sent.bin"
product "$W/s_good.1" >"$W/got.json"
product "$W/sent.bin" >"$W/want.json"
check lipoi.send.octets "500 $(md5sum <"$W/want.json")" "$(wc -l <"$W/got.json") $(md5sum <"$W/got.json")"
check lipoi.send.report '500 2 2 0 true' "$(field '"\(.connections[0].x3) \(.connections[0].keepalives) \(.connections[0].acks) \(.connections[0].badEnds) \(.good)"')"
check lipoi.send.first 3 "$("$B/lidump" --x2x3 "$W/s_good.1" | head -n 1 | jq .pduType)"
check lipoi.send.clean 0 "$(grep -c refused "$W/s_good.says")"
# PDUs of many records
sink large
CONN='' script '- pdu: {type: x3, payload: {fill: {octet: 69, octets: 1048576}}, repeat: 3}
- pdu: {type: x3, payload: {fill: {octet: 69, octets: 16384}}, repeat: 3}'
run large 0 --script "$W/s.yaml" --out "$W/sent.bin"
check lipoi.large.octets "6 $(product "$W/sent.bin" | md5sum)" "$(product "$W/s_large.1" | wc -l) $(product "$W/s_large.1" | md5sum)"
sink good
run spread 0 $(tls) $who --connections 4 --make ipv4:200 --repeat 400 --correlations 4
check lipoi.spread '100 100 100 100' "$(field '[.connections[].x3 | tostring] | join(" ")')"
# each connection had a correlation for itself, and its numbers in order
check lipoi.spread.contexts '4 400' "$(for i in 1 2 3 4; do product "$W/s_good.$i"; done | jq -r '[.correlationId, (.attributes[] | select(.type == 8) | .value)] | @tsv' |
	awk '{ if ($2 == n[$1] + 0) good++; n[$1]++ } END { for (k in n) c++; print c, good }')"
run tls12 0 $(tls) $who --tls-max 1.2 --make ipv4:100
check lipoi.tls12 TLSv1.2 "$(field '.connections[0].tls' | cut -d ' ' -f 1)"
start=$(date +%s%N)
run rate 0 $(tls) $who --make ipv4:100 --repeat 20 --rate 20
check lipoi.rate paced "$([ $((($(date +%s%N) - start) / 1000000)) -ge 940 ] && echo paced)"

# -- keepalives: X23-POI-011 X23-POI-012 X23-POI-014 --
sink beats
run beats 0 $(tls) $who --keepalive 500ms --make ipv4:100 --repeat 40 --rate 20 --stay 1s
check lipoi.beats enough "$([ "$(field '.connections[0].keepalives')" -ge 6 ] && echo enough)"
check lipoi.beats.acks "$(field '.connections[0].keepalives')" "$(field '.connections[0].acks')"
check lipoi.beats.form '48 0 0 0 0' "$("$B/lidump" --x2x3 "$W/s_beats.1" | jq -r 'select(.pduType == 3) |
	"\(.headerLength) \(.payloadLength) \(.payloadFormat) \(.payloadDirection) \(.correlationId)"' | sort -u)"
check lipoi.beats.numbers 0 "$("$B/lidump" --x2x3 "$W/s_beats.1" | jq -r 'select(.pduType == 3) | .attributes[0].value' | awk '$1 != n++ { bad++ } END { print bad + 0 }')"
# also while there is enough else to send
check lipoi.beats.busy enough "$("$B/lidump" --x2x3 "$W/s_beats.1" | jq .pduType | awk '$1 == 3 { k++; next } { n = k } END { if (n >= 3) print "enough"; else print n }')"

# -- no acknowledgement, or one that is none: X23-POI-013 X23-POI-015 --
for how in no constant; do
	sink "mute_$how" --ack $how
	run "mute_$how" 1 $(tls) $who --keepalive 200ms --ack-within 600ms --reconnect 100ms --make ipv4:100 --stay 4s
	check "lipoi.mute_$how.timeouts" several "$([ "$(field '.connections[0].ackTimeouts')" -ge 2 ] && echo several)"
	check "lipoi.mute_$how.again" several "$([ "$(field '.connections[0].dials')" -ge 3 ] && echo several)"
	check "lipoi.mute_$how.why" 'no acknowledgement within 0.6 s (TIME_P2)' "$(field '.connections[0].ends[0].why')"
done
check lipoi.mute_constant.unexpected some "$([ "$(field '.connections[0].acksUnexpected')" -gt 0 ] && echo some)"
sink dirty --ack dirty
run dirty 1 $(tls) $who --make ipv4:100
check lipoi.dirty '["fields that are not zero"]' "$(field '.connections[0].ackFaults | tostring')"
sink twice --ack twice
run twice 0 $(tls) $who --make ipv4:100
check lipoi.twice some "$([ "$(field '.connections[0].acksUnexpected')" -gt 0 ] && echo some)"
sink late --ack late
run late 0 $(tls) $who --make ipv4:100
check lipoi.late measured "$([ "$(field '.connections[0].ackMicroseconds.max')" -ge 300000 ] && echo measured)"

# -- who is not who he should be gets nothing: X23-POI-016 --
mkdir -p "$W/other"
W0=$W W=$W/other
lib_certs mdf.example
W=$W0
sink mdf
for k in name ca; do
	case $k in
	name) run "wrong_$k" 1 $(tls) --name mdf.elsewhere $who --reconnect off --make ipv4:100 ;;
	ca) run "wrong_$k" 1 $(tls) --ca "$W/other/ca.crt" $who --reconnect off --make ipv4:100 ;;
	esac
	check "lipoi.wrong_$k.nothing" '0 0' "$(field '"\(.connections[0].ups) \(.sent.pdus)"')"
	check "lipoi.wrong_$k.why" 1 "$(field '.connections[0].ends[0].why' | grep -c "^the peer's certificate: ")"
done
check lipoi.wrong.octets 0 "$(cat "$W"/s_mdf.[0-9]* 2>/dev/null | wc -c)"

# -- a connection that is lost: numbers go on over it --
sink loses --close-after 51
CONN='keepalive: off, reconnect: 100ms, may_end: yes' script '- pdu: {type: x3, payload: 45, repeat: 150, rate: 500}'
run lost 0 --script "$W/s.yaml"
check lipoi.lost.connections more "$([ "$(field '.connections[0].ups')" -ge 3 ] && echo more)"
check lipoi.lost.numbers 0 "$(cat "$W"/s_loses.[0-9]* | product - | jq -r '.attributes[] | select(.type == 8) | .value' | awk 'NR > 1 && $1 <= last { bad++ } { last = $1 } END { print bad + 0 }')"
sink cut --reset-after 20
run cut 1 $(tls) $who --reconnect off --make ipv4:1000 --repeat 200 --rate 200
check lipoi.cut '1 false' "$(field '"\(.connections[0].badEnds) \(.good)"')"

# -- hostile: what is said is what arrives --
sink host
CONN='keepalive: off' script '- pdu: {type: x3, payload: 45}
- pdu: {hostile: yes, type: x3, sequence: none, time: none, payload: 4500, upto: 60}
- close: {how: fin}'
run half 0 --script "$W/s.yaml"
check lipoi.half "$((40 + 9 + 12 + 8 + 12 + 1 + 60))" "$(wc -c <"$W/s_host.1")"
sink slow
CONN='keepalive: off' script '- pdu: {hostile: yes, type: x3, payload: 45, slow: {octets: 1, every: 2ms}}
- keepalive: {sequence: 5}
- expect: {ack: 5, within: 5s}'
run slow 0 --script "$W/s.yaml"
check lipoi.slow '82 1' "$(field '"\(.connections[0].others) \(.expectationsMet)"')"
check lipoi.slow.whole 1 "$(product "$W/s_slow.1" | wc -l)"
# which octets go under TLS, before it, or to no end
CONN='keepalive: off, reconnect: off, hostile: yes' script '- raw: {hex: 170303000400000000, under_tls: yes}
- expect: {closed: yes, within: 5s}'
run under_tls 0 --script "$W/s.yaml"
CONN='keepalive: off, reconnect: off, hostile: yes, before: 000500030000003000000000' script '- expect: {refused: yes, within: 5s}'
run before_tls 0 --script "$W/s.yaml"
CONN='keepalive: off, reconnect: off, hostile: yes, no_certificate: yes' script '- expect: {refused: yes, within: 5s}'
run no_certificate 0 --script "$W/s.yaml"
CONN='keepalive: off, reconnect: off, hostile: yes, tls_min: 1.1, tls_max: 1.1' script '- expect: {refused: yes, within: 5s}'
run tls11 0 --script "$W/s.yaml"
CONN='keepalive: off, reconnect: off, hostile: yes, tls_max: 1.2, tls_min: 1.0, ciphers: "AES128-SHA:@SECLEVEL=0"' script '- expect: {refused: yes, within: 5s}'
run weak_cipher 0 --script "$W/s.yaml"
CONN='keepalive: off, reconnect: off, hostile: yes, stall: yes, connect_within: 700ms' script '- expect: {refused: yes, within: 5s}'
run stall 0 --script "$W/s.yaml"
CONN='keepalive: off, reconnect: off' script '- key_update:
- keepalive: {sequence: 9}
- expect: {ack: 9}
- reconnect:
- keepalive: {sequence: 10}
- expect: {ack: 10}
- expect: {ack: 9, within: 200ms}'
sed -i 's/key_update:$/key_update: {on: a}/; s/reconnect:$/reconnect: {on: a}/' "$W/s.yaml"
run key_update 1 --script "$W/s.yaml"		# the last one asks for what was on the connection before
check lipoi.key_update 'a: an acknowledgement was expected in time 2' "$(field '"\(.failures[0].what) \(.expectationsMet)"')"
sink storm
CONN='keepalive: off' script '- keepalive: {repeat: 2000}
- expect: {ack: all, within: 20s}'
run storm 0 --script "$W/s.yaml"
check lipoi.storm '2000 2000 2000' "$(field '"\(.connections[0].keepalives) \(.connections[0].acks) \(.connections[0].ackMicroseconds.count)"')"
sink bare --ack yes
CONN='keepalive: off' script '- keepalive: {sequence: none, hostile: yes}
- expect: {ack: none}'
run bare 0 --script "$W/s.yaml"
sink stuck --stop-reading-after 1
CONN='keepalive: 300ms, ack_within: 1s, reconnect: off, may_end: yes' script '- pdu: {type: x3, payload: {fill: {octet: 1, octets: 60000}}, repeat: 2000}'
run stuck 0 --script "$W/s.yaml"		# an MDF that reads nothing is left after TIME_P2, too
check lipoi.stuck 'no acknowledgement within 1 s (TIME_P2)' "$(field '.connections[0].ends[0].why')"
sink flood
CONN='keepalive: off, count: 50' script '- keepalive: {repeat: 50}
- expect: {ack: all}'
run flood 0 --script "$W/s.yaml"
check lipoi.flood '50 50' "$(field '"\([.connections[].ups] | add) \([.connections[].acks] | add)"')"

# -- made beforehand: every number once, in order, none missing --
sink perf
run perf 0 $(tls) $who --make gtpu:1000 --connections 2 --passes 200
check lipoi.perf.report "$((2 * 64 * 200))" "$(field .pdus)"
for i in 1 2; do product "$W/s_perf.$i"; done | jq -r '[.correlationId, (.attributes[] | select(.type == 8) | .value), .payload[0:16]] | @tsv' |
	awk '{ if ($2 == n[$1] + 0 && $3 == "34ff03e000000001") good++; n[$1]++ } END { for (k in n) c++; print c, good }' >"$W/perf.seen"
check lipoi.perf.numbers '2 25600' "$(cat "$W/perf.seen")"
sink perf_mute --ack no
run perf_mute 1 $(tls) $who --make gtpu:1000 --passes 2 --ack-within 500ms
unsink

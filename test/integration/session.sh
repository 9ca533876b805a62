#!/bin/sh
# The session layer, mdfd against lemfd over TLS: each option of a destination in use, everything delivered once, and the audit log says
# what holds. Agencies that do not keep to the rules: test_df_negotiate.c, test_df_dial.c.
. test/lib.sh
command -v jq >/dev/null || { skip session "no jq"; exit 0; }
lib_begin session
lib_certs mdf.example a.example || { fail session "no certificates"; exit 1; }
T='supiimsi: "001010000000001"'
"$B/ligen" --plain --dual 0 --only6 0 --subscribers 3 --sessions 2 --packets 40 --seed 4 --out "$W/core.pcap" --expect "$W/expect.json" 2>/dev/null
cc=$(jq -r '.subscribers["001010000000001"] | .from + .to' "$W/expect.json")
audit() { # event, field: its values
	jq -r "select(.event == \"$1\") | .fields.$2" "$W/state/audit.log" | sort -u | tr '\n' ' '
}
LI=0
conf() { # the destination's more keys
	LI=$((LI + 1))
	rm -rf "$W/state"
	lib_conf
	lib_tap n2n3n4 core.pcap
	echo destinations: >"$W/warrants.yaml"
	lib_dest 1 a.example "$1"
	: >"$W/warrants"
	lib_warrant $LI "$T" 1
	echo warrants: >>"$W/warrants.yaml"
	cat "$W/warrants" >>"$W/warrants.yaml"
}
drain() { # name
	"$B/mdfd" -c "$W/mdfd.yaml" --drain 2>"$W/mdfd.log" </dev/null
	check "$1.drained" 0 $?
	check "$1.all" "$cc" "$("$B/lidump" --json "$W/a.example/NL-OP01-LI-$LI/hi3.ber" | wc -l)"
	check "$1.whole" 0 "$(grep -cE '"event": ?"(gap|duplicate)' "$W/a.example/NL-OP01-LI-$LI/events.jsonl")"
}
lib_lemf a.example || { fail session "lemfd did not start"; exit 1; }

# -- options: agreed on with an agency that knows them (HO-OPT-006); without, as agreed beforehand
conf 'negotiation: yes, without_acknowledgement: refuse'
drain session.negotiated
check session.negotiated.options 'agreed ' "$(audit delivery-up options)"
check session.negotiated.success 'acknowledged ' "$(audit delivery-up success)"
conf 'negotiation: try, success: tcp, timers: {NEGOTIATION: 5s}'
drain session.asks_nothing
check session.asks_nothing.options 'agreed ' "$(audit delivery-up options)"
check session.asks_nothing.success 'tcp ' "$(audit delivery-up success)"
conf ''
drain session.beforehand
check session.beforehand.options 'none ' "$(audit delivery-up options)"
conf 'negotiation: yes, success: tcp, timers: {NEGOTIATION: 0s}'
"$B/mdfd" -c "$W/mdfd.yaml" --check 2>"$W/check.log" >/dev/null
check session.limits 1 $?
grep -q 'timers.NEGOTIATION: ' "$W/check.log" && ok session.limits.key || fail session.limits.key "$(head -n 2 "$W/check.log")"

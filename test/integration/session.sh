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
	arrived "$1"
}
up() { # a tap that is a FIFO, open at 9
	rm -f "$W/fifo"
	mkfifo "$W/fifo"
	sed -i 's,core.pcap,fifo,' "$W/mdfd.yaml"
	"$B/mdfd" -c "$W/mdfd.yaml" 2>"$W/mdfd.log" </dev/null &
	MDFD=$!
	PIDS="$PIDS $MDFD"
	exec 9>"$W/fifo"
	head -c 24 "$W/core.pcap" >&9
	wait_for 0 sh -c "$CTL status >/dev/null; echo \$?"
}
down() {
	exec 9>&-
	kill $MDFD
	wait $MDFD
	check "$1" 0 $?
	PIDS=$(echo " $PIDS " | sed "s/ $MDFD / /")
}
wait_for() { # what is to be said, command…
	n=$1 i=0
	shift
	while [ "$("$@" 2>/dev/null)" != "$n" ] && [ $i -lt 100 ]; do sleep 0.05; i=$((i + 1)); done
}
CTL="$B/mdfctl -s $W/control"
# of the destination's connections
of_dest() { $CTL --json status | jq -r "[.destinations[].$1] | map(tostring) | unique | join(\" \")"; }
arrived() { # as drain
	check "$1.all" "$cc" "$("$B/lidump" --json "$W/a.example/NL-OP01-LI-$LI/hi3.ber" | wc -l)"
	check "$1.whole" 0 "$(grep -cE '"event": ?"(gap|duplicate)' "$W/a.example/NL-OP01-LI-$LI/events.jsonl")"
}
figure() { # of HI3, by mdfctl counters
	$CTL --json counters | jq -r ".counters[] | select(.name == \"mdfd_delivery_$1\" and .of.kind == \"HI3\") | .value"
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

# -- a connection as required: closed when all is delivered, opened for the rest, and neither is an alarm (HO-CON-007)
half=$(($(wc -c <"$W/core.pcap") / 2))
conf 'connection: as-required, timers: {TIME6: 50ms, IDLE: 200ms}'
up
head -c $half "$W/core.pcap" | tail -c +25 >&9
hi3() { "$B/lidump" --json "$W/a.example/NL-OP01-LI-$LI/hi3.ber" | wc -l; }
got() { [ "$(hi3)" -gt 0 ] && echo some; }
wait_for some got
wait_for closed of_dest connection
check session.as_required.closed closed "$(of_dest connection)"
check session.as_required.figures '1 0' "$(figure closed) $(figure up)"
sleep 0.3
check session.as_required.stays closed "$(of_dest connection)"
check session.as_required.no_alarm '[]' "$($CTL --json status | jq -c '[.alarms[] | select(.alarm == "destination_down")]')"
tail -c +$((half + 1)) "$W/core.pcap" >&9
wait_for "$cc" hi3
arrived session.as_required
wait_for closed of_dest connection
check session.as_required.again closed "$(of_dest connection)"
down session.as_required.end
check session.as_required.no_failure '' "$(audit delivery-down why)"
check session.as_required.rests 'HI2 HI3 ' "$(audit delivery-rests kind)"

# -- option 2 of clause 6.4.3 (HO-CON-014)
conf 'success: further, timers: {QUIET: 300ms}'
drain session.further
check session.further.success 'further ' "$(audit delivery-up success)"

# -- several addresses: nobody at the first, all to the second; back when the first answers again, and the rest goes there (HO-CON-009)
SECOND=$PORT SECOND_PID=$LEMF_PID
for e in crt key; do cp "$W/a.example.$e" "$W/first.$e"; done
stop_first() { # a port that is free from now on
	kill $LEMF_PID
	wait $LEMF_PID
	PIDS=$SECOND_PID LEMF_PID=$SECOND_PID FIRST=$PORT PORT=$SECOND
}
lib_lemf first
stop_first
standby() { # more keys
	PORT=$FIRST
	conf "addresses: [\"127.0.0.1:$SECOND\"], $1"
	PORT=$SECOND
}
standby 'return: no, family: ipv4'
drain session.standby
check session.standby.address '2 ' "$(audit delivery-up address)"
standby 'timers: {RETURN: 300ms, TIME6: 50ms}'
up
head -c $half "$W/core.pcap" | tail -c +25 >&9
wait_for some got
wait_for 2 of_dest address
check session.standby.status 2 "$(of_dest address)"
LISTEN=$FIRST lib_lemf first
wait_for 1 of_dest address
check session.returns.status 1 "$(of_dest address)"
tail -c +$((half + 1)) "$W/core.pcap" >&9
both() { # packets, wherever they are
	cat "$W/a.example/NL-OP01-LI-$LI/hi3.ber" "$W/first/NL-OP01-LI-$LI/hi3.ber" >"$W/both.ber"
	"$B/lidump" --json "$W/both.ber" | jq -r '.pSHeader | "\(.communicationIdentifier.communicationIdentityNumber) \(.sequenceNumber)"' | sort -u | wc -l
}
wait_for "$cc" both
check session.returns.all "$cc" "$(both)"
down session.returns.end
stop_first
check session.returns.address '1 2 ' "$(audit delivery-up address)"

# -- agencies that ask for options themselves, decline acknowledgement, or know none: what holds then (HO-OPT-005, HO-OPT-014)
end_with() { # lemfd's word, key: what is audited
	LEMF_NAMES="--options $1" lib_lemf "$1"
	conf "negotiation: yes, $2"
	"$B/mdfd" -c "$W/mdfd.yaml" --drain 2>"$W/mdfd.log" </dev/null
	check "session.$1.drained" "${5:-0}" $?
	check "session.$1.options" "$3" "$(audit delivery-up options)"
	check "session.$1.success" "$4" "$(audit delivery-up success)"
	[ -n "${5:-}" ] || check "session.$1.all" "$cc" "$("$B/lidump" --json "$W/$1/NL-OP01-LI-$LI/hi3.ber" | wc -l)"
	stop_first
}
for n in ask decline none; do for e in crt key; do cp "$W/a.example.$e" "$W/$n.$e"; done; done
end_with ask 'success: acknowledged' 'agreed ' 'acknowledged '
end_with decline 'success: acknowledged' 'agreed ' 'tcp '
end_with none 'without_acknowledgement: written' 'unknown ' 'written '
DRAIN=1s end_with decline 'without_acknowledgement: refuse' '' '' 3
check session.refused.why 'the agency does not accept acknowledgement ' "$(audit delivery-down why)"

# -- a rate: no faster, and the queue says why it waits
"$B/ligen" --plain --dual 0 --only6 0 --subscribers 1 --sessions 1 --packets 600 --seed 4 --out "$W/core.pcap" --expect "$W/expect.json" 2>/dev/null
cc=$(jq -r '.subscribers["001010000000001"] | .from + .to' "$W/expect.json")
conf 'rate: 800kbit/s, burst: 16KiB'
waits_for() { $CTL --json queue list | jq -r '.queues[] | select(.kind == "HI3") | .waits_for'; }
since=$(date +%s%N)
"$B/mdfd" -c "$W/mdfd.yaml" --drain 2>"$W/mdfd.log" </dev/null &
MDFD=$!
PIDS="$PIDS $MDFD"
wait_for rate waits_for
check session.rate.waits rate "$(waits_for)"
check session.rate.figure 1 "$(figure shaped)"
wait $MDFD
check session.rate.drained 0 $?
PIDS=$SECOND_PID
took=$((($(date +%s%N) - since) / 1000000))
arrived session.rate
octets=$(cat "$W/a.example/NL-OP01-LI-$LI/hi2.ber" "$W/a.example/NL-OP01-LI-$LI/hi3.ber" | wc -c)
least=$(((octets - 3 * 16384) / 100))
[ $octets -gt 100000 ] && [ $took -ge $least ] && ok session.rate.kept || fail session.rate.kept "$octets octets in $took ms"

# -- padding, at an agency that stores it (HO-TRI-003), and at one that does not (HO-TRI-004)
conf 'padding: {every: 20ms, size: 1000B}'
drain session.padding
conf 'success: written, connections: shared, padding: {rate: 800kbit/s, size: 1000B}, timers: {TIME1: 200ms}'
PORT=$FIRST
sed -i "s,127.0.0.1:[0-9]*,127.0.0.1:$FIRST," "$W/warrants.yaml"
sleep 5 | openssl s_server -accept "127.0.0.1:$FIRST" -cert "$W/a.example.crt" -key "$W/a.example.key" -CAfile "$W/ca.crt" -Verify 2 -quiet >"$W/agency.ber" 2>"$W/agency.log" &
AGENCY=$!
up
tail -c +25 "$W/core.pcap" >&9
paddings() { "$B/pdus" --read <"$W/agency.ber" | grep -c '^padding'; }
enough() { [ "$(paddings)" -ge 50 ] && echo enough; }
wait_for enough enough
check session.padding.sent enough "$(enough)"
"$B/pdus" --read <"$W/agency.ber" | grep -q '^keep-alive ' && ok session.padding.keepalive || fail session.padding.keepalive "none"
down session.padding.end
kill $AGENCY 2>/dev/null

# -- what mdfctl was told of a session holds over a restart
PORT=$SECOND
conf "addresses: [\"127.0.0.1:$FIRST\", \"[::1]:$FIRST\"], return: no, family: ipv4, negotiation: yes, connection: as-required, rate: 8Mbit/s, burst: 1MiB, padding: {every: 1h}"
cp "$W/warrants.yaml" "$W/mine.yaml"
printf 'warrants: []\n' >"$W/warrants.yaml"
told() { $CTL --json destination list | jq -c '.destinations[0] | [.addresses, .negotiation, .connection, .rate_bits]'; }
up
$CTL warrant add "$W/mine.yaml" >/dev/null
check session.kept.added 0 $?
before=$(told)
wait_for agreed of_dest options
check session.kept.options agreed "$(of_dest options)"
down session.kept.stopped
up
check session.kept "[\"127.0.0.1:$FIRST [::1]:$FIRST\",\"yes\",\"as-required\",8000000]" "$(told)"
check session.kept.same "$before" "$(told)"
wait_for agreed of_dest options
check session.kept.again agreed "$(of_dest options)"
down session.kept.end

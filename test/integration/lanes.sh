#!/bin/sh
# Several connections of one destination: every record once, in the order of its context, over all of them, over a stop and a kill, with
# fewer of them afterwards, and with a second one that takes what is new while the first works off its backlog. HO-BUF-003
. test/lib.sh
command -v jq >/dev/null || { skip lanes "no jq"; exit 0; }
lib_begin lanes
lib_certs mdf.example a.example || { fail lanes "no certificates"; exit 1; }
CTL="$B/mdfctl -s $W/control"
T='supiimsi: "001010000000001"'
LIID=LI-471100082
"$B/ligen" --plain --dual 0 --only6 0 --subscribers 1 --sessions 24 --packets $((ROUNDS < 100 ? 1500 : 3000)) --least 200 --most 900 --seed 9 \
	--out "$W/core.pcap" --expect "$W/core.json" 2>/dev/null
cc=$(jq -r '.subscribers["001010000000001"] | .from + .to' "$W/core.json")
head -c 24 "$W/core.pcap" >"$W/none.pcap"

conf() { # tap file, destination's more keys
	lib_conf
	lib_tap n2n3n4 "$1"
	echo "spool: {dir: spool}" >>"$W/mdfd.yaml"
	echo destinations: >"$W/warrants.yaml"
	lib_dest 1 a.example "queue: 1MiB, reconnect: 100ms, $2"
	: >"$W/warrants"
	lib_warrant 471100082 "$T" 1
	echo warrants: >>"$W/warrants.yaml"
	cat "$W/warrants" >>"$W/warrants.yaml"
}
fresh() {
	rm -rf "$W/state" "$W/a.example"
}
run() {
	"$B/mdfd" -c "$W/mdfd.yaml" 2>>"$W/mdfd.log" </dev/null &
	MDFD=$!
	PIDS="$PIDS $MDFD"
}
stop() { # signal: its status
	kill "-$1" "$MDFD"
	wait "$MDFD"
	status=$?
	PIDS=$LEMF_PID
}
drain() { # NAME
	sed -i 's/drain_timeout: .*/drain_timeout: 60s/' "$W/mdfd.yaml"
	"$B/mdfd" -c "$W/mdfd.yaml" --drain 2>>"$W/mdfd.log" </dev/null
	check "$1.drain" 0 $?
}
until_is() { # WANT COMMAND…, 30 s at most
	want=$1 i=0
	shift
	while [ "$("$@" 2>/dev/null)" != "$want" ] && [ $i -lt 600 ]; do sleep 0.05; i=$((i + 1)); done
	[ $i -lt 600 ]
}
queue() { $CTL --json queue list | jq -r ".queues[] | select(.kind == \"HI3\") | $1" 2>/dev/null; }
# What it has, a line each: context, number, time; in W/stored
take() {
	"$B/lidump" --json "$W/a.example/NL-OP01-$LIID/hi3.ber" 2>/dev/null | jq -r '.pSHeader | [.communicationIdentifier.communicationIdentityNumber,
		.sequenceNumber, .microSecondTimeStamp.seconds, .microSecondTimeStamp.microSeconds] | @tsv' >"$W/stored"
}
# Every number of every context from 0 on, as it came first, in order; how many there are; of many contexts?
in_order() {
	take
	awk '!(($1, $2) in seen) { seen[$1, $2] = 1; if (!($1 in next_of)) ctxs++; if ($2 != next_of[$1] + 0) bad++; next_of[$1] = $2 + 1; n++ }
		END { print n + 0, bad + 0, (ctxs > 8) }' "$W/stored"
}
# gaps that were not closed
open_gaps() { echo $(($(events gap) - $(events gap-closed))); }
# contexts that were there before a thousand records that are older than they are
passed() { # of what in_order() has looked at
	awk '{ t = $3 + $4 / 1e6; for (c in began) older[c] += t < began[c]; if (!($1 in began)) began[$1] = t }
		END { for (c in began) n += older[c] >= 1000; print n + 0 }' "$W/stored"
}
events() { cat "$W"/a.example/NL-*/events.jsonl 2>/dev/null | grep -cE "\"event\": ?\"$1\""; }
which_ups() { grep '"delivery-up"' "$W/state/audit.log" | grep -oE "\"connection\": ?\"$1\"" | sort -u | wc -l; }
segments() { find "$W/state/spool" -name "$1" 2>/dev/null | wc -l; }
some() { [ "${1:-0}" -gt "${2:-0}" ] && echo some || echo none; }

lib_lemf a.example || { fail lanes "lemfd did not start"; exit 1; }

# -- four of each kind, then four that both kinds share
for how in separate shared; do
	lib_end
	fresh
	LISTEN=$PORT lib_lemf a.example
	: >"$W/mdfd.log"
	conf core.pcap "lanes: 4, connections: $how, spill: none"
	drain lanes.$how
	check lanes.$how.order "$cc 0 1" "$(in_order)"
	check lanes.$how.whole 0 "$(events '(gap|duplicate)')"
	check lanes.$how.named 4 "$(which_ups '[0-3]')"
	conf none.pcap "lanes: 4, connections: $how, spill: none"
	run
	until_is '4 of 4 up' queue .connection && ok lanes.$how.status || fail lanes.$how.status "$(queue .connection)"
	stop TERM
done

# -- the agency is away while all of it comes; a stop keeps it; kills in the middle of delivery; fewer connections: those that are left
#    over deliver what they have, and go
lib_end
fresh
conf core.pcap 'lanes: 5, spill: all'
sed -i 's/drain_timeout: .*/drain_timeout: 200ms/' "$W/mdfd.yaml"
: >"$W/mdfd.log"
LEMF_PID=
run
until_is ended sh -c "$CTL --json tap list | jq -r '.taps[0].state'" || fail lanes.away "the tap did not end: $(tail -n 1 "$W/mdfd.log")"
check lanes.away.all "$cc" "$(queue .queued_pdus)"
stop TERM
check lanes.away.lane some "$(some "$(segments '*.hi3.04.*')")"
LISTEN=$PORT lib_lemf a.example
for lanes in 5 2 2 1; do
	conf none.pcap "lanes: $lanes, spill: all, rate: 60Mbit/s"
	sed -i 's/drain_timeout: .*/drain_timeout: 0s/' "$W/mdfd.yaml"
	run
	sleep 0.7	# of four seconds, at that rate
	stop KILL
	check lanes.fewer.$lanes some "$(some "$(segments '*.seg')")"
done
conf none.pcap "lanes: 1, spill: all"
drain lanes.fewer
check lanes.fewer.order "$cc 0 1" "$(in_order)"
check lanes.fewer.gone 0 "$(segments '*.seg')"

# -- the agency stands still, then goes on: what is new takes a second connection; a kill in the middle of it
lib_end
fresh
LISTEN=$PORT lib_lemf a.example
: >"$W/mdfd.log"
mkfifo "$W/fifo"
KEYS='backlog: second, backlog_over: 128KiB, backlog_late: 300ms, spill: all'
conf fifo "$KEYS"
run
exec 9>"$W/fifo"
size=$(wc -c <"$W/core.pcap")
head -c $((size / 3)) "$W/core.pcap" >&9
until_is 'up' queue .connection || fail lanes.second "not up"
kill -STOP "$LEMF_PID"
head -c $((size * 2 / 3)) "$W/core.pcap" | tail -c +$((size / 3 + 1)) >&9
sleep 1.5
kill -CONT "$LEMF_PID"
tail -c +$((size * 2 / 3 + 1)) "$W/core.pcap" >&9
second() { which_ups '0\+'; }
until_is 1 second && ok lanes.second.up || fail lanes.second.up "no second connection"
exec 9>&-
until_is ended sh -c "$CTL --json tap list | jq -r '.taps[0].state'" || fail lanes.second.ended "the tap did not end"
stop KILL
conf none.pcap "$KEYS"
drain lanes.second
check lanes.second.order "$cc 0 1" "$(in_order)"
check lanes.second.whole "0 0" "$(open_gaps) $(events conflict)"
check lanes.second.gone 0 "$(segments '*.seg')"

# -- the agency is away, and comes back while records come: those of sessions that begin then pass the backlog, from that instant on
lib_end
fresh
: >"$W/mdfd.log"
conf fifo "$KEYS, rate: 100Mbit/s"
run
exec 9>"$W/fifo"
head -c $((size * 2 / 3)) "$W/core.pcap" >&9
settled() { was=$(queue .queued_pdus); sleep 0.2; [ "$was" != 0 ] && [ "$was" = "$(queue .queued_pdus)" ] && echo settled; }
until_is settled settled || fail lanes.back "nothing waits"
LISTEN=$PORT lib_lemf a.example 9>&-	# the tap ends when nobody holds its line
until_is up queue .connection || fail lanes.back "not up"
tail -c +$((size * 2 / 3 + 1)) "$W/core.pcap" >&9
exec 9>&-
until_is ended sh -c "$CTL --json tap list | jq -r '.taps[0].state'" || fail lanes.back.ended "the tap did not end"
until_is 0 queue .queued_pdus
check lanes.back.second 1 "$(second)"
stop TERM
check lanes.back.order "$cc 0 1" "$(in_order)"
check lanes.back.whole "0 0" "$(open_gaps) $(events conflict)"
check lanes.back.passed some "$(some "$(passed)")"
lib_end

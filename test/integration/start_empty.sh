#!/bin/sh
# LI128-220: start_empty: yes forgets warrants and destinations at start, each audited, and serves again what their owners resend: the
# file's at once, mdfctl's when they come. CINs go on, and what a kill left unsaid is said to a destination when it is back.
. test/lib.sh
command -v jq >/dev/null || { skip start_empty "no jq"; exit 0; }
lib_begin start_empty
lib_certs mdf.example lemf.example || { fail start_empty "no certificates"; exit 1; }
CTL="$B/mdfctl -s $W/control"
up() { # seed of its traffic
	"$B/mdfd" -c "$W/mdfd.yaml" 2>>"$W/mdfd.log" </dev/null &
	MDFD=$!
	PIDS="$PIDS $MDFD"
	"$B/ligen" --out "$W/fifo" --seed "$1" --subscribers 6 --sessions 3 --packets 20 --plain --dual 0 --only6 0 2>/dev/null &
	FEED=$!
	i=0
	while ! $CTL status >/dev/null 2>&1 && [ $i -lt 100 ]; do sleep 0.05; i=$((i + 1)); done
}
count() { jq -r "select(.event == \"$1\") | .fields.liid // .fields.did" "$W/state/audit.log" | sort | tr '\n' ' '; }
wait_for() { # what, jq filter of status
	i=0
	while [ "$($CTL --json status 2>/dev/null | jq -c "$2")" != "$1" ] && [ $i -lt 100 ]; do sleep 0.1; i=$((i + 1)); done
	$CTL --json status | jq -c "$2"
}

lib_lemf lemf.example || { fail start_empty "lemfd did not start"; exit 1; }
lib_conf
mkfifo "$W/fifo"
lib_tap core fifo
echo destinations: >"$W/warrants.yaml"
lib_dest 2 lemf.example
lib_warrant 9 'ipv4Cidr: 100.64.0.0/10' 2
echo warrants: >>"$W/warrants.yaml"
cat "$W/warrants" >>"$W/warrants.yaml"
mv "$W/warrants.yaml" "$W/ctl.yaml"
rm "$W/warrants"
echo destinations: >"$W/warrants.yaml"
lib_dest 1 lemf.example
lib_warrant 1 'supiimsi: "001010000000001"' 1
echo warrants: >>"$W/warrants.yaml"
cat "$W/warrants" >>"$W/warrants.yaml"

# mdfctl's comes before the traffic: the feeder waits for the tap, which waits for nobody
"$B/mdfd" -c "$W/mdfd.yaml" 2>>"$W/mdfd.log" </dev/null &
MDFD=$!
PIDS="$PIDS $MDFD"
exec 9<>"$W/fifo"
"$B/ligen" --out "$W/core.pcap" --seed 1 --subscribers 6 --sessions 3 --packets 20 --plain --dual 0 --only6 0 2>/dev/null
head -c 24 "$W/core.pcap" >&9
i=0
while ! $CTL status >/dev/null 2>&1 && [ $i -lt 100 ]; do sleep 0.05; i=$((i + 1)); done
$CTL warrant add "$W/ctl.yaml" >/dev/null
check start_empty.add 0 $?
half=$(($(wc -c <"$W/core.pcap") / 2))
head -c $half "$W/core.pcap" | tail -c +25 >&9
check start_empty.live true "$(wait_for true '.sessions.interceptions > 2')"
kill -KILL $MDFD
wait $MDFD 2>/dev/null
PIDS=$LEMF_PID
exec 9>&-
last=$(jq -r 'select(.event == "interception-begin") | .fields.cin' "$W/state/audit.log" | sort -n | tail -n 1)

sed -i 's/^mdf:/mdf:\n  start_empty: yes/' "$W/mdfd.yaml"
"$B/mdfd" -c "$W/mdfd.yaml" --check >/dev/null 2>&1
check start_empty.check 0 $?
up 2
check start_empty.forgotten 'LI-1 LI-9 ' "$(count warrant-forgotten)"
check start_empty.destinations "$(lib_uuid 1) $(lib_uuid 2) " "$(count destination-forgotten)"
check start_empty.list LI-1 "$($CTL --json warrant list | jq -r '.warrants[].liid')"
wait $FEED
check start_empty.waits true "$(wait_for true '.numbers.to_announce > 0 and .status.delivered')"
check start_empty.untold 0 "$(grep -c not-issued "$W/lemf.example/NL-OP01-LI-9/events.jsonl")"
$CTL warrant add "$W/ctl.yaml" >/dev/null
check start_empty.resent 0 $?
check start_empty.told 0 "$(wait_for 0 .numbers.to_announce)"
if [ "$(grep -c not-issued "$W/lemf.example/NL-OP01-LI-9/events.jsonl")" -gt 0 ]; then ok start_empty.said; else fail start_empty.said "LI-9's agency was told nothing"; fi
first=$(jq -r 'select(.event == "interception-begin") | .fields.cin' "$W/state/audit.log" | awk -v l="$last" '$1 > l' | sort -n | head -n 1)
if [ "${first:-0}" -gt "$last" ]; then ok start_empty.cin; else fail start_empty.cin "CIN $first after $last"; fi
kill -TERM $MDFD
wait $MDFD
check start_empty.stop 0 $?
PIDS=$LEMF_PID

# -- HO-CIN-010: a store that is lost is not begun anew beside the log of what it gave
rm -f "$W"/state/mdfd.db*
"$B/mdfd" -c "$W/mdfd.yaml" 2>"$W/lost.log" </dev/null
check start_empty.lost '1 1' "$? $(grep -c 'mdfd.db is not there, and the numbers that it gave must not come again' "$W/lost.log")"
check start_empty.lost.made 0 "$(ls "$W/state/mdfd.db" 2>/dev/null | wc -l)"

#!/bin/sh
# LI128-229: what the kernel drops, because the tap does not take it in time, is counted, logged and an alarm. mdfd stands still
# while more than its ring holds goes by, in a network namespace of the test's own.
. test/lib.sh
lib_live_only tap_drops "${1:-}"

lib_begin tap_drops
CTL="$B/mdfctl -s $W/control --json"
lib_certs mdf.example lemf.example || { fail tap_drops "no certificates"; exit 1; }
lib_conf
echo '  - {name: core, interface: tapr}' >>"$W/mdfd.yaml"
echo 'destinations: []' >"$W/warrants.yaml"
"$B/mdfd" -c "$W/mdfd.yaml" 2>"$W/mdfd.log" </dev/null &
mdfd=$!
PIDS=$mdfd
i=0
while ! $CTL status >"$W/before" 2>/dev/null && [ $i -lt 100 ]; do sleep 0.1; i=$((i + 1)); done
check tap_drops.before 0 "$(jq '[.. | objects | .alarms // empty | .[]] | length' "$W/before")"
kill -STOP $mdfd
# 12,000 frames of 8 kB and more: 100 MB, and the ring is 64
"$B/ligen" --interface tapl --rate 100000 --subscribers 100 --sessions 1 --packets 120 --plain --least 8000 --most 8700 --noise 0 \
	2>"$W/ligen.log" || fail tap_drops.sent "$(tail -n 1 "$W/ligen.log")"
kill -CONT $mdfd
i=0
while [ $i -lt 50 ]; do
	lost=$($CTL tap list | jq '.taps[0].dropped.kernel')
	[ "${lost:-0}" -gt 0 ] && [ "$lost" = "$last" ] && break
	last=$lost
	sleep 0.2
	i=$((i + 1))
done
if [ "${lost:-0}" -gt 0 ]; then ok tap_drops.counted; else fail tap_drops.counted "the kernel dropped nothing"; fi
sleep 1.2	# the service looks once a second
check tap_drops.alarm 1 "$($CTL status | jq "[.. | objects | .alarms // empty | .[] | select(.alarm == \"tap_drops\" and (.text | startswith(\"$lost packets lost by the capture\")))] | length")"
check tap_drops.shown 1 "$("$B/mdfctl" -s "$W/control" tap list | grep -c "^core dropped: $lost kernel")"
sent=$(sed -n 's/^ligen: \([0-9]*\) frames.*/\1/p' "$W/ligen.log")
check tap_drops.all "$sent" "$(($($CTL tap list | jq '.taps[0].packets') + lost))"
sleep 0.3	# the log is written on the service's next look
if grep -q 'taps lost [0-9]* packets more' "$W/mdfd.log"; then ok tap_drops.logged; else fail tap_drops.logged "$(tail -n 2 "$W/mdfd.log")"; fi
kill -TERM $mdfd
wait $mdfd
check tap_drops.status 0 $?

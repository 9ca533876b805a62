# live_inside.sh: fig_live.sh's inner half, in the namespace: prints "rate R cpu_us C offered O": the last step without loss, the most
# that was sent.
. test/lib.sh
PIDS=
trap lib_end EXIT
ip link set lo up
lib_veth tapl tapr || exit 1
rm -f "$W/leash" "$W/rates" "$W/sink"	# the port of an earlier one is not to be read
mkfifo "$W/leash" "$W/rates"
"$B/bench_sink" "$W/lemf.example.crt" "$W/lemf.example.key" "$W/ca.crt" <"$W/leash" >"$W/sink" &
exec 9>"$W/leash"
while [ ! -s "$W/sink" ]; do sleep 0.02; done
sed -i "s/127.0.0.1:[0-9]*/127.0.0.1:$(head -n 1 "$W/sink")/" "$W/warrants.yaml"
"$B/mdfd" -c "$W/mdfd.yaml" 2>"$W/mdfd.log" </dev/null 9>&- &
mdfd=$!
PIDS=$mdfd
# the tap's counter
tap() { "$B/mdfctl" -s "$W/control" --json tap list 2>/dev/null | grep -o "\"$1\": *[0-9]*" | grep -o '[0-9]*$' | awk '{ n += $1 } END { print n + 0 }'; }
lost() { echo $(($(tap kernel) + $(tap interface) + $(tap destination_queue) + $(tap hold_full))); }
ticks() { awk '{ print $14 + $15 }' /proc/$mdfd/stat; }
said() { while [ "$(wc -l <"$W/said")" -lt "$1" ]; do sleep 0.1; kill -0 $sender || exit 1; done; }

i=0
until "$B/mdfctl" -s "$W/control" --json tap list 2>/dev/null | grep -q running; do
	sleep 0.1
	[ $((i += 1)) -lt 100 ] || exit 1
done
: >"$W/said"
"$B/bench_send" tapl "$W/live.pcap" "$BEFORE" <"$W/rates" >"$W/said" 9>&- &
sender=$!
PIDS="$PIDS $sender"
exec 8>"$W/rates"
said 1
sleep 2
[ "$(lost)" = 0 ] || { echo "lost $(lost) while signalling"; exit 1; }
hz=$(getconf CLK_TCK) ask=50000 lines=1 rate=0 cpu=0 offered=0
while :; do
	frames=$(tap packets) before=$(ticks)
	echo "$ask 2" >&8
	said $((lines += 1))
	sleep 0.7
	got=$(($(tap packets) - frames))
	set -- $(tail -n 1 "$W/said")
	[ "$4" -le $offered ] || offered=$4
	[ "$(lost)" = 0 ] && [ $got -ge "$2" ] || break
	rate=$4
	cpu=$(awk -v t=$(($(ticks) - before)) -v hz="$hz" -v n=$got 'BEGIN { printf "%.3f", t / hz / n * 1e6 }')
	[ "$4" -ge $((ask * 9 / 10)) ] || break	# the sender's own limit
	ask=$((ask * 5 / 4))
done
exec 8>&- 9>&-
echo "rate $rate cpu_us $cpu offered $offered"

#!/bin/sh
# Live: an order that comes while nothing else does takes effect at its own instant: the start of interception of a session that is
# up bears no time before the order, and neither does its end, whether the order comes by mdfctl or by a reload.
. test/lib.sh
name=order_time
command -v jq >/dev/null || { skip $name "no jq"; exit 0; }
lib_live_only $name "${1:-}"
lib_begin $name
CTL="$B/mdfctl -s $W/control"
lib_certs mdf.example lemf.example || { fail $name "no certificates"; exit 1; }
lib_lemf lemf.example || { fail $name "lemfd did not start"; exit 1; }
lib_conf
echo '  - {name: core, interface: tapr, network_functions: {smf: smf-1, upf: upf-1, amf: amf-1}}' >>"$W/mdfd.yaml"
echo destinations: >"$W/head"
: >"$W/warrants.yaml"
lib_dest 1 lemf.example 'timers: {TIME6: 100ms}'
cat "$W/warrants.yaml" >>"$W/head"
{ cat "$W/head"; echo 'warrants: []'; } >"$W/warrants.yaml"
"$B/mdfd" -c "$W/mdfd.yaml" 2>"$W/mdfd.log" </dev/null &
mdfd=$!
PIDS="$PIDS $mdfd"
i=0
while ! $CTL status >/dev/null 2>&1 && [ $i -lt 100 ]; do sleep 0.1; i=$((i + 1)); done
"$B/ligen" --interface tapl --rate 2000 --subscribers 1 --sessions 1 --packets 1 --plain --dual 0 --only6 0 --release 0 --deregister 0 2>/dev/null
i=0
while [ "$($CTL --json status | jq '.sessions.known')" != 1 ] && [ $i -lt 50 ]; do sleep 0.1; i=$((i + 1)); done
check $name.session 1 "$($CTL --json status | jq '.sessions.known')"

now() { date -u +%Y-%m-%dT%H:%M:%S.%6NZ; }
: >"$W/begun"
: >"$W/ended"
k=1
while [ $k -le 12 ]; do
	sleep 0.07	# the clock is looked at each 100 ms
	echo warrants: >"$W/warrants"
	lib_warrant $k 'supiimsi: "001010000000001"' 1
	echo "$k $(now)" >>"$W/begun"
	if [ $((k % 2)) -eq 0 ]; then
		cat "$W/head" "$W/warrants" >"$W/warrants.yaml"
		$CTL reload >/dev/null || fail $name.reload "status $?"
	else
		$CTL warrant add "$W/warrants" >/dev/null || fail $name.add "status $?"
	fi
	sleep 0.07
	echo "$k $(now)" >>"$W/ended"
	if [ $((k % 2)) -eq 0 ]; then
		{ cat "$W/head"; echo 'warrants: []'; } >"$W/warrants.yaml"
		$CTL reload >/dev/null || fail $name.reload "status $?"
	else
		$CTL warrant end LI-$k >/dev/null || fail $name.end "status $?"
	fi
	k=$((k + 1))
done
kill -TERM $mdfd
wait $mdfd
check $name.status 0 $?
lib_end
for d in "$W"/lemf.example/NL-OP01-LI-*; do
	"$B/lidump" --summary "$d/hi2.ber" | awk -v k="${d##*LI-}" '$6 == 0 { print k, $2 }'
done >"$W/starts"
jq -r 'select(.event == "interception-end") | .fields | "\(.liid | ltrimstr("LI-")) \(.at)"' "$W/state/audit.log" >"$W/ends"
check $name.all "12 12" "$(cut -d " " -f 1 "$W/starts" | sort -u | wc -l) $(wc -l <"$W/ends")"
before() { awk 'FILENAME == ARGV[1] { t[$1] = $2; next } $2 < t[$1] { n++ } END { print n + 0 }' "$1" "$2"; }
check $name.starts 0 "$(before "$W/begun" "$W/starts")"
check $name.ends 0 "$(before "$W/ended" "$W/ends")"

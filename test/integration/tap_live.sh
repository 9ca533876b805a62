#!/bin/sh
# A live tap with its own filter on one end of a veth pair gives what the same frames give as a file, none dropped: where they
# are received (Linux takes the outermost tag off before the filter), where they are sent, and on "any" (Linux cooked, each frame seen at
# both ends). On "any" without tags only: the kernel itself loses the second tag of a frame there.
set -u
name=tap_live
. test/lib.sh
lib_live_only $name "${1:-}"
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
"$B/flowmake" "$work/made.pcap" 7
"$B/flowmake" "$work/plain.pcap" 7 plain

run() { # what, interface, file
	"$B/flowdump" "$3" | cut -d ' ' -f 2- >"$work/file"
	rm -f "$work/live"	# or the last one's "ready" is read
	"$B/flowdump" -i "$2" >"$work/live" 2>"$work/err" &
	pid=$!
	i=0
	while ! grep -q ready "$work/live" 2>/dev/null && [ $i -lt 200 ]; do sleep 0.1; i=$((i + 1)); done
	"$B/flowdump" -s tapl "$3" || echo "FAIL $name.$1: not sent"
	want=$(wc -l <"$work/file")
	[ "$1" != any ] || want=$((2 * want))
	i=0
	while [ "$(grep -cE '^[0-9]+ ' "$work/live")" -lt "$want" ] && [ $i -lt 100 ]; do sleep 0.1; i=$((i + 1)); done
	sleep 0.1	# none too many either
	kill -TERM $pid
	wait $pid || echo "FAIL $name.$1: $(cat "$work/err")"
	grep -E '^[0-9]+ ' "$work/live" | cut -d ' ' -f 2- >"$work/got"
	case $1 in
	any) sort -u "$work/got" >"$work/g"; sort -u "$work/file" >"$work/w" ;;
	*) cp "$work/got" "$work/g"; cp "$work/file" "$work/w" ;;
	esac
	if cmp -s "$work/g" "$work/w" && grep -Eq '^frames [0-9]+ dropped 0 0$' "$work/live"; then
		echo "ok $name.$1"
	else
		echo "FAIL $name.$1: $(diff "$work/g" "$work/w" | grep -c '^[<>]') lines differ; $(tail -n 1 "$work/live")"
		diff "$work/g" "$work/w" | head -n 6 >&2
	fi
}

run receiver tapr "$work/made.pcap"
run sender tapl "$work/made.pcap"
run any any "$work/plain.pcap"
"$B/flowdump" -i nosuchif >"$work/live" 2>"$work/err" && echo "FAIL $name.absent: opened"
if grep -q 'tap dump: ' "$work/err"; then echo "ok $name.absent"; else echo "FAIL $name.absent: $(cat "$work/err")"; fi

# the interface goes while the tap listens: an error, not silence
"$B/flowdump" -i tapr >"$work/live" 2>"$work/err" &
pid=$!
sleep 0.5
ip link del tapl
sleep 0.5
if kill -0 $pid 2>/dev/null; then
	kill -TERM $pid
	echo "FAIL $name.gone: not noticed"
elif grep -q 'tap dump: ' "$work/err"; then
	echo "ok $name.gone"
else
	echo "FAIL $name.gone: $(cat "$work/err")"
fi
wait $pid
exit 0

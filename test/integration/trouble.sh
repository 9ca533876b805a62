#!/bin/sh
# What goes wrong on the way to an agency, as the audit log tells it: a live tap whose records find no room, on a spool's disk that is
# full; damage on that disk. An entry when it begins, one when it is over, and whose records were lost; alarms end with the state.
. test/lib.sh
if [ "${1:-}" != inside ]; then
	command -v jq >/dev/null || { skip trouble "no jq"; exit 0; }
	[ "$(id -u)" = 0 ] && unshare -n -m true 2>/dev/null || { skip trouble "no network and mount namespaces"; exit 0; }
	exec unshare -n -m sh "$0" inside
fi
ip link set lo up
lib_veth tapl tapr || { skip trouble "no veth"; exit 0; }
lib_begin trouble
lib_certs mdf.example a.example || { fail trouble "no certificates"; exit 1; }
CTL="$B/mdfctl -s $W/control"
queue() { $CTL --json queue list | jq -r ".queues[] | select(.kind == \"HI3\") | $1" 2>/dev/null; }
alarmed() { $CTL --json status | jq "[.alarms[] | select(.alarm == \"$1\")] | length" 2>/dev/null; }
audit() { jq -c --arg e "$1" 'select(.event == $e) | .fields' "$W/state/audit.log"; }	# event
until_is() { # want, command…; 40 s at most
	want=$1 i=0
	shift
	while [ "$("$@" 2>/dev/null)" != "$want" ] && [ $i -lt 400 ]; do sleep 0.1; i=$((i + 1)); done
	[ $i -lt 400 ]
}
tap_state() { $CTL --json tap list | jq -r '.taps[0].state'; }
frames() { $CTL --json tap list | jq -r '.taps[0].packets'; }
n_of() { audit "$1" | wc -l; }
up() {
	"$B/mdfd" -c "$W/mdfd.yaml" 2>>"$W/mdfd.log" </dev/null &
	MDFD=$!
	PIDS="$PIDS $MDFD"
	until_is running tap_state || fail trouble.up "$(tail -n 1 "$W/mdfd.log")"
}
down() { # check
	kill "$MDFD"
	wait "$MDFD"
	check "$1" 0 $?
	PIDS=$(echo "$PIDS" | sed "s/ $MDFD//")
}

mkdir "$W/small"
mount -t tmpfs -o size=3m tmpfs "$W/small" || { skip trouble "no tmpfs"; exit 0; }
lib_lemf a.example || { fail trouble "lemfd did not start"; exit 1; }
kill "$LEMF_PID"
wait "$LEMF_PID"
PIDS=
DRAIN=500ms lib_conf
sed -i 's,^taps:,spool: {dir: ../small}\ntaps:,' "$W/mdfd.yaml"
echo '  - {name: core, interface: tapr, network_functions: {smf: smf-1, upf: upf-1, amf: amf-1}}' >>"$W/mdfd.yaml"
echo destinations: >"$W/warrants.yaml"
lib_dest 1 a.example 'queue: 1MiB, reconnect: 100ms, spill: all'
echo warrants: >"$W/warrants"
lib_warrant 1 'ipv4Cidr: 100.64.0.0/10' 1
cat "$W/warrants" >>"$W/warrants.yaml"
: >"$W/mdfd.log"
up

# the agency is away: 1 MB of memory, 3 MB of disk, 4 MB on the way to it, then drops
"$B/ligen" --interface tapl --rate 4000 --expect "$W/expect.json" --seed 1 --subscribers 4 --sessions 1 --packets 3000 --least 1300 --most 1400 \
	--plain --dual 0 --only6 0 2>"$W/ligen.log" || fail trouble.traffic "$(tail -n 1 "$W/ligen.log")"
sent=$(sed -n 's/^ligen: \([0-9]*\) frames.*/\1/p' "$W/ligen.log")
until_is "$sent" frames || fail trouble.frames "the tap has not seen all: $(frames)"
until_is 1 n_of spool-full-begin || fail trouble.full.begin "not in the audit log"
until_is 1 n_of records-dropped-begin || fail trouble.drops.begin "not in the audit log"
check trouble.full.alarm 1 "$(alarmed spool_full)"
check trouble.full.disk 'spool 3145728' "$($CTL --json status | jq -r '.disks[] | select(.name == "spool") | "\(.name) \(.size_octets)"')"
until_is 1 alarmed disk_full || fail trouble.disk.alarm "not raised"
until_is 1 n_of disk-full-begin || fail trouble.disk.begin "not in the audit log"
check trouble.not_yet '0 0' "$(n_of spool-full-end) $(n_of records-dropped-end)"
dropped=$(queue .dropped_pdus)
if [ "${dropped:-0}" -gt 0 ]; then ok trouble.dropped; else fail trouble.dropped "nothing was dropped"; fi

# it is back and takes all; nothing more comes, so nothing is written
LISTEN=$PORT lib_lemf a.example || { fail trouble.back "lemfd did not start"; exit 1; }
until_is 0 queue .queued_pdus || fail trouble.back "not delivered"
until_is 0 alarmed spool_full || fail trouble.full.over "the alarm stays"
until_is 1 n_of spool-full-end || fail trouble.full.end "not in the audit log"
until_is 1 n_of records-dropped-end || fail trouble.drops.end "not in the audit log"
until_is 1 n_of disk-full-end || fail trouble.disk.end "not in the audit log"
check trouble.disk.which 'spool spool over' "$(audit disk-full-begin | jq -r .disk) $(audit disk-full-end | jq -r '"\(.disk) \(.why)"')"
check trouble.full.once '1 1' "$(n_of spool-full-begin) $(n_of spool-full-end)"
check trouble.drops.once '1 1' "$(n_of records-dropped-begin) $(n_of records-dropped-end)"
check trouble.drops.end "HI3 over $dropped" "$(audit records-dropped-end | jq -r '"\(.kind) \(.why) \(.records)"')"
check trouble.drops.since 1 "$(jq -r 'select(.event == "records-dropped-begin") | .time' "$W/state/audit.log" | cut -c 1-17 |
	grep -cxF "$(audit records-dropped-end | jq -r .since | cut -c 1-17)")"
check trouble.drops.of "$(lib_uuid 1)" "$(audit records-dropped-begin | jq -r .did)"
check trouble.lost.sum "$dropped" "$(audit records-lost | jq -s 'map(.records | tonumber) | add')"
audit records-lost | jq -r '"\(.liid) \(.cin)"' | sort -u >"$W/lost"
audit interception-begin | jq -r '"\(.liid) \(.cin)"' | sort -u >"$W/begun"
check trouble.lost.named "$(audit records-lost | wc -l) 0" "$(wc -l <"$W/lost") $(comm -23 "$W/lost" "$W/begun" | wc -l)"
check trouble.lost.why no-room "$(audit records-lost | jq -r .why | sort -u)"
check trouble.lost.ranges 0 "$(audit records-lost | jq -r 'select((.to | tonumber) - (.from | tonumber) + 1 < (.records | tonumber))' | wc -l)"

# -- damage: the record is named by its context, which the audit log knows, although everything else has forgotten it
kill "$LEMF_PID"
wait "$LEMF_PID"
PIDS=" $MDFD"
"$B/ligen" --interface tapl --rate 4000 --expect "$W/expect.json" --seed 2 --subscribers 1 --sessions 1 --packets 1200 --least 1300 --most 1400 \
	--plain --dual 0 --only6 0 2>"$W/ligen.log"
sent=$((sent + $(sed -n 's/^ligen: \([0-9]*\) frames.*/\1/p' "$W/ligen.log")))
until_is "$sent" frames || fail trouble.damage.frames "the tap has not seen all: $(frames)"
down trouble.stop
check trouble.kept 0 "$(audit records-undelivered | jq -r .lost)"
seg=$(find "$W/small" -name '*.hi3.*' | sort | head -n 1)
at=$(grep -abo LISE "$seg" | awk -F : -v half=$(($(wc -c <"$seg") / 2)) '$1 > half { print $1 + 500; exit }')	# in a record's octets, not in its head
printf '\125' | dd of="$seg" bs=1 seek=$at conv=notrunc 2>/dev/null
printf '\252' | dd of="$seg" bs=1 seek=$((at + 1)) conv=notrunc 2>/dev/null
LISTEN=$PORT lib_lemf a.example || { fail trouble.damage "lemfd did not start"; exit 1; }
up
until_is 0 queue .queued_pdus || fail trouble.damage "not delivered"
check trouble.damage.counted 1 "$(queue .damaged_pdus)"
until_is 1 n_of records-damaged-begin || fail trouble.damage.begin "not in the audit log"
down trouble.damage.stop
check trouble.damage.end 'HI3 stop 1' "$(audit records-damaged-end | jq -r '"\(.kind) \(.why) \(.records)"')"
audit records-lost | jq -c 'select(.why == "damaged")' >"$W/damaged"
check trouble.damage.once 1 "$(wc -l <"$W/damaged")"
context=$(jq -r .context "$W/damaged")
check trouble.damage.context 1 "$(audit interception-begin | jq -r --arg c "$context" 'select(."cc-context" == $c) | .liid' | grep -c '^LI-1$')"
"$B/mdfctl" audit verify --key "$W/state/audit.pub" "$W/state/audit.log" >/dev/null 2>&1
check trouble.audit 0 $?
lib_end
PIDS=
umount "$W/small"

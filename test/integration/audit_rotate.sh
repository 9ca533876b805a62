#!/bin/sh
# The service's audit log over several files: it goes on in a new one at its limit, also across a kill -9; show looks back into
# the older ones; verify takes them in any order, and names what is missing.
. test/lib.sh
lib_begin audit_rotate
command -v jq >/dev/null || { skip audit_rotate "no jq"; exit 0; }
lib_certs mdf.example || { fail audit_rotate "no certificates"; exit 1; }
CTL="$B/mdfctl -s $W/control"
lib_conf
lib_tap t fifo
sed -i 's/^audit: .*/audit: {file: audit.log, key: audit.key, rotate: 16KiB, mirror: syslog}/' "$W/mdfd.yaml"
printf 'warrants: []\n' >"$W/warrants.yaml"
mkfifo "$W/fifo"
"$B/ligen" --plain --subscribers 1 --sessions 1 --packets 1 --out "$W/core.pcap" >/dev/null 2>&1
up() {
	"$B/mdfd" -c "$W/mdfd.yaml" 2>>"$W/mdfd.log" </dev/null &
	MDFD=$!
	PIDS="$PIDS $MDFD"
	exec 9>"$W/fifo"
	head -c 24 "$W/core.pcap" >&9
	i=0
	while ! $CTL status >/dev/null 2>&1 && [ $i -lt 100 ]; do sleep 0.1; i=$((i + 1)); done
}
asks() { # number of requests, each of them an entry
	i=0
	while [ $i -lt "$1" ]; do $CTL queue list >/dev/null; i=$((i + 1)); done
}
verify() { "$B/mdfctl" --json audit verify --key "$W/state/audit.pub" "$@" 2>&1; }
up
asks 150
kill -9 $MDFD
wait $MDFD 2>/dev/null
PIDS=
exec 9>&-
up
asks 100
check audit_rotate.files 1 "$([ "$(ls "$W"/state/audit.log.* | wc -l)" -ge 3 ] && echo 1)"
n=$($CTL --json audit show 180 | jq '.entries | length')
check audit_rotate.show 180 "$n"
check audit_rotate.show_order 1 "$($CTL --json audit show 180 | jq '[.entries[].n] as $n | if [range(1; $n | length) | $n[.] == $n[. - 1] + 1] | all then 1 else 0 end')"
check audit_rotate.show_all 1 "$($CTL --json audit show 10000 | jq '.entries[0].n')"
kill $MDFD
wait $MDFD
check audit_rotate.status 0 $?
PIDS=
exec 9>&-
# the newest first, as a shell sorts them
check audit_rotate.verify '{"ok":true,"head":true}' "$(verify "$W"/state/audit.log "$W"/state/audit.log.* | jq -c '{ok, head}')"
check audit_rotate.missing 1 "$(verify "$W"/state/audit.log "$W"/state/audit.log.1 "$W"/state/audit.log.3 | grep -c 'audit.log.3:1: follows the file audit.log.2, which was not given: entries')"
check audit_rotate.last_missing 1 "$(verify "$W"/state/audit.log.* | grep -c 'were cut')"
# what is only chained, anybody could have written
cp "$W/state/audit.log" "$W/good.log"
entry() { printf '{"n":%u,"prev":"%s","time":"2026-01-01T00:00:00.000000Z","event":"stop","who":"mdfd","fields":{}}\n' "$1" "$2"; }
last=$(tail -n 1 "$W/good.log" | jq .n)
entry $((last + 1)) "$(tail -n 1 "$W/good.log" | tr -d '\n' | sha256sum | cut -d ' ' -f 1)" >>"$W/state/audit.log"
check audit_rotate.added 1 "$(verify "$W"/state/audit.log "$W"/state/audit.log.* | grep -c "entries $((last + 1)) to $((last + 1)) were added")"
mkdir "$W/copy"
cp "$W"/state/audit.log* "$W/copy"
check audit_rotate.copy.tail "{\"ok\":true,\"entries\":$((last + 1)),\"signed\":$last,\"head\":false}" "$(verify "$W"/copy/*)"
check audit_rotate.copy.said 1 "$("$B/mdfctl" audit verify --key "$W/state/audit.pub" "$W"/copy/* | grep -c "entries $((last + 1)) to $((last + 1)) follow the last checkpoint")"
cp "$W/good.log" "$W/copy/audit.log"
check audit_rotate.copy '{"ok":true,"head":false}' "$(verify "$W"/copy/* | jq -c '{ok, head}')"
entry 1 0000000000000000000000000000000000000000000000000000000000000000 >"$W/copy/forged"
check audit_rotate.forged 1 "$(verify "$W/copy/forged" | grep -c 'anybody may have written')"
: >"$W/copy/empty"
check audit_rotate.empty 1 "$(verify "$W/copy/empty" | grep -c 'anybody may have written')"
cp "$W/good.log" "$W/state/audit.log"
sed -i '$d' "$W/state/audit.log.2"
check audit_rotate.cut 1 "$(verify "$W"/state/audit.log "$W"/state/audit.log.* | grep -c 'audit.log.3:1: follows the file audit.log.2')"
sed -i 's/rotate: 16KiB/rotate: 1KiB/; s/mirror: syslog/mirror: paper/' "$W/mdfd.yaml"
"$B/mdfd" -c "$W/mdfd.yaml" --check >"$W/check" 2>&1
check audit_rotate.conf "1 2" "$? $(grep -c 'mdfd.yaml:9: audit.rotate\|mdfd.yaml:9: audit.mirror: must be one of: none, syslog, journald' "$W/check")"

#!/bin/sh
# Agencies that fail where an option of their destination begins to matter, from YAML over TLS: test/interop/faults.py plays one for each, all at one mdfd. Nothing of what
# was intercepted may be lost, nothing that was acknowledged come again, and no timer fire early.
. test/lib.sh
for x in jq python3; do command -v $x >/dev/null || { skip options_faults "no $x"; exit 0; }; done
lib_begin options_faults
lib_certs mdf.example lemf.example || { fail options_faults "no certificates"; exit 1; }
export PYTHONDONTWRITEBYTECODE=1
"$B/ligen" --plain --dual 0 --only6 0 --subscribers 1 --sessions 6 --packets 120 --least 400 --most 900 --seed 4 --out "$W/core.pcap" --expect "$W/expect.json" 2>/dev/null
cc=$(jq -r '.subscribers["001010000000001"] | .from + .to' "$W/expect.json")
terms() { # an agency, and the keys of its destination; SECOND: the port of its other address
	cat <<-'END'
		dies_again connections: shared, addresses: ["127.0.0.1:SECOND"], timers: {RETURN: 600ms, TIME6: 50ms}
		stays connections: shared, addresses: ["127.0.0.1:SECOND"], return: no, timers: {RETURN: 300ms, TIME6: 50ms}
		idle connections: shared, connection: as-required, timers: {IDLE: 800ms, TIME6: 50ms}
		not_had connections: shared, connection: as-required, keepalive_when_closed: yes, reconnect: 300ms, timers: {IDLE: 300ms, TIME1: 900ms, TIME6: 50ms}
		rate connections: shared, rate: 2400kbit/s, burst: 32KiB, timers: {TIME6: 50ms}
		padding connections: shared, padding: {every: 200ms, size: 300B}, timers: {TIME6: 50ms}
		aggregates connections: shared, aggregation: {cc: 50, octets: 4KiB, delay: 50ms}, timers: {TIME6: 50ms}
		over connections: shared, backlog: second, backlog_over: 256KiB, backlog_late: 1h, timers: {TIME6: 50ms}
		late connections: shared, backlog: second, backlog_over: 1GiB, backlog_late: 3s, timers: {TIME6: 50ms}
	END
}
DRAIN=20s lib_conf
lib_tap core fifo
echo destinations: >"$W/warrants.yaml"
echo warrants: >"$W/warrants"
terms >"$W/terms"
AGENCIES=
while read -r name keys; do
	python3 test/interop/faults.py "$W" "$name" "$cc" >"$W/$name.out" 2>"$W/$name.err" &
	AGENCIES="$AGENCIES $!"
done <"$W/terms"
PIDS=$AGENCIES
until_there() { # pattern, how many such files; 60 s at most
	i=0
	while [ "$(find "$W" -maxdepth 1 -name "$1" | wc -l)" -lt "$2" ] && [ $i -lt 600 ]; do sleep 0.1; i=$((i + 1)); done
}
n=$(wc -l <"$W/terms")
until_there 'port.*' "$n"
i=0
while read -r name keys; do
	i=$((i + 1))
	PORT=$(cat "$W/port.$name")
	case $keys in *reconnect:*) ;; *) keys="$keys, reconnect: 100ms" ;; esac
	lib_dest $i lemf.example "$(echo "$keys" | sed "s/SECOND/$(cat "$W/second.$name")/")"
	lib_warrant $i 'supiimsi: "001010000000001"' $i
done <"$W/terms"
cat "$W/warrants" >>"$W/warrants.yaml"
mkfifo "$W/fifo"
"$B/mdfd" -c "$W/mdfd.yaml" 2>"$W/mdfd.log" </dev/null &
MDFD=$!
PIDS="$PIDS $MDFD"
exec 9>"$W/fifo"
# a quarter of the packets: where it ends, and how many they are
set -- $(python3 -c 'import struct, sys
octets, at, n = open(sys.argv[1], "rb").read(), 24, 0
while at < len(octets) // 4:
    at, n = at + 16 + struct.unpack_from("<I", octets, at + 8)[0], n + 1
print(at, n)' "$W/core.pcap")
head -c "$1" "$W/core.pcap" >&9
i=0
while [ "$("$B/mdfctl" -s "$W/control" --json tap list 2>/dev/null | jq '.taps[0].packets')" != "$2" ] && [ $i -lt 600 ]; do sleep 0.1; i=$((i + 1)); done
: >"$W/some"
judged() { cat "$W"/*.out | grep -cE "^(ok|FAIL) options_faults\.[a-z_]*(:|\$)"; }
# who failed is not ready any more
i=0
while [ $(($(find "$W" -name 'ready.*' | wc -l) + $(cat "$W"/*.out | grep -c '^FAIL'))) -lt "$n" ] && [ $i -lt 600 ]; do sleep 0.1; i=$((i + 1)); done
tail -c +$(($1 + 1)) "$W/core.pcap" >&9
: >"$W/fed"
i=0
while [ "$(judged)" -lt "$n" ] && [ $i -lt 600 ]; do sleep 0.1; i=$((i + 1)); done
check options_faults.judged "$n" "$(judged)"
exec 9>&-
kill $MDFD
wait $MDFD
check options_faults.delivered 0 $?
: >"$W/over"
for p in $AGENCIES; do wait "$p"; done
PIDS=
cat "$W"/*.out

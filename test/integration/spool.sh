#!/bin/sh
# Spilling to disk: an agency that is away or stands still while many times the memory of its queue comes; stops and kills in
# the middle; a full disk; damage; another key; a destination that is gone. Every record once, in order, or named as lost;
# nothing of it in clear on disk.
. test/lib.sh
command -v jq >/dev/null || { skip spool "no jq"; exit 0; }
lib_begin spool
lib_certs mdf.example a.example || { fail spool "no certificates"; exit 1; }
CTL="$B/mdfctl -s $W/control"
T='supiimsi: "001010000000001"'
LIID=LI-471100081
# The burst: 100,000 records of content; and a smaller one, still many times the memory.
traffic() { # NAME PACKETS: sets cc
	"$B/ligen" --plain --dual 0 --only6 0 --subscribers 1 --sessions 4 --packets "$2" --least 200 --most 900 --seed 4 --out "$W/$1.pcap" \
		--expect "$W/$1.json" 2>/dev/null
	cc=$(jq -r '.subscribers["001010000000001"] | .from + .to' "$W/$1.json")
}
traffic core $((ROUNDS < 100 ? 8000 : 20000))
head -c 24 "$W/core.pcap" >"$W/none.pcap"

conf() { # tap file, destination's more keys, spool's more keys
	lib_conf
	lib_tap n2n3n4 "$1"
	echo "spool: {dir: spool${3:+, $3}}" >>"$W/mdfd.yaml"
	echo destinations: >"$W/warrants.yaml"
	lib_dest 1 a.example "queue: 1MiB, reconnect: 100ms, $2"
	: >"$W/warrants"
	lib_warrant 471100081 "$T" 1
	echo warrants: >>"$W/warrants.yaml"
	cat "$W/warrants" >>"$W/warrants.yaml"
}
fresh() {
	rm -rf "$W/state" "$W/a.example" "$W/spool.key" "$W/small"
}
run() { # how to start it
	"$@" "$B/mdfd" -c "$W/mdfd.yaml" 2>>"$W/mdfd.log" </dev/null &
	MDFD=$!
	PIDS="$PIDS $MDFD"
}
alarmed() { $CTL --json status | jq "[.alarms[] | select(.alarm == \"$1\")] | length" 2>/dev/null; }	# name; of how many objects
stop() { # signal: its status
	kill "-$1" "$MDFD"
	wait "$MDFD"
	status=$?
	PIDS=$LEMF_PID
}
lemf() {
	LISTEN=$PORT lib_lemf a.example || { fail spool "lemfd did not start"; exit 1; }
}
lemf_away() {
	kill "$LEMF_PID" 2>/dev/null
	wait "$LEMF_PID" 2>/dev/null
	PIDS=
}
# until COMMAND… says WANT, 30 s at most
until_is() {
	want=$1 i=0
	shift
	while [ "$("$@" 2>/dev/null)" != "$want" ] && [ $i -lt 600 ]; do sleep 0.1; i=$((i + 1)); done
	[ $i -lt 600 ]
}
queue() { $CTL --json queue list | jq -r ".queues[] | select(.kind == \"HI3\") | $1" 2>/dev/null; }
tap_ended() { $CTL --json tap list 2>/dev/null | jq -r '.taps[0].state' 2>/dev/null; }
stored() { "$B/lidump" --json "$W/a.example/NL-OP01-$LIID/hi3.ber" 2>/dev/null; }
# Every number of every context from 0 on, as it came first, in order; how many there are.
in_order() {
	stored | jq -r '[.pSHeader.communicationIdentifier.communicationIdentityNumber, .pSHeader.sequenceNumber] | @tsv' |
		awk '!(($1, $2) in seen) { seen[$1, $2] = 1; if ($2 != next_of[$1] + 0) bad++; next_of[$1] = $2 + 1; n++ } END { print n + 0, bad + 0 }'
}
some() { [ "${1:-0}" -gt "${2:-0}" ] && echo some || echo none; }
resident() { awk '/^VmHWM/ { print $2 }' /proc/"$MDFD"/status; }	# at the most so far, kB
segments() { find "$W/state/spool" "$W/small" -name '*.seg' 2>/dev/null | wc -l; }

lib_lemf a.example || { fail spool "lemfd did not start"; exit 1; }

# -- the agency is away while all of it comes; a stop keeps it; then it comes back
fresh
conf core.pcap 'spill: all'
sed -i 's/drain_timeout: .*/drain_timeout: 200ms/' "$W/mdfd.yaml"
lemf_away
: >"$W/mdfd.log"
run env
until_is ended tap_ended || { fail spool.away "the tap did not end: $(tail -n 1 "$W/mdfd.log")"; exit 1; }
check spool.away.memory some "$(some "$(queue .disk_pdus)" "$(queue .memory_pdus)")"
check spool.away.none 0 "$(queue .dropped_pdus)"
check spool.away.all "$cc" "$(queue .queued_pdus)"
# HO-BUF-010: not in clear
grep -rqa "$LIID" "$W/state/spool" && fail spool.secret "the LIID is on disk in clear" || ok spool.secret
check spool.secret.size some "$(some "$(du -sk "$W/state/spool" | cut -f1)" 4000)"
case $MODE in asan|tsan|cov) ;; *)	# the spool's thread, too, began in the sandbox
	check spool.sandbox 'Seccomp: 2' "$(sed -n 's/^Seccomp:[[:space:]]*/Seccomp: /p' /proc/"$MDFD"/task/*/status | sort -u)" ;;
esac
stop TERM
check spool.term 0 "$status"
check spool.term.said 1 "$(grep -c 'on disk for the next start' "$W/mdfd.log")"
check spool.term.kept some "$(some "$(segments)")"

# a stop in the middle of delivery, by a signal, then by a kill; each start goes on where it was
conf none.pcap 'spill: all'
sed -i 's/drain_timeout: .*/drain_timeout: 0s/' "$W/mdfd.yaml"
lemf
for how in TERM KILL TERM; do
	run env
	i=0
	while [ "$(some "$(queue .delivered_pdus)" 2000)" != some ] && [ $i -lt 300 ]; do sleep 0.02; i=$((i + 1)); done
	stop $how
done
lib_drain_all() { # NAME: the rest, to its end
	sed -i 's/drain_timeout: .*/drain_timeout: 60s/' "$W/mdfd.yaml"
	"$B/mdfd" -c "$W/mdfd.yaml" --drain 2>>"$W/mdfd.log" </dev/null
	check "$1.drain" 0 $?
}
lib_drain_all spool.again
check spool.again.order "$cc 0" "$(in_order)"
check spool.again.gone 0 "$(segments)"

# -- the agency stands still, then goes on
lemf_away
fresh
conf core.pcap 'spill: all'
lemf
kill -STOP "$LEMF_PID"
run env
until_is ended tap_ended || fail spool.stalled "the tap did not end"
waited=$(queue .disk_octets) most=$(resident)
check spool.stalled.disk some "$(some "$waited" 6000000)"
kill -CONT "$LEMF_PID"
empty() { queue .queued_pdus; }
until_is 0 empty || fail spool.stalled "not delivered"
disk_octets() { queue .disk_octets; }
until_is 0 disk_octets	# what is delivered is destroyed behind it, while it runs
check spool.stalled.destroyed "0 0" "$(disk_octets) $(find "$W/state/spool" -name '*.hi3.*' | wc -l)"
case $MODE in asan|tsan|cov) ;; *)	# and no memory was taken for it, but for the queue's own and the reader's window: never all of a segment
	check spool.stalled.memory 1 "$(($(resident) < most + 4 * 1024))" ;;
esac
stop TERM
check spool.stalled.status 0 "$status"
check spool.stalled.order "$cc 0" "$(in_order)"
check spool.stalled.once "$cc" "$(stored | wc -l)"
check spool.stalled.gone 0 "$(segments)"

traffic few 4000

# -- content never on disk where the profile does not say so: the file tap waits
fresh
conf few.pcap 'spill: iri'
lemf_away
run env
until_is running tap_ended
sleep 1
check spool.iri.off off "$(queue .disk)"
check spool.iri.files 0 "$(find "$W/state/spool" -name '*.hi3.*' | wc -l)"
lemf
until_is ended tap_ended || fail spool.iri "the tap did not end"
stop TERM
check spool.iri.status 0 "$status"
check spool.iri.order "$cc 0" "$(in_order)"

# -- one octet of a segment
fresh
conf few.pcap 'spill: all'
sed -i 's/drain_timeout: .*/drain_timeout: 0s/' "$W/mdfd.yaml"
lemf_away
run env
until_is ended tap_ended
stop TERM
seg=$(find "$W/state/spool" -name '*.hi3.*' | sort | sed -n 2p)
at=$(($(wc -c <"$seg") / 2))
printf '\125' | dd of="$seg" bs=1 seek=$at conv=notrunc 2>/dev/null
printf '\252' | dd of="$seg" bs=1 seek=$((at + 1)) conv=notrunc 2>/dev/null	# one of the two is another than before
conf none.pcap 'spill: all'
lemf
: >"$W/mdfd.log"
run env
until_is 0 empty || fail spool.damage "not delivered"
check spool.damage.counted 1 "$(queue .damaged_pdus)"
until_is 1 alarmed spool_damaged || fail spool.damage.alarm "not raised"
stop TERM
check spool.damage.named 1 "$(grep -c 'spool: record [0-9]* of segment [0-9a-f]* is lost: damaged' "$W/mdfd.log")"
check spool.damage.rest $((cc - 1)) "$(in_order | cut -d' ' -f1)"

# -- another key, a destination that is gone: named, and left alone
fresh
conf few.pcap 'spill: all'
sed -i 's/drain_timeout: .*/drain_timeout: 0s/' "$W/mdfd.yaml"
lemf_away
run env
until_is ended tap_ended
stop TERM
left=$(segments)
mv "$W/spool.key" "$W/right.key"
"$B/mdfd" -c "$W/mdfd.yaml" 2>"$W/mdfd.log" </dev/null
check spool.key.none 1 $?
grep -q 'spool.key .*is not there' "$W/mdfd.log" && ok spool.key.said || fail spool.key.said "$(tail -n 1 "$W/mdfd.log")"
head -c 32 /dev/urandom >"$W/spool.key"
chmod 600 "$W/spool.key"
DRAIN=0s
conf none.pcap 'spill: all'
lemf
: >"$W/mdfd.log"
run env
other_key() { grep -c 'was written under another spool key' "$W/mdfd.log"; }
until_is "$left" other_key
stop TERM
check spool.key.other "$left" "$(other_key)"
check spool.key.left "$left" "$(segments)"
cp "$W/right.key" "$W/spool.key"
printf 'destinations: []\nwarrants: []\n' >"$W/warrants.yaml"
lemf_away
run env		# it goes, and cannot deliver the rest
until_is ended tap_ended
stop TERM
check spool.gone.status 0 "$status"
: >"$W/mdfd.log"
run env
until_is ended tap_ended
orphans() { some "$(alarmed spool_orphan)"; }	# HI2 and HI3 are two
until_is some orphans || fail spool.gone.alarm "not raised"
stop TERM
grep -q 'there is no such destination; they stay' "$W/mdfd.log" && ok spool.gone.said || fail spool.gone.said "$(tail -n 1 "$W/mdfd.log")"
check spool.gone.left "$left" "$(segments)"
lemf
conf none.pcap 'spill: none'	# and when it is back, even to memory only, it gets what is its own
lib_drain_all spool.back
check spool.back.order "$cc 0" "$(in_order)"
check spool.back.gone 0 "$(segments)"

# -- segments that a stop left and the next start does not find, as where a disk is not mounted, are lost by name of their queue
fresh
conf few.pcap 'spill: all'
lemf_away
run env
until_is ended tap_ended || fail spool.missing "the tap did not end"
left=$(queue .queued_pdus)
stop TERM
mv "$W/state/spool" "$W/state/elsewhere"
conf none.pcap 'spill: all'
lemf
run env
until_is "$left" queue .damaged_pdus
check spool.missing.counted "$left" "$(queue .damaged_pdus)"
alarms() { some "$(alarmed spool_damaged)"; }
until_is some alarms || fail spool.missing.alarm "not raised"
stop TERM
check spool.missing.audited "$left" "$(jq -s '[.[] | select(.event == "records-lost" and .fields.kind == "HI3") | .fields.records | tonumber] | add' "$W/state/audit.log")"
rm -rf "$W/state/spool"
mv "$W/state/elsewhere" "$W/state/spool"
: >"$W/mdfd.log"
run env
until_is on queue .disk
check spool.missing.once 0 "$(grep -c 'not there any more' "$W/mdfd.log")"
stop TERM

DRAIN=30s
# -- the key beside the data is a warning
conf none.pcap 'spill: all' "key: state/spool.key"
check spool.check.beside 1 "$("$B/mdfd" -c "$W/mdfd.yaml" --check 2>&1 | grep -c 'spool.key: warning: lies beside the data')"
conf none.pcap 'spill: all'
check spool.check.apart 0 "$("$B/mdfd" -c "$W/mdfd.yaml" --check 2>&1 | grep -c 'warning: lies beside')"
sed -i '/^spool:/d' "$W/mdfd.yaml"
check spool.check.none 1 "$("$B/mdfd" -c "$W/mdfd.yaml" --check 2>&1 | grep -c 'destinations\[0\].spill: mdfd.yaml names no spool')"

# -- a disk of 3 MB: full is told, the tap waits, nothing is lost when the agency is back; what is left of it is IRI's (HO-BUF-006)
if [ "$(id -u)" = 0 ] && unshare -m true 2>/dev/null; then
	fresh
	mkdir "$W/small"
	conf few.pcap 'spill: all'
	sed -i 's,^spool:.*,spool: {dir: ../small},' "$W/mdfd.yaml"
	lemf_away
	: >"$W/mdfd.log"
	run unshare -m sh -c 'mount -t tmpfs -o size=3m tmpfs "$0/small" && exec "$@"' "$W"
	until_is full queue .disk || fail spool.full "not told"
	check spool.full.said 1 "$(grep -c 'HI3: spool: what the disk has yet is left to records of a higher rank: nothing more goes to disk' "$W/mdfd.log")"
	check spool.full.iri on "$($CTL --json queue list | jq -r '.queues[] | select(.kind == "HI2") | .disk')"
	until_is 1 alarmed spool_full || fail spool.full.alarm "not raised"
	check spool.full.waits running "$(tap_ended)"
	lemf
	until_is ended tap_ended || fail spool.full "the tap did not end"
	until_is 0 empty
	until_is on queue .disk	# found out within a second or two, where nothing is written any more
	check spool.full.again on "$(queue .disk)"
	stop TERM
	check spool.full.status 0 "$status"
	check spool.full.order "$cc 0" "$(in_order)"
else
	skip spool.full "no mount namespaces"
fi
lib_end
PIDS=

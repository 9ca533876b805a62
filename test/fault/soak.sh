#!/bin/sh
# make soak: 24 hours' worth of traffic at 100 times speed: an hour of it takes 36 s, the whole 864 s. HOURS (24) shortens it; SEED (1).
#
# What an hour's worth is: in the busiest hour of the day 40 packets of content a second, of which a quarter is somebody's who is a target, in
# sessions of 150 packets each, 60 at a time, 960 begun and released an hour, each changed once; a hundred times as fast here. The other
# hours are so much less as feed_main.c has it (a day of 14 of its busiest hours in sum). mdfd's own clock is not made faster: its
# timers, acknowledgements and audit times are those of real time. It is one process from the beginning to the end, on a veth pair, or on
# a FIFO where there is none; in front of the agency stands a relay.
#
# Each hour a warrant comes by mdfctl and one by reload, and those of the hour before end. In the first hour, and then
# every so many hours as said: lemfd is restarted (3: told to stop, or killed, in turn), certificates and keys are made
# anew and read again at both ends (4), the agency is away until records lie on disk (5), connections are reset (2), the disk of
# state_dir takes 1.5 s a sync (6).
# The audit log goes on in a new file each 256 KiB.
#
# Held: of the traffic nothing is missing (check_main.c: as after a fault of which mdfd loses nothing), what came and went with a warrant
# lies within its time, the audit log verifies over all its files, descriptors are as many at the end as after the first hour, and
# mdfd holds no more memory than after the first hour. Of what it has allocated and not freed (heap.c counts) HEAP_KB are allowed: what may be
# queued or held at the instant of a look, and which connections have their buffers. Of anonymous memory it is GROWTH_KB, because malloc
# keeps pages in which any block is left, and because the rings of a queue are touched for the first time as records go round: IRI need a day
# for that.
# lemfd grows by nature: its table of 2^20 places is touched as numbers come (16 MiB), and each context
# is remembered (CTX_OCTETS), a million of them at the most. Beyond these it is held to the same.
. test/lib.sh
: "${B:?}" "${HOURS:=24}" "${SEED:=1}" "${GROWTH_KB:=4096}" "${HEAP_KB:=1024}" "${CTX_OCTETS:=400}"
if [ "${1:-}" = '' ]; then
	command -v jq >/dev/null || { skip soak "no jq"; exit 0; }
	unshare -n -m true 2>/dev/null && exec unshare -n -m sh "$0" inside
	exec sh "$0" outside
fi
. test/fault/faults.sh
HEAP=$(cd "$B" && pwd)/fault_heap.so
HOUR=36	# seconds
RATE=4000	# packets a second in the busiest
lib_begin soak
T=$W TOP=$W J=0 FAULT=soak RUN_SEED=$SEED
W=$T/run
mkdir -p "$W"
case $MODE in asan|tsan) SHIM= ;; *) SHIM=yes ;; esac
PIDS= WHY= LIVE= RELAYED=yes HOW=--lossless SAME= FEED= LEMF_PORT= MAY_TEAR=yes MOUNTS= STATUS=0
SPOOL='dir: spool' DEST=', spill: all' QUEUE=1MiB DRAIN=10s
FEEDING="--rate $RATE --hour $HOUR --sessions 60 --life 150"
lib_veth l0 r0 && LIVE=yes LINK=yes
ip link set lo up 2>/dev/null
(W=$T; lib_certs mdf.example lemf.example) || { fail soak "no certificates"; exit 1; }
AUDIT_ROTATE=256KiB
world || { fail soak "$WHY"; exit 1; }

# -- what happens ----------------------------------------------------------------------------------------------------------

now_us() { date +%s%6N; }
ordered() { if [ -n "$LIVE" ]; then now_us; else echo 0; fi; }	# a FIFO's packets bear another clock
ended() { if [ -n "$LIVE" ]; then now_us; else echo 9000000000000000; fi; }
temporary() { # number, subscriber: in warrants.yaml's form
	W=$W/made lib_warrant "$1" "supiimsi: \"00101$(printf %010u $((500 + $2)))\"" 1
}
# The file's warrants with this hour's; the last hour's end.
by_reload() {
	rm -rf "$W/made" "$W/made.all"
	mkdir "$W/made"
	cp "$W/warrants" "$W/made/warrants"
	temporary $((200 + H)) $((6 + H % 15))
	sed '/^warrants:/,$d' "$W/warrants.yaml" >"$W/made.all"
	cat "$W/made/warrants" >>"$W/made.all"
	t=$(ordered)
	mv "$W/made.all" "$W/warrants.yaml"
	$CTL reload >/dev/null || broken "hour $H: reload failed"
	[ -z "$reloaded" ] || echo "$reloaded $(ended)" >>"$W/wanted"
	reloaded="LI-$((200 + H)) $((6 + H % 15)) 23 $t"
}
by_mdfctl() {
	if [ -n "$added" ]; then
		$CTL warrant end "${added%% *}" >/dev/null || broken "hour $H: no warrant to end"
		echo "$added $(ended)" >>"$W/wanted"
	fi
	rm -rf "$W/made"
	mkdir "$W/made"
	echo warrants: >"$W/made/warrants"
	temporary $((300 + H)) $((6 + H * 7 % 15))
	t=$(ordered)
	$CTL warrant add "$W/made/warrants" >/dev/null || broken "hour $H: warrant add failed"
	added="LI-$((300 + H)) $((6 + H * 7 % 15)) 23 $t"
}
restart_lemfd() {
	if [ $((H / 3 % 2)) = 0 ]; then kill -TERM "$LEMF_PID"; else kill -KILL "$LEMF_PID"; fi
	gone "$LEMF_PID"
	nap_rand 10000 500000
	lemf_up
}
new_certificates() {
	(W=$T; lib_certs mdf.example lemf.example) || broken "no certificates"
	for n in mdf.example lemf.example; do cp "$T/$n.crt" "$T/$n.key" "$W"; done
	cp "$T/ca.crt" "$W"
	kill -HUP "$LEMF_PID"
	$CTL reload >/dev/null || broken "hour $H: reload of certificates failed"
}
away() { # until something is on disk
	kill -TERM "$LEMF_PID"
	gone "$LEMF_PID"
	some() { [ "$(queue .disk_pdus)" -gt 500 ] 2>/dev/null && echo some; }
	until_is some 20 some || broken "hour $H: nothing spilled"
	lemf_up
	spills=$((spills + 1))
}
each() { [ $((H % $1)) = 0 ]; }

# -- what is looked at -----------------------------------------------------------------------------------------------------

anon() { awk '$1 == "RssAnon:" { print $2 }' "/proc/$1/status"; }
descriptors() { ls "/proc/$1/fd" | wc -l; }
records() { stat -c %s "$W"/lemf.example/NL-*/hi*.ber 2>/dev/null | awk '{ n += $1 } END { print int(n / 1024) }'; }
look() {
	heap=$([ -z "$SHIM" ] && echo 0 || "$B/fault_do" heap "$W/heap")
	mem=$(anon "$MDFD") lemf_mem=$(anon "$LEMF_PID") fds=$(descriptors "$MDFD") lemf_fds=$(descriptors "$LEMF_PID")
	spool=$(du -sk "$W/state/spool" | cut -f 1)
	audit=$(cat "$W"/state/audit.log* | wc -c)
	store=$(($(du -sk "$W/state" | cut -f 1) - spool - audit / 1024))
	took=$(jq -r '[.queues[].delivered_pdus] | add' "$W/q" 2>/dev/null)
	printf '%4d %9s %7d %7d %8d %4d %9d %4d %8d %8d %8d %9d %5d\n' $((H + 1)) "$(status '.sessions.known')" "${took:-0}" \
		"$heap" "$mem" "$fds" "$lemf_mem" "$lemf_fds" "$store" "$spool" $((audit / 1024)) "$(records)" "$spills"
}
echo "hour  sessions records heap kB  mdfd kB  fds  lemfd kB  fds store kB spool kB audit kB agency kB spills"
of() { awk -v k="$1" '{ for (i = 1; i < NF; i++) if ($i == k) print $(i + 1) }' "$W/verdict" 2>/dev/null | grep . || echo 0; }
H=0 reloaded= added= spills=0 start=$(date +%s)
while [ "$H" -lt "$HOURS" ]; do
	by_reload
	by_mdfctl
	each 2 && { nap 1000000; relay reset; }
	each 3 && { nap 2000000; restart_lemfd; }
	each 4 && { nap 2000000; new_certificates; }
	each 5 && { nap 2000000; away; }
	each 6 && [ -n "$SHIM" ] && { nap 2000000; "$B/fault_do" shim "$W/shim" 0 1500000; nap 3000000; "$B/fault_do" shim "$W/shim" 0 0; }
	left=$((start + (H + 1) * HOUR - $(date +%s)))
	[ $left -le 0 ] || sleep $left
	$CTL --json queue list >"$W/q"
	look
	if [ $H = 0 ]; then heap0=$heap mem0=$mem fds0=$fds lemf_mem0=$lemf_mem lemf_fds0=$lemf_fds; fi
	kill -0 "$MDFD" 2>/dev/null || { broken "mdfd ended in hour $H"; break; }
	H=$((H + 1))
done
[ -z "$reloaded" ] || echo "$reloaded 9000000000000000" >>"$W/wanted"
[ -z "$added" ] || echo "$added 9000000000000000" >>"$W/wanted"
settle
lost=$(jq '[.taps[].dropped | .kernel + .interface] | add' "$W/taps.json")
judge

if [ -z "$WHY" ]; then ok soak.complete; else fail soak.complete "$WHY"; fi
tail -n 1 "$W/verdict"
grown=$((heap - heap0))
if [ $grown -le "$HEAP_KB" ]; then ok soak.heap; else fail soak.heap "mdfd holds $grown kB more than after its first hour"; fi
grown=$((mem - mem0))
if [ $grown -le "$GROWTH_KB" ]; then ok soak.memory; else fail soak.memory "mdfd grew by $grown kB since its first hour"; fi
# two connections, and one more that may just be coming or going
if [ "$fds" -le $((fds0 + 1)) ]; then ok soak.descriptors; else fail soak.descriptors "$fds0 after the first hour, $fds at the end"; fi
grown=$((lemf_mem - lemf_mem0 - 16384 - $(of contexts) * CTX_OCTETS / 1024))
if [ $grown -le "$GROWTH_KB" ]; then ok soak.lemfd_memory; else fail soak.lemfd_memory "lemfd grew by $grown kB more than it may"; fi
files=$(ls "$W"/state/audit.log* | wc -l)
if [ "$HOURS" -lt 6 ] || [ "$files" -ge 2 ]; then ok soak.rotated; else fail soak.rotated "$files files"; fi
if [ "$spills" -ge 1 ]; then ok soak.spilled; else fail soak.spilled "never"; fi
echo "mdfd: $heap0 kB allocated and $mem0 kB in use after the first hour, $heap and $mem kB at the end; $files files of the audit log; taps lost ${lost:-0}"

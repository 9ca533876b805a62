# faults.sh: one run, and what is done to it, a function a fault (run.sh tells what each may cost). POSIX sh; over test/lib.sh.
# In a run: W is its folder; CTL, MDFD, LEMF_PID, FEED; R the last random number.

case ${MODE:-release} in release) BURST=500000 FAST=40000 ;; *) BURST=20000 FAST=8000 ;; esac	# of a sanitizer's build no speed is demanded
PRELOAD=$(cd "$B" && pwd)/fault_shim.so

rand() { SEED=$(((SEED * 1103515245 + 12345) & 2147483647)); R=$((SEED / 65536 % $1)); }	# sets R
nap() { "$B/fault_do" sleep "$1"; }							# microseconds
nap_rand() { rand $(($2 - $1)); nap $((R + $1)); }

# What this machine lets us do, told once.
faults_can() {
	case $MODE in asan|tsan) skip fault.shim "LD_PRELOAD does not go with a sanitizer: clock and slow disk" ;; esac
	unshare -n true 2>/dev/null || skip fault.live "no network namespaces: nothing is fed on a veth pair"
	mkdir -p "$W/try"
	if mount -t tmpfs -o size=1m none "$W/try" 2>/dev/null; then umount "$W/try"; else skip fault.full "no mounts: no full disk"; fi
	faults_disk "$W/try" 2>/dev/null && { umount "$W/try"; rm -f "$W/try.img"; } || skip fault.power "no ext4 on a loop device: no power cut"
}

can() { # fault: may it be tried here? Who cannot was told by faults_can
	case $1 in
	clock*|slow*) case $MODE in asan|tsan) return 1 ;; esac ;;
	esac
	case $1 in *-live) [ -n "$LINK" ] || return 1 ;; esac
	case $1 in
	*-full|full-*) mount -t tmpfs -o size=1m none "$W" 2>/dev/null && umount "$W" ;;
	power*) faults_disk "$W/try" 2>/dev/null && { umount "$W/try"; rm -rf "$W/try.img" "$W/try"; } ;;
	esac
}

# -- parts of a run ------------------------------------------------------------------------------------------------------

# A disk of its own, whose power can fail: ext4 on a loop device.
faults_disk() { # folder
	mkdir -p "$1"
	truncate -s "${DISK:-64M}" "$1.img" && mkfs.ext4 -q -F "$1.img" && mount -o loop "$1.img" "$1"
}
power_cut() { # folder, who writes there
	rand 2
	if [ $R = 0 ]; then	# all at once; else it sees for a moment what the disk says then
		kill -STOP "$2"
		"$B/fault_do" cut "$1"
	else
		"$B/fault_do" cut "$1"
		nap_rand 1000 150000
	fi
	kill -KILL "$2" 2>/dev/null	# or it has ended by itself
	gone "$2"
	umount "$1" && mount -o loop "$1.img" "$1" || broken "the disk could not be mounted again"
}

broken() { WHY="${WHY:+$WHY; }$*"; }
gone() { # pid: it has ended; sets RC
	wait "$1" 2>/dev/null
	RC=$?
	left=
	for p in $PIDS; do [ "$p" = "$1" ] || left="$left $p"; done
	PIDS=$left
}
preload() { # what is started next is under the shim
	[ -z "$SHIM" ] || echo "env LD_PRELOAD=$PRELOAD${HEAP:+:$HEAP} FAULT_SHIM=$W/shim FAULT_HEAP=$W/heap"
}
lemf_up() {
	LISTEN=${LEMF_PORT:-0} lib_lemf lemf.example || { broken "lemfd did not start: $(tail -n 1 "$W/lemf.example.log")"; return 1; }
	LEMF_PORT=$PORT
}
relay_up() {
	mkfifo "$W/relay.in"
	"$B/fault_relay" "$LEMF_PORT" <"$W/relay.in" >"$W/relay.out" 2>"$W/relay.err" &
	RELAY=$!
	PIDS="$PIDS $RELAY"
	exec 7>"$W/relay.in"
	i=0
	while [ ! -s "$W/relay.out" ] && [ $i -lt 100 ]; do nap 10000; i=$((i + 1)); done
	PORT=$(cat "$W/relay.out")
}
relay() { echo "$*" >&7; }
mdfd_up() {
	$(preload) "$B/mdfd" -c "$W/mdfd.yaml" 2>>"$W/mdfd.log" </dev/null 7>&- &
	MDFD=$!
	PIDS="$PIDS $MDFD"
}
mdfd_kill() {
	kill -KILL "$MDFD"
	gone "$MDFD"
	[ -z "$LIVE" ] || kill -USR1 "$FEED"
}
status() { $CTL --json status 2>/dev/null | jq -c "$1" 2>/dev/null; }
queue() { $CTL --json queue list 2>/dev/null | jq -r ".queues[] | select(.kind == \"HI3\") | $1" 2>/dev/null; }
ready() {
	i=0
	while ! $CTL status >/dev/null 2>&1 && [ $i -lt 600 ] && kill -0 "$MDFD" 2>/dev/null; do nap 20000; i=$((i + 1)); done
	$CTL status >/dev/null 2>&1 || { broken "mdfd did not start: $(tail -n 1 "$W/mdfd.log")"; return 1; }
	[ -z "$LIVE" ] || [ -z "$FEED" ] || kill -USR2 "$FEED"
}
until_is() { # want, seconds, command: false after that
	want=$1 tries=$(($2 * 20))
	shift 2
	while [ "$("$@")" != "$want" ]; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return 1
		nap 50000
	done
}
feed_up() { # options of the feeder
	if [ -n "$LIVE" ]; then to="--interface l$J"; else to="--fifo $W/fifo"; fi
	# shellcheck disable=SC2086
	"$B/fault_feed" $to --truth "$W/truth" --watch "$W/lemf.example/NL-OP01-LI-1/hi3.ber" --seed "$RUN_SEED" ${SAME:---again} "$@" 2>"$W/feed.log" 7>&- &
	FEED=$!
	PIDS="$PIDS $FEED"
	i=0
	while [ -n "$LIVE" ] && [ ! -s "$W/truth" ] && [ $i -lt 500 ]; do nap 10000; i=$((i + 1)); done	# it hears signals from then on
}

# The world of a run: an agency, a store, warrants, whoever stands between. Before it a fault may have set: LIVE, SHIM, RELAYED,
# DEST (more keys of the destination), SPOOL, QUEUE; W/state or W/lemf.example may be a disk of its own.
world() {
	CTL="$B/mdfctl -s $W/control"
	for n in mdf.example lemf.example; do cp "$T/$n.crt" "$T/$n.key" "$W"; done
	cp "$T/ca.crt" "$W"
	[ -z "$SHIM" ] || "$B/fault_do" shim "$W/shim" 0 0
	lemf_up || return 1
	[ -z "$RELAYED" ] || relay_up
	lib_conf
	[ -z "${AUDIT_ROTATE:-}" ] || sed -i "s/^audit: {/&rotate: $AUDIT_ROTATE, /" "$W/mdfd.yaml"
	if [ -n "$LIVE" ]; then
		echo "  - {name: core, interface: r$J, network_functions: {smf: smf-1, upf: upf-1, amf: amf-1}}" >>"$W/mdfd.yaml"
	else
		mkfifo "$W/fifo"
		lib_tap core fifo
	fi
	[ -z "$SPOOL" ] || echo "spool: {$SPOOL}" >>"$W/mdfd.yaml"
	echo destinations: >"$W/warrants.yaml"
	rand 2
	lib_dest 1 lemf.example "reconnect: 100ms, queue: $QUEUE, timers: {TIME1: 1s, TIME3: 2s, TIME5: 2s, TIME6: $((R ? 100 : 1000))ms}$DEST"
	echo warrants: >"$W/warrants"
	: >"$W/wanted"
	for k in 1 2 3 4 5; do
		lib_warrant $k "supiimsi: \"00101$(printf %010u $((500 + k)))\"" 1
		echo "LI-$k $k 23" >>"$W/wanted"
	done
	[ "$FAULT" = burst ] || {	# 500,000 packets are as many records there
	lib_warrant 101 'supiimsi: "001010000000501"' 1	# two warrants on one subscriber; and one kind only
	lib_warrant 102 'supiimsi: "001010000000502"' 1 HI2Only
	lib_warrant 103 'supiimsi: "001010000000503"' 1 HI3Only
	printf 'LI-101 1 23\nLI-102 2 2\nLI-103 3 3\n' >>"$W/wanted"
	}
	for k in ${OTHERS:+31 32 33 34 35}; do
		lib_warrant $k "supiimsi: \"00101$(printf %010u $k)\"" 1 HI2Only
		echo "LI-$k $k 1" >>"$W/wanted"
	done
	cat "$W/warrants" >>"$W/warrants.yaml"
	mdfd_up
	if [ -n "$LIVE" ]; then
		FEED=
		ready || return 1
		feed_up $FEEDING
		[ -z "$OTHERS" ] || others_up
	else
		feed_up $FEEDING
		ready || return 1
	fi
}

# Other traffic on the same wire, with N2: subscribers who move about, whose AMF records have no CIN and numbers that outlive mdfd.
others_up() {
	(
		trap 'kill $gen 2>/dev/null; exit 0' TERM
		n=$RUN_SEED
		while :; do
			"$B/ligen" --interface "l$J" --rate 3000 --seed $n --subscribers 40 --sessions 2 --packets 0 --dual 0 --only6 0 --handover 90 2>/dev/null &
			gen=$!
			wait $gen
			n=$((n + 1))
		done
	) &
	OTHERS=$!
	PIDS="$PIDS $OTHERS"
}
settled() { status '[.status.delivered, .numbers.to_announce]'; }

# The end: a last packet, everything released, everything delivered, mdfd told to stop.
settle() {
	[ -z "$OTHERS" ] || { kill -TERM "$OTHERS"; gone "$OTHERS"; }
	kill -TERM "$FEED" 2>/dev/null
	gone "$FEED"
	[ "$RC" = 0 ] || broken "the feeder ended with $RC"
	until_is '[true,0]' 30 settled || broken "not delivered: $(settled)"
	status . >"$W/status.json"
	$CTL --json queue list >"$W/queues.json" 2>/dev/null
	$CTL --json tap list >"$W/taps.json" 2>/dev/null
	kill -TERM "$MDFD"
	gone "$MDFD"
	case " $STATUS " in *" $RC "*) ;; *) broken "mdfd ended with $RC: $(tail -n 1 "$W/mdfd.log")" ;; esac
	[ -z "$RELAYED" ] || exec 7>&-
	kill -TERM "$LEMF_PID" 2>/dev/null
	gone "$LEMF_PID"
	[ "$RC" = 0 ] || broken "lemfd ended with $RC"
}

judge() {
	"$B/mdfctl" audit verify --key "$W/state/audit.pub" "$W"/state/audit.log* >"$W/verify" 2>&1 || broken "audit: $(tail -n 1 "$W/verify")"
	jq -r 'select(.event == "numbers-not-issued") | .fields | "\(.liid) \(.kind) \(if .cin == "" then "-" else .cin end) \(.from) \(.to)"' \
		"$W"/state/audit.log* | sort -u >"$W/audited"
	for d in "$W"/lemf.example/NL-OP01-*; do
		jq -r --arg l "${d##*NL-OP01-}" 'select(.event == "not-issued") | "\($l) \(.hi | ascii_upcase) \(.cin // "-") \(.from) \(.to)"' "$d/events.jsonl"
	done 2>/dev/null | sort -u >"$W/said"
	cmp -s "$W/audited" "$W/said" || broken "announced and audited differ: $(comm -3 "$W/audited" "$W/said" | wc -l) contexts"
	jq -r 'select(.event == "interception-end") | .fields | "\(.liid) HI2 \(.cin) \(.iri)", "\(.liid) HI3 \(.cin) \(.cc)"' \
		"$W"/state/audit.log* >"$W/used"
	bad=$(cat "$W"/lemf.example/NL-*/events.jsonl | grep -cE '"event":"(conflict|repeat|torn-end)"')
	[ "$bad" = 0 ] || [ -n "$MAY_TEAR" ] || broken "lemfd saw $bad conflicts"
	# nobody has touched the agency's files: whatever happened to it, its ledgers say so
	"$B/lemfd" verify "$W/lemf.example" --json 2>/dev/null >"$W/ledgers"
	# what a kill left behind the last entry is entered when something more comes: where nothing did since the start it stays (lemfd(1))
	touched=$(jq -r '.totals.ledger as $l | [.folder, (($l.state != "whole" and $l.state != "mended") or
		$l.order + $l.changed + $l.removed + $l.added + $l.copied + $l.beyond > 0), ($l.ended == false or $l.unrecorded > 0)] | join(" ")' "$W/ledgers" |
		while read -r folder accused left; do
			[ "$accused" = false ] && { [ "$left" = false ] || [ -z "$(find "$W/lemf.example/$folder" -name '*.ber' -newer "$W/lemf.example.out")" ]; } || echo "$folder"
		done | wc -l)
	{ [ -s "$W/ledgers" ] && [ "$touched" = 0 ]; } || broken "lemfd's ledgers accuse somebody: $(jq -c "[.folder, .totals.ledger]" "$W/ledgers" | grep -v '"ended":true.*"unrecorded":0' | head -n 1)"
	case $HOW in
	*--counted)	# dropped, by the counters, and each context's by the audit log
		jq -r 'select(.event == "records-lost") | .fields | "\(.liid // "-") \(.kind) \(.cin // 0) \(.records) \(.from // 0) \(.to // 0)"' \
			"$W/state/audit.log" >"$W/lost"
		HOW="${HOW%--counted} --lost $W/lost --dropped $(jq '[.queues[].dropped_pdus] | add' "$W/queues.json")"
		;;
	esac
	[ -z "$LIVE" ] || HOW="$HOW --tap-lost $(jq '[.taps[]?.dropped | .kernel + .interface + .hold_full] | add // 0' "$W/taps.json")"
	[ "$SAME" != ' ' ] || HOW="$HOW --resumed"
	# shellcheck disable=SC2086
	"$B/fault_check" --seed "$RUN_SEED" --truth "$W/truth" --out "$W/lemf.example" --warrants "$W/wanted" --said "$W/said" --used "$W/used" \
		${LIVE:+--live} $HOW >"$W/verdict" || broken "$(grep '^fault:' "$W/verdict" | tr '\n' ' ')"
}

# -- a run -----------------------------------------------------------------------------------------------------------------

fault_run() { # fault, seed, how often it was tried
	tried=${3:-1}
	FAULT=$1 RUN_SEED=$2
	W=$TOP/w$J/run
	rm -rf "$W"
	mkdir -p "$W"
	SEED=$((RUN_SEED * 7919 + 17)) PIDS= WHY= LIVE= SHIM= RELAYED= DEST= SPOOL= QUEUE=64MiB HOW= SAME= FEEDING= FEED= LEMF_PORT= MAY_TEAR= MOUNTS= STATUS=0 OTHERS=
	rand 1000
	can "$FAULT" || { skip "fault.$FAULT.$RUN_SEED" "not on this machine"; return; }
	DRAIN=10s
	began=$(date +%s%N)
	"fault_$(echo "$FAULT" | tr - _)" && settle && judge
	for p in $PIDS; do kill -KILL "$p" 2>/dev/null; kill -CONT "$p" 2>/dev/null; wait "$p" 2>/dev/null; done
	PIDS=
	exec 7>&-
	for m in $MOUNTS; do
		[ -z "$WHY" ] || cp -a "$m" "$m.kept"
		umount "$m" 2>/dev/null
	done
	of() { awk -v k="$1" '{ for (i = 1; i < NF; i++) if ($i == k) print $(i + 1) }' "$W/verdict" 2>/dev/null | grep . || echo 0; }
	dups=$(cat "$W"/lemf.example/NL-*/events.jsonl 2>/dev/null | jq -s 'map(select(.event == "duplicates") | .count) | add // 0' 2>/dev/null)
	slow=$(awk '$1 == "z" { print $3 }' "$W/truth" 2>/dev/null)
	[ "${slow:--1}" -ge 0 ] || broken "the last packet never came"
	if [ "$FAULT" = burst ] && [ "$BURST" = 500000 ] && [ "${slow:-0}" -gt 1000000 ]; then
		# others at work on the machine, who take a second by themselves: it is tried again, twice at the most
		if [ -z "$WHY" ] && [ "$tried" -lt 3 ] && [ "$(cut -d . -f 1 /proc/loadavg)" -ge "$(nproc)" ]; then
			fault_run "$1" "$2" $((tried + 1))
			return
		fi
		broken "the last record took $slow microseconds"
	fi
	took=$((($(date +%s%N) - began) / 1000000))
	if [ -z "$WHY" ]; then
		ok "fault.$FAULT.$RUN_SEED"
	else
		fail "fault.$FAULT.$RUN_SEED" "$WHY"
		echo "  repeat: make fault ONLY=$FAULT RUNS=1 SEED=$RUN_SEED"
		for m in $MOUNTS; do rmdir "$m" && mv "$m.kept" "$m"; done
		rm -rf "$B/run/failed.$FAULT.$RUN_SEED"
		mv "$W" "$B/run/failed.$FAULT.$RUN_SEED"	# to be looked at
	fi
	echo "$FAULT $([ -z "$WHY" ] && echo 1 || echo 0) $(of records) $(of missing) $(of not_issued) ${dups:-0} ${slow:-0} $took $RUN_SEED" >>"$TOP/w$J/result"
}

# -- the faults ------------------------------------------------------------------------------------------------------------

# To the next mdfd all signalling is repeated, or sessions just go on.
again_or_not() {
	rand 2
	[ $R = 0 ] || SAME=' '
}

kills() { # how many at most, shortest and longest life in microseconds
	rand "$1"
	todo=$((R + 1))
	while [ $todo -gt 0 ]; do
		nap_rand "$2" "$3"
		mdfd_kill
		mdfd_up
		ready || return 1
		todo=$((todo - 1))
	done
	nap 300000
}

fault_kill() {
	again_or_not
	world || return
	kills 3 50000 900000
}

fault_kill_live() {
	LIVE=yes OTHERS=yes
	again_or_not
	world || return
	kills 3 50000 900000
}

fault_kill_twice() {
	again_or_not
	world || return
	nap_rand 100000 800000
	mdfd_kill
	for k in 1 2 3; do
		mdfd_up
		nap_rand 5000 150000
		mdfd_kill
	done
	mdfd_up
	ready || return
	nap 300000
}

lemf_kills() {
	rand "$1"
	todo=$((R + 1))
	while [ $todo -gt 0 ]; do
		nap_rand 50000 700000
		kill -KILL "$LEMF_PID"
		gone "$LEMF_PID"
		nap_rand 1000 200000
		lemf_up || return 1
		todo=$((todo - 1))
	done
	nap 200000
}

fault_kill_lemfd() {
	HOW=--lossless MAY_TEAR=yes
	world || return
	lemf_kills 4
}

fault_kill_both() {
	again_or_not
	MAY_TEAR=yes
	world || return
	for k in 1 2; do
		nap_rand 50000 700000
		kill -KILL "$LEMF_PID"
		gone "$LEMF_PID"
		nap_rand 1000 200000
		mdfd_kill
		lemf_up || return
		mdfd_up
		ready || return
	done
	nap 300000
}

fault_reset() {
	HOW=--lossless RELAYED=yes
	world || return
	for k in 1 2 3 4 5 6; do
		rand 3
		case $R in
		0) relay reset ;;
		1) rand 20000; relay cut $((R + 1)) ;;
		2) relay shut; relay reset; nap_rand 10000 200000; relay open ;;
		esac
		nap_rand 50000 300000
	done
}

fault_hole() {
	HOW=--lossless RELAYED=yes
	world || return
	for k in 1 2 3; do
		rand 300000
		relay hole $((R + 1))
		nap_rand 100000 500000
		rand 2
		[ $R = 0 ] || { relay deaf; nap_rand 100000 400000; relay reset; relay go; }
	done
	relay reset
	relay go
}

fault_stall() {
	HOW=--lossless RELAYED=yes QUEUE=2MiB
	world || return
	nap_rand 100000 400000
	relay stall
	rand 3
	nap $((R * 1200000 + 100000))	# TIME5 is 2 s
	relay go
	nap 300000
}

fault_stall_live() {
	LIVE=yes RELAYED=yes QUEUE=1MiB FEEDING="--rate $FAST --most 600" HOW='--lossless --counted'
	world || return
	nap_rand 100000 400000
	relay stall
	nap_rand 800000 2500000
	relay go
	k=0 dropped=
	while [ "$dropped" != "$(queue .dropped_pdus)" ] && [ $k -lt 40 ]; do	# or the last packet may be one of them
		dropped=$(queue .dropped_pdus)
		nap 300000
		k=$((k + 1))
	done
}

fault_stop_lemfd() {
	HOW=--lossless QUEUE=2MiB
	world || return
	nap_rand 100000 400000
	kill -STOP "$LEMF_PID"
	rand 3
	nap $((R * 1200000 + 100000))
	kill -CONT "$LEMF_PID"
	nap 300000
}

spill() { SPOOL='dir: spool' DEST=', spill: all' QUEUE=1MiB FEEDING='--rate 40000 --most 800'; }
lemf_away() {
	kill -TERM "$LEMF_PID"
	gone "$LEMF_PID"
}

fault_spill_kill() {
	spill
	world || return
	nap_rand 100000 300000
	lemf_away
	for k in 1 2; do
		nap_rand 200000 900000
		mdfd_kill
		mdfd_up
		ready || return
	done
	nap_rand 1000 300000
	lemf_up || return
	nap 300000
}

fault_spill_full() {
	spill
	HOW=--lossless SPOOL='dir: ../small'
	mkdir "$W/small"
	mount -t tmpfs -o size=3m none "$W/small" && MOUNTS="$W/small"
	world || return
	nap_rand 100000 300000
	lemf_away
	until_is full 20 queue .disk || broken "the spool's disk did not fill"
	nap_rand 100000 500000
	lemf_up || return
	nap 300000
}

fault_state_full() {
	mkdir "$W/state"
	mount -t tmpfs -o size=8m none "$W/state" && MOUNTS="$W/state"
	HOW='--lossless --refused' STATUS='0 3'	# 3: not all that was asked for was done
	world || return
	nap_rand 100000 300000
	dd if=/dev/zero of="$W/state/filler" bs=4096 2>/dev/null
	nap_rand 300000 800000
	rm -f "$W/state/filler"
	nap 1500000	# what was refused is tried again each second
}

fault_lemfd_full() {
	HOW=--lossless MAY_TEAR=yes
	mkdir "$W/lemf.example"
	mount -t tmpfs -o size=48m none "$W/lemf.example" && MOUNTS="$W/lemf.example"
	world || return
	nap_rand 100000 300000
	dd if=/dev/zero of="$W/lemf.example/filler" bs=4096 2>/dev/null
	nap_rand 300000 800000
	rm -f "$W/lemf.example/filler"
	nap 300000
}

clock_steps() {
	for k in 1 2 3; do
		nap_rand 100000 400000
		rand 3600
		"$B/fault_do" shim "$W/shim" -$((R * 1000000 + 1500000)) 0
	done
	nap_rand 100000 400000
	rand 2
	[ $R = 0 ] || "$B/fault_do" shim "$W/shim" 0 0
	nap 200000
}

fault_clock() {
	HOW=--lossless SHIM=yes
	world || return
	clock_steps
}

fault_clock_live() {
	HOW=--lossless SHIM=yes LIVE=yes
	world || return
	clock_steps
	# back again; and what is ordered then bears the time that it is now
	"$B/fault_do" shim "$W/shim" -7200000000 0
	nap_rand 100000 400000
	mkdir "$W/made"
	echo warrants: >"$W/made/warrants"
	W=$W/made lib_warrant 150 'supiimsi: "001010000000504"' 1
	from=$(($(date +%s%6N) - 7200000000))
	$CTL warrant add "$W/made/warrants" >/dev/null || broken "no warrant could be added"
	echo "LI-150 4 23 $from $((from + 60000000))" >>"$W/wanted"
	nap 200000
}

slow() { rand 200; "$B/fault_do" shim "$W/shim" 0 $((R * 1000 + 50000)); }

fault_slow_disk() {
	HOW=--lossless SHIM=yes
	world || return
	slow
	nap_rand 800000 1600000
	rand 2
	[ $R = 0 ] || "$B/fault_do" shim "$W/shim" 0 0
}

fault_slow_kill() {
	SHIM=yes
	world || return
	slow
	kills 2 100000 900000
	"$B/fault_do" shim "$W/shim" 0 0
}

own_disk() { # folder: a disk of the run's own, whose power can fail
	faults_disk "$1" || { broken "no disk"; return 1; }
	MOUNTS=$1
}

fault_power() {
	HOW=--torn
	again_or_not
	own_disk "$W/state" || return
	world || return
	for k in 1 2; do
		nap_rand 100000 900000
		power_cut "$W/state" "$MDFD"
		[ -z "$LIVE" ] || kill -USR1 "$FEED"
		mdfd_up
		ready || return
	done
	nap 300000
}

fault_power_live() {
	LIVE=yes OTHERS=yes
	fault_power
}

fault_power_spill() {
	HOW=--torn
	again_or_not
	spill
	own_disk "$W/state" || return
	world || return
	nap_rand 100000 300000
	lemf_away
	nap_rand 300000 900000
	power_cut "$W/state" "$MDFD"
	mdfd_up
	ready || return
	nap_rand 1000 300000
	lemf_up || return
	nap 300000
}

fault_power_lemfd() {
	HOW=--lossless MAY_TEAR=yes
	own_disk "$W/lemf.example" || return
	world || return
	for k in 1 2; do
		nap_rand 100000 700000
		power_cut "$W/lemf.example" "$LEMF_PID"
		lemf_up || return
	done
	nap 300000
}

fault_full_kill() {
	spill
	SPOOL='dir: ../small'
	mkdir "$W/small"
	mount -t tmpfs -o size=3m none "$W/small" && MOUNTS="$W/small"
	world || return
	nap_rand 100000 300000
	lemf_away
	nap_rand 100000 1500000		# full, or nearly
	mdfd_kill
	mdfd_up
	ready || return
	nap_rand 100000 500000
	lemf_up || return
	nap 300000
}

# Whatever comes to mind, one upon the other.
fault_storm() {
	RELAYED=yes MAY_TEAR=yes
	case $MODE in asan|tsan) ;; *) SHIM=yes ;; esac
	rand 2
	[ $R = 0 ] || spill
	again_or_not
	world || return
	for k in 1 2 3 4 5 6 7 8 9 10; do
		nap_rand 10000 300000
		rand 7
		case $R in
		0) relay reset ;;
		1) rand 50000; relay cut $((R + 1)) ;;
		2) rand 50000; relay hole $((R + 1)) ;;
		3) relay stall; nap_rand 10000 300000; relay go ;;
		4) kill -KILL "$LEMF_PID"; gone "$LEMF_PID"; nap_rand 1000 300000; lemf_up || return ;;
		5)	# what is intercepted does not go on past a kill when the clock was set back
			[ -z "$SHIM" ] || { rand 100000; "$B/fault_do" shim "$W/shim" -$((R * 10000 + 1500000)) $R; SAME=${SAME:+  }; } ;;
		6) mdfd_kill; mdfd_up; ready || return ;;
		esac
	done
	[ -z "$SHIM" ] || "$B/fault_do" shim "$W/shim" 0 0
	relay go
	relay reset	# and no hole is left open
	nap 300000
}

fault_burst() {
	HOW=--lossless QUEUE=32MiB	# what is set unless somebody sets another
	FEEDING="--sessions 8 --life 0 --most 100 --packets 400 --burst $BURST"
	world || return
	i=0
	while ! grep -q '^z' "$W/truth" 2>/dev/null && [ $i -lt 600 ]; do nap 100000; i=$((i + 1)); done
}

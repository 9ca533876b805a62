# fig_late.sh: an agency comes back to a backlog of 2 GB, and what is new takes a second connection meanwhile: how late each record that was
# made since then is by its own time when it is there. X3 PDUs of 1 kB (fig_x3.sh), 10,000 a second while the backlog leaves: with
# `split` of the sessions that wait in it, and from before the return on; with `keep` of sessions that begin after it.
. test/bench/fig_x3.sh
LATE_BACKLOG=${LATE_BACKLOG:-2000000} LATE_RATE=${LATE_RATE:-10000} LATE_LIVE=${LATE_LIVE:-60000}

# late_sum WORD, late_most WORD: of the sink's connections
late_sum() { grep records "$W/sink" | awk -v k="$1" '{ for (i = 1; i < NF; i++) if ($i == k) n += $(i + 1) } END { printf "%d", n }'; }
late_most() { grep records "$W/sink" | awk -v k="$1" '{ for (i = 1; i < NF; i++) if ($i == k && $(i + 1) > n) n = $(i + 1) } END { printf "%d", n }'; }

# late_live [new]: what is new begins
late_live() {
	echo "$LATE_RATE $LATE_LIVE $1" >&8
	sleep 1
}

# late_run HOW: LATE, the age of one at the most, in ms; LATE_DISK, octets
late_run() {
	late_port=$((20000 + $$ % 10000))
	sink $((30000 + $$ % 10000)) || return
	sink_end
	conf $X3_TASKS 1 "spill: all, reconnect: 1s, backlog: second, backlog_contexts: $1"
	sed -i '/^taps:/d' "$W/mdfd.yaml"
	printf 'spool: {dir: spool}\nx2x3: {listen: "127.0.0.1:%s", peers: [upf.example]}\n' $late_port >>"$W/mdfd.yaml"
	service 0 || return
	x3_send $late_port $MDFD 16384 || { service_end; return 1; }
	echo "100000 $LATE_BACKLOG" >&8
	x3_said 2 || { service_end; return 1; }
	LATE_DISK=$("$B/mdfctl" -s "$W/control" --json queue list | grep -o '"disk_octets": *[0-9]*' | grep -o '[0-9]*$' | sort -n | tail -n 1)
	[ "$1" = keep ] || late_live
	sink "$PORT" each 8>&- || { service_end; return 1; }	# the sender ends when nobody holds its line
	if [ "$1" = keep ]; then
		until "$B/mdfctl" -s "$W/control" --json queue list | grep -q '"kind": *"HI3".*"up"'; do sleep 0.02; done
		late_live new
	fi
	x3_said 3
	x3_sent
	until [ "$(x3_queue queued_pdus)" = 0 ]; do sleep 0.2; done
	late_lost=$(x3_queue dropped_pdus)
	service_end
	sink_end
	LATE=$(late_most fresh_late_ms)
	late_fresh=$(late_sum fresh)
	[ "$late_lost" = 0 ] || missed "late: $1: $late_lost records were dropped"
	[ "$(awk '$4 > 1000' "$W/sink" | wc -l)" -ge 2 ] || missed "late: $1: no second connection"
	[ "$late_fresh" -ge $((LATE_LIVE / 2)) ] || missed "late: $1: of $LATE_LIVE new records $late_fresh came"
	rm -rf "$W/spool"
}

fig_late() {
	late_run split && figure late_split "$LATE"
	late_run keep && figure late_keep "$LATE" && figure late_backlog "$(calc "$LATE_DISK / 1000000")"
}

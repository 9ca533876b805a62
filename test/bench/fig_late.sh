# fig_late.sh: an agency comes back to a backlog of 2 GB, and what is new takes a second connection meanwhile: how late it is by its own
# time when it is there. X3 PDUs of 1 kB (fig_x3.sh), 10,000 a second while the backlog leaves.
. test/bench/fig_x3.sh
LATE_BACKLOG=${LATE_BACKLOG:-2000000} LATE_RATE=${LATE_RATE:-10000} LATE_LIVE=${LATE_LIVE:-100000}

fig_late() {
	late_port=$((20000 + $$ % 10000))
	sink $((30000 + $$ % 10000)) || return
	sink_end
	conf $X3_TASKS 1 'spill: all, reconnect: 1s, backlog: second, backlog_contexts: split'
	sed -i '/^taps:/d' "$W/mdfd.yaml"
	printf 'spool: {dir: spool}\nx2x3: {listen: "127.0.0.1:%s", peers: [upf.example]}\n' $late_port >>"$W/mdfd.yaml"
	service 0 || return
	x3_send $late_port $MDFD 16384 || { service_end; return; }
	echo "100000 $LATE_BACKLOG" >&8
	x3_said 2 || { service_end; return; }
	late_disk=$("$B/mdfctl" -s "$W/control" --json queue list | grep -o '"disk_octets": *[0-9]*' | grep -o '[0-9]*$' | sort -n | tail -n 1)
	sink "$PORT" 8>&- || { service_end; return; }	# the sender ends when nobody holds its line
	sleep 1
	echo "$LATE_RATE $LATE_LIVE" >&8
	x3_said 3
	x3_sent
	until [ "$(x3_queue queued_pdus)" = 0 ]; do sleep 0.2; done
	service_end
	sink_end
	# the connections of content: of more than a few records, that of the backlog is the later one
	late=$(awk '$4 > 1000 { print $NF, $4 }' "$W/sink" | sort -n | head -n 1)
	if [ "$(awk '$4 > 1000' "$W/sink" | wc -l)" -lt 2 ]; then missed "late: no second connection"; else figure late_second "${late% *}"; fi
	figure late_backlog "$(calc "$late_disk / 1000000")"
}

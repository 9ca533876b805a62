# fig_drain.sh: 2 GB that came while the agency was away (32 MB of memory, the rest in encrypted segments), and how fast they leave when it
# is back, beside the rate at which the same records leave while they are made: live, by mdfd over the same capture. Both by the agency's
# clock, from the first octet of content to the last.
. test/bench/fig_spill.sh
capture backlog --hot 10 --share 100 --packets "${BACKLOG:-2600000}"

# drain_conf: a destination that may have all on disk
drain_conf() {
	conf 10 1 'spill: all, reconnect: 50ms'
	lib_tap core "$W/backlog.pcap"
	echo 'spool: {dir: spool}' >>"$W/mdfd.yaml"
}
drain_ended() { "$B/mdfctl" -s "$W/control" --json tap list 2>/dev/null | grep -q '"ended"'; }
# drain_empty: waits until all is delivered; then RATE in MB/s, CPU of all threads in us a MB since FROM, OCTETS
drain_empty() {
	until drain_ended && [ "$(queued queued_pdus)" = 0 ]; do
		kill -0 $MDFD 2>/dev/null || { missed "drain: $(tail -n 1 "$W/mdfd.log")"; sink_end; return 1; }
		sleep 0.1
	done
	to=$(used)
	service_end
	sink_end
	OCTETS=$(of octets "$SINK")
	RATE=$(calc "$OCTETS / $(of ms "$SINK") / 1000")
	CPU=$(calc "(${to% *} - ${FROM% *}) / $OCTETS * 1000")
}

fig_drain() {
	cat "$W/backlog.pcap" >/dev/null
	sink $((30000 + $$ % 10000)) || return	# below the ports that mdfd connects from: it might meet itself there
	drain_conf
	"$B/mdfd" -c "$W/mdfd.yaml" 2>"$W/mdfd.log" </dev/null 9>&- &
	MDFD=$! FROM='0 0'
	drain_empty || return
	live=$RATE live_cpu=$CPU live_octets=$OCTETS
	drain_conf		# nobody listens at PORT for now
	"$B/mdfd" -c "$W/mdfd.yaml" 2>"$W/mdfd.log" </dev/null &
	MDFD=$!
	disk=0 was=1
	until drain_ended && [ "$disk" -gt 0 ] && [ "$disk" = "$was" ]; do
		kill -0 $MDFD 2>/dev/null || { missed "drain: $(tail -n 1 "$W/mdfd.log")"; return; }
		was=$disk disk=$(queued disk_octets)
		sleep 0.5
	done
	[ "$(queued dropped_pdus)" = 0 ] || { missed "drain: records were dropped"; service_end; return; }
	FROM=$(used)
	sink "$PORT" || { service_end; return; }
	drain_empty || return
	[ "$OCTETS" -ge $((live_octets * 99 / 100)) ] || missed "drain: $OCTETS of $live_octets octets"
	figure drain_rate "$RATE" "$live"
	figure drain_cpu "$CPU" "$live_cpu"
	figure drain_backlog "$(calc "$disk / 1000000")"
	rm -rf "$W/spool"
}

# fig_spill.sh: an agency that is away while half a million records come, and comes back: megabytes a second to encrypted segments and from
# them to the agency, by mdfd as a whole, against write and fdatasync of as many octets on the same disk, 4 MB at a time. How fast they leave is by
# the agency's clock: half a gigabyte is gone before anybody has asked a second time how much is left.
capture hot --hot 10

# the sum of a member of the queues
queued() { "$B/mdfctl" -s "$W/control" --json queue list 2>/dev/null | grep -o "\"$1\": *[0-9]*" | grep -o '[0-9]*$' | awk '{ n += $1 } END { printf "%.0f", n }'; }
instant() { date +%s%N; }
spill_off() {
	kill $MDFD
	wait $MDFD
	rm -rf "$W/state"
}

fig_spill() {
	cat "$W/hot.pcap" >/dev/null
	sink || return
	sink_end	# nobody listens at PORT for now
	conf 10
	sed -i 's/delivery: HI2andHI3}$/delivery: HI2andHI3, spill: all, reconnect: 50ms}/' "$W/warrants.yaml"
	lib_tap core "$W/hot.pcap"
	echo 'spool: {dir: spool}' >>"$W/mdfd.yaml"
	"$B/mdfd" -c "$W/mdfd.yaml" 2>"$W/mdfd.log" </dev/null &
	MDFD=$!
	first=0 last=0 state=
	until [ "$state" = ended ] && [ "$disk" -gt 0 ] && [ $(($(instant) - last)) -gt 500000000 ]; do
		kill -0 $MDFD 2>/dev/null || { missed "spill: $(tail -n 1 "$W/mdfd.log")"; return; }
		now=$(instant) was=${disk:-0} disk=$(queued disk_octets)
		[ "$disk" -gt 0 ] && [ $first = 0 ] && first=$now from=$disk
		[ "$disk" = "$was" ] || last=$now
		"$B/mdfctl" -s "$W/control" --json tap list 2>/dev/null | grep -q '"ended"' && state=ended
		sleep 0.02
	done
	[ "$(queued dropped_pdus)" = 0 ] || { missed "spill: records were dropped"; spill_off; return; }
	wrote=$(calc "($disk - $from) / ($last - $first) * 1000")
	limit=$("$B/bench_spool" "$W" "$disk")
	figure spill_write "$wrote" "$(of write "$limit")"
	sink "$PORT" || { spill_off; return; }
	until [ "$(queued queued_pdus)" = 0 ]; do
		kill -0 $MDFD 2>/dev/null || { missed "spill: $(tail -n 1 "$W/mdfd.log")"; return; }
		sleep 0.02
	done
	spill_off
	sink_end
	figure spill_drain "$(calc "$(of octets "$SINK") / $(of ms "$SINK") / 1000")" "$(of write "$limit")"
}

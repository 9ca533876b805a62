# fig_lanes.sh: one busy destination: the most X3 PDUs of 1 kB (fig_x3.sh) that come through to it without loss over four connections, beside
# one; in PDUs, in CPU of one, and in gigabits of PS-PDUs a second, of which a peer states 1.2 over such a bundle.
. test/bench/fig_x3.sh

fig_lanes() {
	X3_PORT=$((20000 + $$ % 10000))
	x3_run 16384 || return
	lanes_one=$RATE lanes_cpu=$CPU
	x3_run 16384 'lanes: 4' || return
	[ "$X3_SPREAD" = 4 ] || missed "lanes: content on $X3_SPREAD connections"
	figure lanes_rate "$RATE" "$lanes_one"
	figure lanes_cpu "$CPU" "$lanes_cpu"
	figure lanes_gbit "$(calc "$RATE * $X3_PDU * 8 / 1000000000")"
}

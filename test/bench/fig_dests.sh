# fig_dests.sh: a thousand agencies, HI2 and HI3 of each a TLS connection: idle, busy, all of them away. Beside one of them, and what is
# spread over all beside what goes to one. X3 PDUs of 1 kB from 4 connections as in fig_x3.sh, which has the sender.
. test/bench/fig_x3.sh
DESTS=1000 DESTS_RATE=20000 DESTS_COUNT=60000 DESTS_SECONDS=10

# rests NAME: CPU in microseconds and wake-ups a second; sets NAME_cpu, NAME_wakes
rests() {
	u=$(used)
	sleep $DESTS_SECONDS
	v=$(used)
	eval "$1_cpu=$(calc "(${v% *} - ${u% *}) / $DESTS_SECONDS / 1000") $1_wakes=$(calc "(${v#* } - ${u#* }) / $DESTS_SECONDS")"
}
rss() { awk '/^VmRSS/ { print $2 }' /proc/$MDFD/status; }

# dests_run N NAME: sets NAME_memory and so on
dests_run() {
	sink || return 1
	conf $DESTS "$1" 'reconnect: 2s'
	sed -i '/^taps:/d' "$W/mdfd.yaml"
	printf 'x2x3: {listen: "127.0.0.1:%s", peers: [upf.example]}\n' "$X3_PORT" >>"$W/mdfd.yaml"
	service $(($1 * 2)) || { sink_end; return 1; }
	sleep 2
	eval "$2_memory=$(rss) $2_up=$UP"
	rests "$2_idle"
	from=$(date +%s%N)
	"$B/mdfctl" -s "$W/control" reload >/dev/null || missed "dests: no reload"
	eval "$2_reload=$(calc "($(date +%s%N) - $from) / 1000000000")"
	sleep 2
	x3_send "$X3_PORT" $MDFD 16384 || { service_end; sink_end; return 1; }
	echo "$DESTS_RATE $DESTS_COUNT" >&8
	x3_said 2 && eval "$2_busy=$(calc "$(of cpu_us "$(tail -n 1 "$W/x3.said")") / $DESTS_COUNT")"
	x3_sent
	sleep 2			# the last acknowledgements are asked for once a second
	eval "$2_memory_busy=$(rss)"
	sink_end		# all are away; mdfd goes on
	sleep 3
	rests "$2_away"
	service_end
}

# what the machine asks for: the same to as many connections, each PDU in a record of its own
dests_limit() {
	sink || return 1
	"$B/bench_x3" limit "$W/mdf.example.crt" "$W/mdf.example.key" "$W/ca.crt" "$PORT" $X3_CONNS 1160 $DESTS >"$W/x3.port" 9>&- &
	l=$!
	while [ ! -s "$W/x3.port" ]; do sleep 0.02; done
	x3_send "$(cat "$W/x3.port")" $l 16384 || return 1
	echo "$DESTS_RATE $DESTS_COUNT" >&8
	x3_said 2 && dests_bare=$(calc "$(of cpu_us "$(tail -n 1 "$W/x3.said")") / $DESTS_COUNT")
	x3_sent
	wait $l
	rm -f "$W/x3.port"
	sink_end
}

fig_dests() {
	X3_PORT=$((20000 + $$ % 10000))
	x3_tasks=$X3_TASKS
	X3_TASKS=$DESTS
	ulimit -n "$(ulimit -Hn)"
	if dests_run 1 one && dests_run $DESTS all && dests_limit; then
		figure dests_memory "$(calc "($all_memory - $one_memory) / ($DESTS - 1)")"
		figure dests_memory_busy "$(calc "($all_memory_busy - $one_memory_busy) / ($DESTS - 1)")"
		figure dests_up "$all_up"
		figure dests_reload "$all_reload" "$one_reload"
		figure dests_idle_cpu "$all_idle_cpu" "$one_idle_cpu"
		figure dests_idle_wakes "$all_idle_wakes" "$one_idle_wakes"
		figure dests_away_cpu "$all_away_cpu" "$one_away_cpu"
		figure dests_away_wakes "$all_away_wakes" "$one_away_wakes"
		figure dests_busy_cpu "$all_busy" "$dests_bare"
		figure dests_spread_cpu "$all_busy" "$one_busy"
	fi
	X3_TASKS=$x3_tasks
}

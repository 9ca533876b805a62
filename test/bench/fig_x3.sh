# fig_x3.sh: X3 PDUs with a GTP-U message of 1,000 octets from 4 TLS connections, 1,000 sessions of 100 tasks, to one agency over TLS: the most
# that comes through without loss, and CPU of a PDU then. In full TLS records, and with a record for each PDU. The sender is a process
# of its own and not counted, as is the agency; all of them are on this machine's cores.
X3_CONNS=4 X3_TASKS=100 X3_SESSIONS=1000 X3_SIZE=1000

# x3_queue WORD: of the queue of content
x3_queue() { "$B/mdfctl" -s "$W/control" --json queue list 2>/dev/null | grep -o '"kind": *"HI3".*' | grep -o "\"$1\": *[0-9]*" | grep -o '[0-9]*$' | head -n 1; }
# what has been delivered, when all is acknowledged: that is asked for once a second
x3_delivered() {
	d=0
	until [ "$(x3_queue queued_pdus)" = 0 ] || [ $((d += 1)) -gt 50 ]; do sleep 0.1; done
	x3_queue delivered_pdus
}

# x3_send PORT PID RECORD: the sender, waiting for lines on 8; its words in W/x3.said
x3_send() {
	rm -f "$W/rates"
	mkfifo "$W/rates"
	: >"$W/x3.said"
	"$B/bench_x3" send "$W/upf.example.crt" "$W/upf.example.key" "$W/ca.crt" "$1" "$2" $X3_CONNS $X3_TASKS $X3_SESSIONS "$3" $X3_SIZE \
		<"$W/rates" >"$W/x3.said" 2>"$W/x3.err" 9>&- &
	X3_SENDER=$!
	exec 8>"$W/rates"
	x3_said 1
}
x3_said() { # lines
	while [ "$(wc -l <"$W/x3.said")" -lt "$1" ]; do
		sleep 0.05
		kill -0 $X3_SENDER 2>/dev/null || { missed "x3: $(cat "$W/x3.err")"; return 1; }
	done
}
x3_sent() { exec 8>&-; wait $X3_SENDER; }

# x3_limit RECORD RATE COUNT: the same through bench_x3 limit; its words in LIMIT
x3_limit() {
	sink || return 1
	"$B/bench_x3" limit "$W/mdf.example.crt" "$W/mdf.example.key" "$W/ca.crt" "$PORT" $X3_CONNS "$X3_PDU" >"$W/x3.port" 9>&- &
	l=$!
	while [ ! -s "$W/x3.port" ]; do sleep 0.02; done
	x3_send "$(cat "$W/x3.port")" $l "$1" || return 1
	echo "$2 $3" >&8
	x3_said 2 && LIMIT=$(tail -n 1 "$W/x3.said")
	x3_sent
	wait $l
	rm -f "$W/x3.port"
	sink_end
}

# x3_run RECORD [KEYS]: with these of the destination, steps until something is lost or the sender has no more; RATE, CPU, COUNT and X3_PDU of the
# last without loss; X3_SPREAD: connections that had a good part of it
x3_run() {
	sink || return 1
	conf $X3_TASKS 1 "$2"
	sed -i '/^taps:/d' "$W/mdfd.yaml"
	printf 'x2x3: {listen: "127.0.0.1:%s", peers: [upf.example]}\n' "$X3_PORT" >>"$W/mdfd.yaml"
	"$B/mdfd" -c "$W/mdfd.yaml" 2>"$W/mdfd.log" </dev/null 9>&- &
	m=$!
	i=0
	until [ "$(x3_queue delivered_pdus)" ] && "$B/mdfctl" -s "$W/control" --json queue list | grep -q '"kind": *"HI3".*up"'; do
		sleep 0.1
		[ $((i += 1)) -lt 100 ] || { missed "x3: mdfd: $(tail -n 1 "$W/mdfd.log")"; kill $m; return 1; }
	done
	x3_send "$X3_PORT" $m "$1" || { kill $m; return 1; }
	ask=75000 lines=1 RATE=0
	while :; do
		n=$((ask * 2)) before=$(x3_delivered)
		echo "$ask $n" >&8
		x3_said $((lines += 1)) || break
		said=$(tail -n 1 "$W/x3.said")
		[ $(($(x3_delivered) - before)) -eq $n ] || break
		RATE=$(of rate "$said") CPU=$(calc "$(of cpu_us "$said") / $n") COUNT=$n
		[ "$RATE" -ge $((ask * 9 / 10)) ] || break
		ask=$((ask * 4 / 3))
	done
	x3_lost=$(x3_queue dropped_pdus)
	x3_sent
	kill $m
	wait $m
	sink_end
	X3_PDU=$(calc "int($(of octets "$SINK") / $(of pdus "$SINK") + 0.5)")
	X3_SPREAD=$(grep records "$W/sink" | awk -v most="$(of octets "$SINK")" '$6 > most / 4' | wc -l)
	[ "$RATE" -gt 0 ] || missed "x3: lost at 75,000 a second: $x3_lost"
}

fig_x3() {
	X3_PORT=$((20000 + $$ % 10000))
	x3_run 16384 || return
	figure x3_ingest_rate "$RATE"
	x3_limit 16384 "$RATE" "$COUNT" && figure x3_ingest_cpu "$CPU" "$(calc "$(of cpu_us "$LIMIT") / $COUNT")"
	x3_run 0 || return
	figure x3_ingest_rate_small "$RATE"
	x3_limit 0 "$RATE" "$COUNT" && figure x3_ingest_cpu_small "$CPU" "$(calc "$(of cpu_us "$LIMIT") / $COUNT")"
}

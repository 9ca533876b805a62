# fig_tap.sh: a file tap, 1,000,000 G-PDUs of 100 to 1,400 octets, 10,000 sessions: what an unwanted packet costs, a wanted one, memory.
capture mix
capture hot --hot 10

capture calm --packets 20000 --hot 5000 --share 0

# cost SAID END: microseconds of CPU from the first packet of content to the last delivery, the part before the look added, and
# without END, which is what it takes to end that many interceptions and the process
cost() { calc "($(of cpu_exit "$1") - $2) / $(of part "$1")"; }

# ending WARRANTS: that, of a run whose content is none of theirs
ending() {
	watch calm "$1" && END=$(calc "$(of cpu_exit "$SAID") - $(of cpu_eof "$SAID")")
}

# deliver WARRANTS OVERHEAD: sets LIMIT to what bench_limit says
deliver() {
	sink || return 1
	LIMIT=$("$B/bench_limit" deliver "$W/mix.pcap" "$BEFORE" "$1" "$2" "$W/mdf.example.crt" "$W/mdf.example.key" "$W/ca.crt" "$PORT") ||
		missed "no limit to hold delivery against"
	sink_end
}

# octets of a PS-PDU more than its content has: found once, by what the sink got
overhead() {
	[ -z "$OVERHEAD" ] || return 0
	deliver 5000 100
	OVERHEAD=$(calc "int($(of octets "$sunk") / $(of pdus "$sunk") - $(of octets "$LIMIT") / $(of pdus "$LIMIT") + 100.5)")
}

fig_tap() {
	BEFORE=$(of before "$(cat "$W/mix.said")")
	N=$(of content "$(cat "$W/mix.said")")
	cat "$W/mix.pcap" >/dev/null	# what is measured is not the disk
	READ=$("$B/bench_limit" read "$W/mix.pcap" "$BEFORE")
	read_us=$(calc "$(of cpu_us "$READ") / $N")
	watch mix 0 || return
	unwanted=$(calc "$(of cpu_eof "$SAID") / $(of part "$SAID") / $N")
	figure tap_unwanted_cpu "$unwanted" "$read_us"
	for share in 50 10 1; do
		watch mix $((share * 100)) || return
		said=$SAID sunk=$SINK
		overhead
		ending $((share * 100)) || return
		deliver $((share * 100)) "$OVERHEAD"
		n=$(of pdus "$LIMIT")
		figure tap_cpu_$share "$(calc "$(cost "$said" "$END") / $N")" "$(calc "$(of cpu_us "$LIMIT") / $N")"
		[ $share = 50 ] || continue
		wanted=$(calc "($(cost "$said" "$END") - ($N - $n) * $unwanted) / $n")
		figure tap_wanted_cpu "$(calc "$wanted - $read_us")" "$(calc "($(of cpu_us "$LIMIT") - $N * $read_us) / $n")"
		figure tap_record_cpu "$wanted"
		figure tls_records_per_pdu "$(calc "$(of records "$sunk") / $(of pdus "$sunk")")"
		figure tap_memory "$(calc "$(of peak "$said") / 1000")"
		figure tap_memory_growth "$(calc "$(of rss_eof "$said") / 1000")" "$(calc "$(of rss_mid "$said") / 1000")"
	done
	# as many records, of ten sessions
	watch hot 10 || return
	n=$(calc "$N * 0.5") said=$SAID
	ending 10 || return
	figure tap_many_warrants "$wanted" "$(calc "($(cost "$said" "$END") - ($N - $n) * $unwanted) / $n")"
}

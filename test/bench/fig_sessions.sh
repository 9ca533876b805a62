# fig_sessions.sh: many sessions: what they weigh, what finding one costs, how fast they come and go.
capture few --sessions 1000 --hot 100 --share 0
capture crowd --sessions 1000000 --hot 100000 --share 0
capture signal --sessions 100000 --packets 0 --release

# a packet of nobody: microseconds
packet() { calc "$(of cpu_eof "$1") / $(of part "$1") / 1000000"; }

fig_sessions() {
	cat "$W/few.pcap" "$W/crowd.pcap" "$W/signal.pcap" >/dev/null	# what is measured is not the disk
	watch few 100 || return
	small=$(packet "$SAID")
	watch few 0 || return
	light=$(of rss_at "$SAID")
	watch crowd 100000 || return
	figure session_lookup_growth "$(packet "$SAID")" "$small"
	watch crowd 0 || return
	figure session_memory "$(calc "($(of rss_at "$SAID") - $light) * 1024 / 999000")"
	BARE=$("$B/bench_index")
	figure lookup_bare "$(of large "$BARE")" "$(of small "$BARE")"
	watch signal 0 24 || return
	figure pfcp_messages "$(calc "600000 / $(of cpu_exit "$SAID") * 1000000")"
}

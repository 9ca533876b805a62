# fig_live.sh: a live tap on one end of a veth pair, in a network namespace of the benchmark's own. The offered load is stepped up, two
# seconds a step, until the tap or the ring loses a packet or the sender has no more; both run on this machine's cores.
capture live --packets 150000 --hot 1000 --share 10
fig_live() {
	command -v ip >/dev/null && unshare -n true 2>/dev/null || { echo "skipped: live: no network namespaces" >&2; return; }
	conf 1000
	echo "  - {name: core, interface: tapr}" >>"$W/mdfd.yaml"
	LIVE=$(B=$B W=$W BEFORE=$(of before "$(cat "$W/live.said")") unshare -n sh test/bench/live_inside.sh) ||
		{ missed "live: $LIVE $(tail -n 1 "$W/mdfd.log")"; return; }
	figure live_rate "$(of rate "$LIVE")"
	figure live_cpu "$(of cpu_us "$LIVE")"
	figure live_sent "$(of offered "$LIVE")"
}

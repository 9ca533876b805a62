# fig_names.sh: a thousand agencies given by name, of which one is there: of half the others no name server says anything, the rest have an
# address where nobody listens. What that costs, and how soon the one is had: at the start, and when it was away itself. The name server
# (bench_names) and a resolv.conf of its own are in a mount namespace: where there can be none, nothing is measured.
. test/bench/fig_dests.sh
NAMES_SERVER=127.0.0.77

# names_conf N: the first is there
names_conf() {
	conf 1 "$1" 'reconnect: 2s'
	sed -i '/^taps:/d' "$W/mdfd.yaml"
	awk -v port="$PORT" '/^  - .did:.*name: agency-/ {
			i++
			sub(/address: "[^"]*"/, "address: \"" (i == 1 ? "good.agency.test:" port : i % 2 ? "slow" i ".agency.test:" port : "good" i ".agency.test:1") "\"")
		} { print }' "$W/warrants.yaml" >"$W/warrants.new" && mv "$W/warrants.new" "$W/warrants.yaml"
}
names_up() { "$B/mdfctl" -s "$W/control" --json queue list 2>/dev/null | grep -o '"connection": *"up"' | wc -l; }

# names_run N NAME: sets NAME_up, NAME_back (s), NAME_cpu, NAME_memory, NAME_growth (kB), NAME_threads
names_run() {
	sink $((30000 + $$ % 10000)) || return 1
	names_conf "$1"
	service 2 || { sink_end; return 1; }
	eval "$2_up=$UP"
	sleep 12		# every name has been asked for once, and is asked for again
	names_first=$(rss)
	rests "$2"
	eval "$2_memory=$(rss) $2_growth=$(calc "$(rss) / $names_first") $2_threads=$(find /proc/$MDFD/task -mindepth 1 -maxdepth 1 | wc -l)"
	sink_end
	sleep 1
	sink "$PORT" || { service_end; return 1; }
	names_from=$(date +%s%N)
	names_i=0
	until [ "$(names_up)" = 2 ]; do
		sleep 0.05
		[ $((names_i += 1)) -lt 600 ] || { missed "names: not back in 30 s"; break; }
	done
	eval "$2_back=$(calc "($(date +%s%N) - $names_from) / 1000000000")"
	service_end
	sink_end
}

fig_names() {
	echo "nameserver $NAMES_SERVER" >"$W/resolv.conf"
	printf 'mount --bind "%s" /etc/resolv.conf && exec "$@"\n' "$W/resolv.conf" >"$W/under.sh"
	unshare -m sh "$W/under.sh" true 2>/dev/null || { echo "skipped: names: no mount namespace" >&2; return; }
	rm -f "$W/names.leash" "$W/names.said"
	mkfifo "$W/names.leash"
	"$B/bench_names" $NAMES_SERVER <"$W/names.leash" >"$W/names.said" 8>&- 9>&- &
	n=$!
	exec 7>"$W/names.leash"
	until [ -s "$W/names.said" ]; do
		kill -0 $n 2>/dev/null || { echo "skipped: names: no name server" >&2; exec 7>&-; return; }
		sleep 0.02
	done
	ulimit -n "$(ulimit -Hn)"
	UNDER="unshare -m sh $W/under.sh"
	if names_run 1 one 7>&- && names_run $DESTS all 7>&-; then
		figure names_up "$all_up" "$one_up"
		figure names_back "$all_back" "$one_back"
		figure names_cpu "$all_cpu" "$one_cpu"
		figure names_memory "$(calc "($all_memory - $one_memory) / ($DESTS - 1)")"
		figure names_growth "$all_growth"
		figure names_threads "$all_threads" "$one_threads"
	fi
	UNDER=
	exec 7>&-
	wait $n
}

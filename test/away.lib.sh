# away.lib.sh: mdfd beside an agency that stands still, goes, or comes back: what waits, what came, what the log says. After lib_begin; the control socket
# is W/control, the store W/state, the agency lemf.example, the tap W/fifo. SPILL: of the destination (all).
CTL="$B/mdfctl -s $W/control"
mkfifo "$W/fifo"
conf() { # destination's more keys, more of mdfd.yaml
	DRAIN=0s lib_conf
	lib_tap core fifo
	printf 'spool: {dir: spool}\n%s\n' "${2:-}" >>"$W/mdfd.yaml"
	echo destinations: >"$W/warrants.yaml"
	lib_dest 1 lemf.example "reconnect: 100ms, queue: 1MiB, spill: ${SPILL:-all}, hi4: no${1:+, $1}"
	echo 'warrants: []' >>"$W/warrants.yaml"
}
begin() { # as conf: an empty store, an agency with nothing
	rm -rf "$W/state" "$W/lemf.example"
	lib_lemf lemf.example || { fail "$(basename "$W")" "lemfd did not start"; exit 1; }
	conf "$@"
	: >"$W/mdfd.log"
}
end() { # NAME
	exec 9>&-
	kill -TERM $MDFD
	wait $MDFD
	check "$1.stop" 0 $?
	gone $MDFD
	lib_end
	"$B/mdfctl" audit verify --key "$W/state/audit.pub" "$W/state/audit.log" >/dev/null 2>&1
	check "$1.audit" 0 $?
}
up() {
	"$B/mdfd" -c "$W/mdfd.yaml" 2>>"$W/mdfd.log" </dev/null &
	MDFD=$!
	PIDS="$PIDS $MDFD"
	i=0
	while ! $CTL status >/dev/null 2>&1 && [ $i -lt 200 ]; do sleep 0.05; i=$((i + 1)); done
	X1PORT=$(sed -n 's/.*X1: listening on port \([0-9]*\).*/\1/p' "$W/mdfd.log" | tail -n 1)
}
feed() { # FILE: into the FIFO, whose other end stays open, as an interface does
	exec 9<>"$W/fifo"
	cat "$W/$1" >"$W/fifo"
}
gone() { # pid: it has ended, and is none of ours any more
	wait "$1" 2>/dev/null
	left=
	for p in $PIDS; do [ "$p" = "$1" ] || left="$left $p"; done
	PIDS=$left
}
queue() { $CTL --json queue list | jq "[.queues[] | .$1] | add" 2>/dev/null; }	# of both kinds
# the numbers do not move any more: two looks half a second apart
settled() {
	i=0 before=
	while now=$(queue queued_pdus); [ "$now" != "$before" ] && [ $i -lt 100 ]; do before=$now; sleep 0.5; i=$((i + 1)); done
	echo "$now"
}
until_is() { # WANT COMMAND…: it says so, or thirty seconds have passed
	want=$1
	shift
	i=0
	while [ "$("$@" 2>/dev/null)" != "$want" ] && [ $i -lt 300 ]; do sleep 0.1; i=$((i + 1)); done
	"$@"
}
dump() { for f in "$W/lemf.example/NL-OP01-$1"/hi[23].ber; do [ ! -e "$f" ] || "$B/lidump" --json "$f"; done; }
stored() { dump "$1" | jq -r 'select(.payload.tRIPayload == null) | 1' | wc -l; }	# LIID
audited() { jq -c "select(.event == \"$1\")" "$W/state/audit.log" | wc -l; }
some() { [ "${1:-0}" -gt "${2:-0}" ] && echo some || echo none; }
warrants() { # K…: LIID LI-K on subscriber K, by mdfctl
	echo warrants: >"$W/more.yaml"
	: >"$W/warrants"
	for k; do lib_warrant "$k" "supiimsi: \"00101$(printf %010u "$k")\"" 1; done
	cat "$W/warrants" >>"$W/more.yaml"
	$CTL warrant add "$W/more.yaml" >/dev/null
}

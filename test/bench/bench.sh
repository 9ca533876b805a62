#!/bin/sh
# make bench: what OpenMDF costs and what it bears, each limit measured in the same run on the same machine. RUNS rounds (3), in
# each of which every figure is taken once, so that a machine whose speed drifts drifts under all of them. CPU is that of all
# threads of the process, user and system; the agency is a process of its own and not counted. RT=1: at real-time priority, where that
# is allowed, so that who else works on the machine is not in the figures; for a few minutes he gets little of it.
#
#	fig_*.sh	the figures of one subject; each defines a function of its name that takes them once
#	figures.tbl	their names, aims, and what they say; the order of the table
#	bench_*.c	the programs that they run
#
# B: where the programs are; ONLY: subjects, else all; OUT: build/bench.json. Never part of make check.
. test/lib.sh
[ -z "$RT" ] || ! chrt -r 1 true 2>/dev/null || exec env RT= AT='at real-time priority' chrt -r 1 sh test/bench/bench.sh
RUNS=${RUNS:-3}
OUT=${OUT:-build/bench.json}
lib_begin bench "$PWD/build/bench"
VALUES=$W/values
: >"$VALUES"
BAD=0

# figure NAME VALUE [LIMIT]: one measurement.
figure() { echo "$*" >>"$VALUES"; }
# of KEY LINE: the word behind a word.
of() { echo "$2" | awk -v k="$1" '{ for (i = 1; i < NF; i++) if ($i == k) print $(i + 1) }'; }
# calc EXPRESSION
calc() { awk "BEGIN { printf \"%.6g\", $1 }"; }
missed() {
	echo "bench: $*" >&2
	BAD=1
	return 1
}

# capture NAME OPTIONS: W/NAME.pcap, and what bulkgen says of it in W/NAME.said. Made once.
capture() {
	c=$1
	shift
	[ -s "$W/$c.said" ] || "$B/bulkgen" --out "$W/$c.pcap" "$@" >"$W/$c.said" || missed "no capture $c"
}

# sink [PORT]: an agency; sets PORT. sink_end: the words that it said of its largest connection, in SINK.
sink() {
	rm -f "$W/leash" "$W/sink"
	mkfifo "$W/leash"
	"$B/bench_sink" "$W/lemf.example.crt" "$W/lemf.example.key" "$W/ca.crt" "$@" <"$W/leash" >"$W/sink" &
	SINK_PID=$!
	exec 9>"$W/leash"
	PORT=
	while [ -z "$PORT" ]; do
		kill -0 $SINK_PID 2>/dev/null || { missed "no sink"; return 1; }
		PORT=$(head -n 1 "$W/sink")
		sleep 0.02
	done
}
sink_end() {
	exec 9>&-
	wait $SINK_PID
	SINK=$(grep records "$W/sink" | sort -n -k 6 | tail -n 1)
}

# conf WARRANTS [DESTINATIONS [KEYS]]: W/mdfd.yaml but for its taps, and warrants on the first subscribers, spread over as many destinations
# (1) that have these keys.
conf() {
	rm -rf "$W/state" "$W/audit.log" "$W/spool"
	lib_conf
	awk -v n="$1" -v dests="${2:-1}" -v keys="$3" -v port="$PORT" '
	function uuid(i) { return sprintf("%08x-0000-4000-8000-%012x", i, i) }
	BEGIN {
		print "destinations:"
		for (i = 1; i <= dests; i++)
			printf "  - {did: %s, name: agency-%d, address: \"127.0.0.1:%s\", peer_name: lemf.example, delivery: HI2andHI3%s}\n",
				uuid(i), i, port, keys == "" ? "" : ", " keys
		print n ? "warrants:" : "warrants: []"
		for (i = 0; i < n; i++)
			printf "  - {liid: LI-%d, xid: %08x-0000-4000-8000-000000000001, authorization_country: NL, delivery: HI2andHI3, " \
				"start: 2000-01-01T00:00:00Z, end: 2040-01-01T00:00:00Z, targets: [{supiimsi: \"00101%010d\"}], " \
				"destinations: [%s]}\n", i, i + 1, i, uuid(i % dests + 1)
	}' >"$W/warrants.yaml"
}

# service: mdfd in the background, UNDER a command where there is one, once all its connections are up; sets MDFD, and UP: the seconds that
# took. service_end
service() { # connections
	s_from=$(date +%s%N) i=0
	${UNDER:-} "$B/mdfd" -c "$W/mdfd.yaml" 2>"$W/mdfd.log" </dev/null 9>&- &
	MDFD=$!
	until s_said=$("$B/mdfctl" -s "$W/control" --json queue list 2>/dev/null) &&
		[ "$(echo "$s_said" | grep -o '"connection": *"up"' | wc -l)" = "$1" ]; do
		kill -0 $MDFD 2>/dev/null && [ $((i += 1)) -lt 600 ] || { missed "mdfd: $(tail -n 1 "$W/mdfd.log")"; service_end; return 1; }
		sleep 0.1
	done
	UP=$(calc "($(date +%s%N) - $s_from) / 1000000000")
}
service_end() {
	kill $MDFD 2>/dev/null
	wait $MDFD
	return 0	# with all agencies away it says that it leaves something behind
}

# used: nanoseconds of CPU of all threads, and how often one of them was woken
used() { cat /proc/$MDFD/task/*/schedstat /proc/$MDFD/task/*/status 2>/dev/null | awk '/^voluntary/ { w += $2; next } NF == 3 && $1 ~ /^[0-9]+$/ { c += $1 } END { printf "%.0f %d\n", c, w }'; }

# watch CAPTURE WARRANTS [FROM]: mdfd over a capture, to its end, its destination with KEYS; what bench_watch says of its content in SAID. It looks when 2 MB of
# content have been read: content waits until all signalling before it has been worked off.
watch() {
	sink || return 1
	conf "$2" 1 "$KEYS"
	lib_tap core "$W/$1.pcap"
	from=${3:-$(of content_at "$(cat "$W/$1.said")")}
	[ -n "$3" ] && look=$3 || look=$((from + 2000000))
	SAID=$("$B/bench_watch" "$W/$1.pcap" "$from" "$look" -- "$B/mdfd" -c "$W/mdfd.yaml" --drain 2>"$W/mdfd.log" </dev/null) ||
		missed "mdfd over $1 with $2 warrants: $(tail -n 1 "$W/mdfd.log")"
	sink_end
}

table() {
	awk -v runs="$RUNS" -v json="$OUT" '
	function median(list, a, n, i, j, t) {
		n = split(list, a, " ")
		for (i = 2; i <= n; i++)
			for (j = i; j > 1 && a[j] + 0 < a[j - 1] + 0; j--) { t = a[j]; a[j] = a[j - 1]; a[j - 1] = t }
		return n % 2 ? a[(n + 1) / 2] : (a[n / 2] + a[n / 2 + 1]) / 2
	}
	FNR == NR { v[$1] = v[$1] " " $2; if (NF > 2) l[$1] = l[$1] " " $3; next }
	/^#/ || !NF { next }
	!($1 in v) { next }
	{
		name = $1; unit = $2; aim = $3
		text = $0; sub(/^[^ \t]+[ \t]+[^ \t]+[ \t]+[^ \t]+[ \t]+/, "", text)
		value = median(v[name]); limit = ratio = ""
		if (name in l) { limit = median(l[name]); ratio = limit ? value / limit : 0 }
		verdict = ""
		if (aim != "-") {
			bound = aim; sub(/^[<>]=/, "", bound); bound += 0
			held = aim ~ /^<=/ ? value <= bound : aim ~ /^>=/ ? (limit == "" ? value : ratio) >= bound : limit == "" ? 0 : ratio <= bound
			verdict = (held ? "holds " : "MISSED ") (aim ~ /^[<>]=/ ? aim : "<=" aim)
		}
		printf "%-26s %10.4g %-10s %9s %7s  %-14s %s\n", name, value, unit, limit == "" ? "" : sprintf("%.4g", limit),
			ratio == "" ? "" : sprintf("%.2f", ratio), verdict, text
		line[++lines] = sprintf("\"%s\": {\"value\": %.6g, \"unit\": \"%s\"%s%s}", name, value, unit,
			limit == "" ? "" : sprintf(", \"limit\": %.6g, \"ratio\": %.4g", limit, ratio),
			aim == "-" ? "" : sprintf(", \"aim\": %s", bound))
	}
	BEGIN { printf "%-26s %10s %-10s %9s %7s  %-14s %s\n", "figure", "value", "unit", "limit", "ratio", "aim", "" }
	END {
		printf "{" >json
		for (i = 1; i <= lines; i++) printf "%s\n  %s", (i > 1 ? "," : ""), line[i] >json
		printf "\n}\n" >json
	}' "$VALUES" test/bench/figures.tbl
}

lib_certs mdf.example lemf.example upf.example || { missed "no certificates"; exit 1; }
SUBJECTS=
for f in test/bench/fig_*.sh; do
	s=${f##*/fig_} s=${s%.sh}
	case " ${ONLY:-$s} " in *" $s "*) . "./$f" && SUBJECTS="$SUBJECTS $s" ;; esac
done
echo "bench:$SUBJECTS; $RUNS runs on $(nproc) cores, $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1); load $(cut -d ' ' -f 1-3 /proc/loadavg) ${AT:-}"
r=0
while [ $r -lt "$RUNS" ]; do
	r=$((r + 1))
	for s in $SUBJECTS; do
		echo "  run $r: $s" >&2
		"fig_$s"
	done
done
table
echo "(medians; in $OUT too)"
rm -f "$W"/*.pcap "$W"/*.said
exit $BAD

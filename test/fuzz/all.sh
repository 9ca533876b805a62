#!/bin/sh
# make fuzz-all: every driver with libFuzzer for FUZZ_SECONDS each, two at a time; what they found is merged to the inputs that
# reach something new, and the lines of each parser that all of it reaches are counted (by gcov), then with those of the unit
# tests of test/fuzz/parsers.tbl. Prints a table.
#   FUZZ_SECONDS   seconds a driver (600); 0: only the table, of the last run
#   FUZZ_KEEP=1    what the merge found joins test/fuzz/seeds
#   ONLY="a b"     these drivers only
# Exit status 1: a driver found a fault; its input is in build/fuzz/found, and belongs into test/fuzz/seeds once mended.
set -u
S=${FUZZ_SECONDS:-600}
JOBS=${JOBS:-$(nproc)}
F=build/fuzz C=build/cov W=build/fuzz/work
LEAST=90		# of each parser's lines, in percent
LONGEST=16384	# octets of an input: conversations on N2 and N4 are a few kB
mkdir -p $F/found $W
for f in test/fuzz/fuzz_*.c; do	# none is forgotten
	d=$(basename "$f" .c) d=${d#fuzz_}
	grep -q "^$d[[:space:]]" test/fuzz/parsers.tbl || { echo "FAIL fuzz.$d: no line in test/fuzz/parsers.tbl"; exit 1; }
done
[ -n "${ONLY:-}" ] || ONLY=$(sed 's/#.*//' test/fuzz/parsers.tbl | awk '{ print $1 }')
[ "$S" -eq 0 ] || [ "${1:-}" = one ] || rm -f $F/found/*
one() { # driver
	d=$1
	mkdir -p "$W/$d" "test/fuzz/seeds/$d"
	$F/fuzz_$d -max_total_time="$S" -timeout=20 -rss_limit_mb=2048 -max_len=$LONGEST -print_final_stats=1 \
		-artifact_prefix="$F/found/$d-" "$W/$d" "test/fuzz/seeds/$d" >"$F/$d.log" 2>&1 </dev/null
	rm -rf "$F/merged/$d"
	mkdir -p "$F/merged/$d"
	cp "test/fuzz/seeds/$d"/* "$F/merged/$d/" 2>/dev/null
	# by lines and edges, not by how often: what stays is small
	$F/fuzz_$d -merge=1 -use_counters=0 -timeout=20 -max_len=$LONGEST "$F/merged/$d" "$W/$d" >"$F/$d.merge" 2>&1 </dev/null
}
case ${1:-} in one) one "$2"; exit 0 ;; esac
export FUZZ_SECONDS
[ "$S" -eq 0 ] || for d in $ONLY; do echo "$d"; done | xargs -P "$JOBS" -I{} sh "$0" one {}
find $C -name '*.gcda' -exec rm -f {} +
rc=0
row() { sed 's/#.*//' test/fuzz/parsers.tbl | awk -v d="$1" '$1 == d { $1 = ""; print }'; }
lines() { # source, when: its lines that were reached so far, in percent
	m=$F/$(echo "$1" | tr / -)
	gcov -t -o "$C/$(dirname "$1")" "$C/${1%.c}.o" 2>/dev/null |
		awk -v f="$1" '/^ *-: +0:Source:/ { in_ = $0 ~ (":" f "$") } in_' >"$m.gcov"
	awk -F: '/^ *[0-9]+\*?:/ { n++ } /^ *[#=]+:/ { x++ } END { printf "%.1f", n + x ? 100 * n / (n + x) : 0 }' "$m.gcov" >"$F/$2.$(basename "$m")"
}
printf '%-12s %12s %9s %6s %6s   %s\n' driver executions coverage new seeds 'lines reached, in percent: by the driver/with the unit tests'
for d in $ONLY; do
	[ -f "$F/$d.log" ] || : >"$F/$d.log"	# it was never run here
	execs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$F/$d.log")
	first=$(sed -n 's/.*INITED cov: \([0-9]*\).*/\1/p' "$F/$d.log" | head -n 1)
	last=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$F/$d.log" | tail -n 1)
	find $C -name '*.gcda' -exec rm -f {} +
	mkdir -p "$F/merged/$d"
	kept=$(($(ls "$F/merged/$d" | wc -l) - $(ls "test/fuzz/seeds/$d" | wc -l)))
	cp "test/fuzz/seeds/$d"/* "$F/merged/$d/"	# one may have come by hand
	$C/test/replay_$d "$F/merged/$d" >/dev/null 2>&1
	files=$(row "$d" | sed 's,|.*,,')
	for f in $files; do lines "$f" by; done
	for t in $(row "$d" | sed -n 's/.*|//p'); do ROUNDS=10 "$C/test/$t" >/dev/null 2>&1 </dev/null; done
	text=
	for f in $files; do
		lines "$f" with
		by=$(cat "$F/by.$(echo "$f" | tr / -)") with=$(cat "$F/with.$(echo "$f" | tr / -)")
		text="$text $(basename "$f") $by"
		[ "$by" = "$with" ] || text="$text/$with"
		awk -v g="$with" -v l=$LEAST 'BEGIN { exit g + 0 < l }' || text="$text(!)"
	done
	printf '%-12s %12s %9s %6s %6s  %s\n' "$d" "${execs:-?}" "${last:-?}" "$((${last:-0} - ${first:-0}))" "+$((kept > 0 ? kept : 0))" "$text"
	[ "${FUZZ_KEEP:-0}" != 1 ] || cp "$F/merged/$d"/* "test/fuzz/seeds/$d/"
	for x in "$F/found/$d"-*; do
		[ -e "$x" ] || continue
		case $x in *slow-unit*) echo "slow: $x" ;; *) echo "FAIL fuzz.$d: $x"; rc=1 ;; esac
	done
done
echo "$S seconds a driver; (!): below $LEAST %; build/fuzz/*.gcov has the marked sources (#####: not reached)"
exit $rc

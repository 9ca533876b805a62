#!/bin/sh
# Runs test programs and scripts, two at a time, and counts. Each prints, a line a test,
#   ok NAME   |   FAIL NAME: why   |   skipped: NAME: reason
# Output is kept in $B/log. A program that ends with a status other than 0 without a FAIL line counts as one failure.
# A few that fail beside a neighbour are run once more, alone: a busy machine is no defect of theirs. What fails then as well counts; what passes is
# named before the sum, and its first output is in $B/log.beside: one that is named there twice is to be mended.
set -u
: "${B:?}" ; log=$B/log beside=$B/log.beside ; mkdir -p "$log" "$beside"
jobs=${JOBS:-$(nproc)}
AGAIN=8		# more than that is no matter of load
export B MODE G SHARED ROUNDS
start=$(date +%s)
one='t=$1; n=$(basename "$t"); f=$B/log/$n; s=$(date +%s%N)
case $t in *.sh) timeout 900 sh "$t" ;; *) timeout 900 "./$t" ;; esac >"$f" 2>"$f.err" </dev/null; rc=$?
e=$(( ($(date +%s%N) - s) / 1000000 ))
if [ $rc -ne 0 ] && ! grep -q "^FAIL " "$f"; then echo "FAIL $n: ended with status $rc" >>"$f"; fi
p=$(grep -c "^ok " "$f"); x=$(grep -c "^FAIL " "$f"); k=$(grep -c "^skipped: " "$f")
if [ $((p + x + k)) -eq 0 ]; then echo "FAIL $n: no test was run" >>"$f"; x=1; fi
printf "%-32s %4d ok %3d failed %3d skipped %7d ms\n" "$n" "$p" "$x" "$k" "$e"
grep -E "^(FAIL|skipped:) " "$f"
if [ "$x" -ne 0 ]; then tail -n 15 "$f.err" | sed "s/^/    /"; fi
:'
rm -f "$log"/* "$beside"/*
for t in "$@"; do echo "$t"; done | xargs -P "$jobs" -I{} sh -c "$one" run {}
named=
if [ "$jobs" -gt 1 ] && [ "$(grep -l '^FAIL ' "$log"/* | wc -l)" -le $AGAIN ]; then
	for t in "$@"; do
		n=$(basename "$t")
		grep -q '^FAIL ' "$log/$n" 2>/dev/null || continue
		mv "$log/$n" "$log/$n.err" "$beside/"
		echo "$n failed beside others; once more, alone:"
		sh -c "$one" run "$t"
		grep -q '^FAIL ' "$log/$n" || named="$named $n"
	done
fi
cd "$log" || exit 1
passed=$(cat -- * 2>/dev/null | grep -c '^ok ') failed=$(cat -- * | grep -c '^FAIL ') skipped=$(cat -- * | grep -c '^skipped: ')
[ -z "$named" ] || echo "failed beside others, passed alone:$named"
echo "$(( $(date +%s) - start )) s, MODE=${MODE:-release}"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]

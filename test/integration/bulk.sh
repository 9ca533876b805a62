#!/bin/sh
# What the benchmarks stand on: bulkgen's capture is read by others as it says, a warrant on its first subscribers delivers exactly
# the content that bench_limit counts, and the place where its content begins is where it says. No time is measured.
. test/lib.sh
lib_begin bulk
lib_certs mdf.example lemf.example || { fail bulk "no certificates"; exit 1; }
"$B/bulkgen" --out "$W/core" --sessions 40 --packets 3000 --hot 10 --share 30 --release >"$W/said" || fail bulk.made "status $?"
of() { awk -v k="$1" '{ for (i = 1; i < NF; i++) if ($i == k) print $(i + 1) }' "$W/said"; }
check bulk.size "$(wc -c <"$W/core")" "$(of size)"
check bulk.content 3000 "$(of content)"
"$B/corelist" -s "$W/core" >"$W/sessions"
check bulk.sessions "40 40 3000" "$(awk '$1 == "session" { n++; e += $4; p += $5 + $6 } END { print n, e, p }' "$W/sessions")"
# the frames before the content are signalling, and nothing of them stands behind its place
head -c "$(of content_at)" "$W/core" >"$W/head"
check bulk.before "40 0 0" "$("$B/corelist" -s "$W/head" | awk '$1 == "session" { n++; e += $4; p += $5 + $6 } END { print n, e, p }')"

lib_lemf lemf.example || { fail bulk "lemfd did not start"; exit 1; }
lib_conf
lib_tap core core
echo destinations: >"$W/warrants.yaml"
lib_dest 1 lemf.example
echo warrants: >"$W/warrants"
i=0
while [ $i -lt 10 ]; do
	lib_warrant $i "supiimsi: \"00101$(printf %010d $i)\"" 1
	i=$((i + 1))
done
lib_drain bulk ""
hot=$(awk '$1 == "session" && $2 ~ /00101000000000[0-9]$/ { q += $5 + $6 } END { print q }' "$W/sessions")
check bulk.delivered "$hot" "$(cat "$W"/lemf.example/NL-*/hi3.ber | "$B/lidump" --summary /dev/stdin | awk '$3 == "HI3" { n++ } END { print n + 0 }')"
if [ "$hot" -gt 700 ] && [ "$hot" -lt 1100 ]; then ok bulk.share; else fail bulk.share "$hot of 3000, 30% were asked for"; fi
lib_whole bulk

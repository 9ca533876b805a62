#!/bin/sh
# Every fuzz driver has a row in test/fuzz/parsers.tbl, whose files and tests exist, seeds, and a row in README's table; and none is named that is not there.
. test/lib.sh
drivers=$(for f in test/fuzz/fuzz_*.c; do d=$(basename "$f" .c); echo "${d#fuzz_}"; done | sort)
rows=$(sed 's/#.*//' test/fuzz/parsers.tbl | awk 'NF { print $1 }')
check fuzz_table.parsers "$drivers" "$(echo "$rows" | sort)"
check fuzz_table.readme "$drivers" "$(sed -n '/^| driver | what it is fed/,$s/^| \([a-z0-9_]*\) | [^|][^|]* |.*|.*|$/\1/p' README.md | grep -v '^driver$' | sort)"
lost=
for f in $(sed 's/#.*//; s/|.*//' test/fuzz/parsers.tbl | awk '{ $1 = ""; print }'); do [ -e "$f" ] || lost="$lost $f"; done
for t in $(sed -n 's/#.*//; s/.*|//p' test/fuzz/parsers.tbl); do [ -e "test/$t.c" ] || lost="$lost $t"; done
for d in $drivers; do [ -n "$(ls "test/fuzz/seeds/$d" 2>/dev/null)" ] || lost="$lost seeds/$d"; done
check fuzz_table.named "" "$lost"

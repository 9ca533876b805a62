#!/bin/sh
# How many lines the tests reached, by file and by folder: gcov's own counts, of our sources. B is the build's folder.
set -u
: "${B:?}"
find "$B" -name '*.gcda' ! -path "$B/gen/*" ! -path "$B/test/*" | sort | while read -r data; do
	source=${data#"$B/"}
	source=${source%.gcda}.c
	gcov -n -o "$data" "$source" 2>/dev/null | awk -v want="$source" '
		/^File / { file = $0; gsub(/^File .|.$/, "", file) }
		/^Lines executed:/ && file == want { split($0, a, "[:% ]+"); print want, a[3], a[5]; file = "" }'
done | awk '
	{ n = split($1, part, "/"); folder = part[1]; for (i = 2; i < n; i++) folder = folder "/" part[i]
	  hit = $2 * $3 / 100; lines[folder] += $3; reached[folder] += hit; all += $3; got += hit
	  if ($2 < 90) low[++k] = sprintf("    %-40s %5.1f%% of %d", $1, $2, $3) }
	END {
		print "lines reached, by folder"
		for (f in lines) printf "  %-30s %5.1f%% of %d\n", f, 100 * reached[f] / lines[f], lines[f] | "sort"
		close("sort")
		if (k) print "files below 90%"
		for (i = 1; i <= k; i++) print low[i]
		if (all) printf "all %.1f%% of %d lines\n", 100 * got / all, all
		else { print "cov: no counts below " ENVIRON["B"] > "/dev/stderr"; exit 1 }
	}'

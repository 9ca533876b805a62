#!/bin/sh
# Draws the state machines: every *.tbl with STATE, EVENT and ROW. Prints each as a table (state, event, next state, what is done), writes
# build/states/NAME.dot, and NAME.svg where graphviz is installed. Fails where a row names a state or an event that is not there, where two
# rows are for the same state and event, or where a state cannot be reached from the first.
out=${1:-build/states}
mkdir -p "$out" || exit 1
bad=0
for f in $(find handover mediation conformance -name '*.tbl' -exec grep -l '^#ifdef ROW' {} + | sort); do
	name=$(basename "$f" .tbl)
	awk -v file="$f" -v dot="$out/$name.dot" '
	function args(line,   s) { s = line; sub(/^[A-Z]+\(/, "", s); sub(/\)[^)]*$/, "", s); return s }
	function word(s, i,   a) { split(s, a, /, */); return a[i] }
	function text(s) { sub(/^[^"]*"/, "", s); sub(/".*$/, "", s); return s }
	function fault(why) { print file ": " why > "/dev/stderr"; failed = 1 }
	/^STATE\(/ { s = word(args($0), 1); state[s] = text($0); order[++n_states] = s }
	/^EVENT\(/ { e = word(args($0), 1); event[e] = text($0) }
	/^ROW\(/ {
		a = args($0); from = word(a, 1); on = word(a, 2); to = word(a, 3); act = word(a, 4)
		if (!(from in state) || !(to in state)) fault("a row of a state that is not there: " a)
		if (!(on in event)) fault("a row of an event that is not there: " a)
		if ((from, on) in row) fault("two rows for " from " and " on)
		row[from, on] = 1
		rows[++n_rows] = sprintf("%-12s %-10s %-12s %s", from, on, to, act == "nothing" ? "" : act)
		edge[n_rows] = sprintf("\t%s -> %s [label=\"%s%s\"];", from, to, event[on], act == "nothing" ? "" : "\\n" act)
		next_of[from] = next_of[from] " " to
	}
	END {
		reached[order[1]] = 1
		for (again = 1; again; ) {
			again = 0
			for (s in reached) {
				n = split(next_of[s], to_, " ")
				for (i = 1; i <= n; i++) if (!(to_[i] in reached)) { reached[to_[i]] = 1; again = 1 }
			}
		}
		for (i = 1; i <= n_states; i++) if (!(order[i] in reached)) fault("never reached: " order[i])
		print file
		for (i = 1; i <= n_states; i++) printf "  %-12s %s\n", order[i], state[order[i]]
		printf "\n  %-12s %-10s %-12s %s\n", "in", "on", "to", "does"
		for (i = 1; i <= n_rows; i++) print "  " rows[i]
		print ""
		print "digraph \"" file "\" {\n\trankdir=LR;\n\tnode [shape=box, style=rounded, fontname=\"sans-serif\"];\n\tedge [fontname=\"sans-serif\", fontsize=9];" > dot
		for (i = 1; i <= n_states; i++) printf "\t%s [label=\"%s\\n%s\"];\n", order[i], order[i], state[order[i]] > dot
		for (i = 1; i <= n_rows; i++) print edge[i] > dot
		print "}" > dot
		exit failed
	}' "$f" || bad=1
	if command -v dot >/dev/null; then dot -Tsvg "$out/$name.dot" -o "$out/$name.svg" || bad=1; fi
done
exit $bad

#!/bin/sh
# Which requirement is met where: test/requirements.tbl against the ids that stand in the tree. Prints a line a group, and
# below it what is open. Fails where an id that is called met does not stand both at a line of ours and at a test, where
# one that is called shown stands at no test, where the tree has an id that the table lacks, and, where the catalogues are
# there (SHARED), where one of theirs is not in the table.
#   VERBOSE=1: also where each id stands, and why each that is not met is not
#   SHOW=PATTERN: only groups whose titles match (everything is checked all the same)
TABLE=${TABLE:-test/requirements.tbl}
ID='(LI128|HO-[A-Z][A-Z0-9]+|X1-[A-Z]+|X23-[A-Z]+)-[0-9][0-9][0-9]'
ids() { # letter, grep's arguments: LETTER ID FILE:LINE
	l=$1
	shift
	grep -rnoE "$@" 2>/dev/null | awk -F: -v l="$l" '{ print l, $3, $1 ":" $2 }'
}
{
	ids S "$ID" asn1 handover mediation include conformance
	ids T "$ID" --exclude=requirements.tbl --exclude=trace.sh test
	ids O "$ID" README.md Makefile .ci
	# ranges and lists in short form would be read as their first id only
	ids X "$ID( to | and |, |/|\.\.)-?[0-9]" --exclude=requirements.tbl --exclude=trace.sh asn1 handover mediation include conformance test
	for f in "$SHARED/spec/conformance-33128.md" "$SHARED/spec/conformance-handover.md" "$SHARED/spec/conformance-x.md"; do
		[ -r "$f" ] && sed -nE "s/^\| *($ID) .*/C \1 $(basename "$f"):/p" "$f"
	done
	sed 's/^/R /' "$TABLE"
} | awk -v verbose="${VERBOSE:-0}" -v show="${SHOW:-.}" -v table="$TABLE" '
function bad(text) { faults[++n_faults] = text }
$1 == "S" { if (!($2 in src)) src[$2] = $3 }
$1 == "T" { if (!($2 in test)) test[$2] = $3 }
$1 == "X" { bad($NF ": write each id out: " $2) }
$1 == "C" { catalogue[$2] = 1; has_catalogue = 1 }
$1 ~ /^[STO]$/ { if (!($2 in stands)) { stands[$2] = $3; seen[++n_seen] = $2 } }
$1 != "R" || $2 == "" || $2 ~ /^#/ { next }
$2 == "=" { group = ++groups; $1 = $2 = ""; sub(/^ +/, ""); title[group] = $0; next }
{
	id = $2; state = $3; why = $0
	sub(/^R +[^ \t]+[ \t]+[^ \t]+[ \t]*/, "", why)
	if (id in row) bad(table ": " id " stands there twice")
	row[id] = state
	if (state !~ /^(met|shown)$/ && why == "") bad(table ": " id ": no reason is given")
	if (state == "met" && !(id in src)) bad(id " is called met and stands at no line of ours")
	if ((state == "met" || state == "shown") && !(id in test)) bad(id " is called " state " and stands at no test")
	if (state !~ /^(met|shown|later|not-ours|open)$/) bad(table ": " id ": what is \"" state "\"?")
	count[group, state]++; total[state]++
	if (state == "open") missing[group] = missing[group] sprintf("    %-12s %s\n", id, why)
	if (verbose) detail[group] = detail[group] sprintf("    %-12s %-9s %-30s %-30s %s\n", id, state, src[id], test[id], why)
}
function line(name, g) {
	printf "%-44s %5d %6d %6d %9d %5d\n", name, g ? count[g, "met"] : total["met"], g ? count[g, "shown"] : total["shown"],
		g ? count[g, "later"] : total["later"], g ? count[g, "not-ours"] : total["not-ours"], g ? count[g, "open"] : total["open"]
}
END {
	printf "%-44s %5s %6s %6s %9s %5s\n", "", "met", "shown", "later", "not ours", "open"
	for (g = 1; g <= groups; g++) if (title[g] ~ show) { line(title[g], g); printf "%s", verbose ? detail[g] : missing[g] }
	if (show == ".") line("all", 0)
	for (i = 1; i <= n_seen; i++) if (!(seen[i] in row)) bad(stands[seen[i]] ": " seen[i] " is not in " table)
	for (id in catalogue) if (!(id in row)) bad(table " lacks " id " of the catalogue")
	for (id in row) if (has_catalogue && !(id in catalogue)) bad(table ": no catalogue has " id)
	if (!has_catalogue) print "trace: no catalogue under SHARED: the table is held against the tree alone"
	for (i = 1; i <= n_faults; i++) print "trace: " faults[i] > "/dev/stderr"
	exit n_faults > 0
}'

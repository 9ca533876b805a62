#!/bin/sh
# Which test shows each option of a destination and of lemfd over TLS, and which its fault: test/options.tbl against the tables that the options are made of. Fails where a
# key of mediation/conf.tbl, a member of handover/dest.tbl or an option of lemfd has no row, a row is of none, or a test that a row names has not the word, or not the option.
TABLE=${TABLE:-test/options.tbl}
keys() { # what a destination's key, and a profile's, may be: dotted
	sed -nE 's/^(DEST|DEST_OPTION|DEST_TLS|AGGREGATION|ENCRYPTION|PADDING|INTEGRITY|TIMER|NAMED|PROFILE)\(([A-Za-z0-9_]+), .*/\1 \2 &/p' mediation/conf.tbl |
		awk '/&[a-z_]+_table\)/ { next }
			{ at["DEST_TLS"] = "tls."; at["AGGREGATION"] = "aggregation."; at["ENCRYPTION"] = "encryption."; at["PADDING"] = "padding."; at["INTEGRITY"] = "integrity."
			  at["TIMER"] = "timers."; at["NAMED"] = "profiles."; at["PROFILE"] = "x1.destination_profiles."; print "K", at[$1] $2 }'
	sed -nE 's/.*/&/; s/\{ "([a-z-]+)", (required|no)_argument/\n--\1\n/gp' handover/lemfd_main.c | sed -n 's/^--[a-z-]*$/K &/p' | grep -vE -- '--(help|version)$'
}
members() { sed -nE 's/^(TEXT|NUMBER)\(([a-z0-9_]+), .*/M \2/p' handover/dest.tbl; }
# FILE:WORD of a row: where the file is, and how it says the option
found() { # OPTION FILE:WORD, shown or fault
	case ${2%%:*} in
	*.sh) file=test/integration/${2%%:*} ;;
	*) file=test/test_${2%%:*}.c ;;
	esac
	word=$(echo "${2#*:}" | tr "~" " ") key=${1##*.}
	case $1 in --*) names="$1( |\"|\$)" ;; *) names="(^|[^A-Za-z_])$key(:|[ =]|\$)" ;; esac
	[ -r "$file" ] || { echo "F $1: there is no $file"; return; }
	case $3$file in shown*.c) echo "F $1: $file is no script" ;; esac
	grep -qF -- "$word" "$file" || echo "F $1: $file has not \"$word\""
	[ "$3" = fault ] || grep -qE -- "$names" "$file" || echo "F $1: $file does not name it"
}
{
	keys
	members
	grep -vE '^(#|$)' "$TABLE" | while read -r option members shown fault more; do
		echo "R $option $members $shown $fault $more"
		[ -n "$fault" ] && [ -z "$more" ] || { echo "F $option: four words are wanted"; continue; }
		found "$option" "$shown" shown
		found "$option" "$fault" fault
	done
} | awk -v table="$TABLE" '
function bad(text) { print "options: " text > "/dev/stderr"; faults++ }
$1 == "K" { key[$2] = 1; keys++ }
$1 == "M" { member[$2] = 1 }
$1 == "F" { sub(/^F /, ""); bad(table ": " $0) }
$1 == "R" { if ($2 in row) bad(table ": " $2 " stands there twice"); row[$2] = 1; rows++; n = split($3, sets, ","); for (i = 1; i <= n; i++) if (sets[i] != "-") set[sets[i]] = $2 }
END {
	for (k in key) if (!(k in row)) bad(table " lacks " k)
	for (k in row) if (!(k in key)) bad(table ": " k " is no option")
	for (m in member) if (!(m in set)) bad(table ": no option sets " m " of handover/dest.tbl")
	for (m in set) if (!(m in member)) bad(table ": " set[m] " sets " m ", which handover/dest.tbl has not")
	if (keys < 80) bad("only " keys + 0 " options are found: has a table another form?")
	printf "%d options, each shown over TLS and by a fault\n", rows
	exit faults > 0
}'

#!/bin/sh
# Every error code of TS 103 221-1 (mediation/x1/x1_error.tbl): who gives it and when, at which file of ours it is given and at
# which test it is seen. Fails where a code that we are said to give (ANSWER, REPORT) stands at no file or at no test, and where
# one is said to be given by nobody (NEVER) and stands at one.
TABLE=${TABLE:-mediation/x1/x1_error.tbl}
first() { # grep's arguments
	grep -lE "$@" 2>/dev/null | head -n 1
}
bad=0
rows=$(mktemp)
trap 'rm -f "$rows"' EXIT
printf '%5s  %-7s %-54s %-28s %s\n' code who name given seen
sed -nE 's/^E\(([0-9]+),[[:space:]]*([A-Z_]+),[[:space:]]*"([^"]*)",[[:space:]]*[0-9]+, *[0-9]+,[[:space:]]*([A-Z]+),[[:space:]]*"([^"]*)"\)$/\1|\2|\3|\4|\5/p' "$TABLE" >"$rows"
while IFS='|' read -r code id name who when; do
	src=$(first "\bX1_E_$id\b" mediation/x1/*.c mediation/*.c)
	seen=$(first "\bX1_E_$id\b" test/test_x1_server.c test/test_x1*.c)
	[ -n "$seen" ] || seen=$(first "\b$code\b" test/test_x1_server.c test/integration/x1*.sh)
	printf '%5s  %-7s %-54s %-28s %s\n' "$code" "$who" "$name" "${src#mediation/x1/}" "${seen#test/}"
	printf '%15s %s\n' '' "$when"
	case $who in
	ANSWER | REPORT) [ -n "$src" ] && [ -n "$seen" ] || { echo "x1-errors: $code is said to be given (X1_E_$id), and stands at no $([ -n "$src" ] && echo test || echo line of ours)" >&2; bad=1; } ;;
	ADMF) [ -n "$seen" ] || { echo "x1-errors: $code is said to be read, and stands at no test" >&2; bad=1; } ;;
	NEVER) [ -z "$src" ] || { echo "x1-errors: $code is said to be given by nobody, and stands in $src" >&2; bad=1; } ;;
	*) echo "x1-errors: $code: what is \"$who\"?" >&2; bad=1 ;;
	esac
done <"$rows"
n=$(wc -l <"$rows")
[ "$n" -eq "$(grep -c '^E(' "$TABLE")" ] || { echo "x1-errors: a line of $TABLE is not understood" >&2; bad=1; }
exit $bad

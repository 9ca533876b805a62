#!/bin/sh
# What mediation makes of a record of each event of X2, held against what it made when the file was written: its IRIPayload, the event
# without location, the record of its location alone, the start of an interception. A difference is a change of what agencies get:
# look at it, and if it is meant, write the file anew with the line that this prints.
. test/lib.sh
G=test/golden/xiri.txt
lib_begin xiri_golden
cut -d' ' -f1 "$G" | "$B/xirigen" made >"$W/made"
check xiri_golden.status 0 $?
check xiri_golden.events 186 "$(wc -l <"$G" | tr -d ' ')"
if cmp -s "$W/made" "$G"; then ok xiri_golden.made; else
	fail xiri_golden.made "other in lines $(diff "$G" "$W/made" | sed -n 's/^\([0-9,]*\)[acd].*/\1/p' | tr '\n' ' '): cut -d' ' -f1 $G | $B/xirigen made"
fi

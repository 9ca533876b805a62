#!/bin/sh
# What the core makes of the 5G captures: each one's subscribers, sessions, ends and G-PDUs by direction are those of
# expect-5g.json, which was worked out from tshark's dissection.
set -u
dir=$SHARED/captures
expect=$dir/expect-5g.json
if [ ! -f "$expect" ]; then
	echo "skipped: core_captures: no $expect"
	exit 0
fi

# The JSON, laid out a member a line, as lines of corelist's form: "capture who sessions N ended N from N to N core N"
# and "capture - gpdu N nobody N cp_function N".
awk '
function value(s) { sub(/^[^:]*: */, "", s); sub(/,$/, "", s); return s }
function name(s) { sub(/^ *"/, "", s); sub(/".*/, "", s); return s }
/^  "[^"]*\.pcap[^"]*": \{/ || /^  "[^"]*\+[^"]*": \{/ { capture = name($0) }
/^    "[^"]*": \{/ && name($0) != "subscribers" { who = name($0) }
/^     "subscribers"/ { next }
/"deduplicated": \{/ { inside = 1 }
/"sessions":/ { sessions = value($0) }
/"ended":/ { ended = value($0) }
/"from":/ && !inside { from = value($0) }
/"to":/ && !inside { to = value($0) }
/"core":/ { core = value($0) }
/"ips":/ { print capture, who, "sessions", sessions, "ended", ended, "from", from, "to", to, "core", core }
/"gpdu":/ { gpdu = value($0); inside = 0 }
/"unattributed":/ { nobody = value($0) }
/"cp_function":/ { print capture, "-", "gpdu", gpdu, "nobody", nobody, "cp_function", value($0) }
/^    \}/ { inside = 0 }
' "$expect" >"$B/log/core_captures.want"

for capture in $(cut -d' ' -f1 "$B/log/core_captures.want" | sort -u); do
	want=$(grep -F "$capture " "$B/log/core_captures.want" | sort)
	got=$(cd "$dir" && "$OLDPWD/$B/corelist" "$capture" | sed 's/ ready [0-9]*//' | sort)
	if [ "$got" = "$want" ]; then
		echo "ok core_captures.$capture"
	else
		echo "FAIL core_captures.$capture: got [$got] instead of [$want]"
	fi
done

# 4G captures give no sessions of a 5G core, and nothing breaks on them.
for f in "$dir"/4g-* "$dir"/pfcp-*; do
	if "$B/corelist" "$f" >"$B/log/core_captures.out" 2>&1; then
		case $f in
		*/4g-*) grep -q sessions "$B/log/core_captures.out" &&
			echo "FAIL core_captures.$(basename "$f"): sessions of a 5G core" && continue ;;
		esac
		echo "ok core_captures.$(basename "$f")"
	else
		echo "FAIL core_captures.$(basename "$f"): $(tail -n 1 "$B/log/core_captures.out")"
	fi
done

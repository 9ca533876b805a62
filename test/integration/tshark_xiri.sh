#!/bin/sh
# Every event that X2 knows up to tag 91, written by our codec, before tshark's xiri dissector: the event and every
# field that it knows equal ours. What it does not know yet is a table (test/judge/tshark.tbl); newer events are judged
# by asn1ct.sh.
set -u
: "${B:?}"
if ! command -v tshark >/dev/null || ! tshark -G protocols 2>/dev/null | grep -q '	xiri$'; then
	echo "skipped: tshark_xiri: no tshark with the xiri dissector"
	exit 0
fi
rounds=$(( ${ROUNDS:-100} / 10 ))
[ $rounds -ge 10 ] || rounds=10	# fewer do not give every optional member a turn
dir=$(mktemp -d) || exit 2
trap 'rm -rf "$dir"' EXIT

"$B/asn1_judge" values "${SEED:-1}" $rounds >"$dir/frames" 2>"$dir/err" || { echo "FAIL tshark_xiri.values: $(head -n1 "$dir/err")"; exit 0; }
"$B/asn1_judge" leaves <"$dir/frames" >"$dir/leaves" && "$B/asn1_judge" x2pcap <"$dir/frames" >"$dir/x2.pcap" || {
	echo "FAIL tshark_xiri.frames: no packets"
	exit 0
}
tshark -n -r "$dir/x2.pcap" -d tcp.port==42069,5gli -T pdml >"$dir/pdml" 2>/dev/null
if perl test/judge/tshark.pl "$dir/leaves" "$dir/pdml" test/judge/tshark.tbl >"$dir/out"; then
	echo "ok tshark_xiri.equal: $(tail -n1 "$dir/out")"
else
	echo "FAIL tshark_xiri.equal: $(head -n1 "$dir/out")"
	cat "$dir/out" >&2
fi
# The same events as they are after mediation, with identities and all.
"$B/asn1_judge" mediate <"$dir/frames" >"$dir/mediated" 2>"$dir/err" && "$B/asn1_judge" leaves <"$dir/mediated" >"$dir/leaves2" &&
	"$B/asn1_judge" x2pcap <"$dir/mediated" >"$dir/iri.pcap" && tshark -n -r "$dir/iri.pcap" -d tcp.port==42069,5gli -T pdml >"$dir/pdml2" 2>/dev/null
if perl test/judge/tshark.pl "$dir/leaves2" "$dir/pdml2" test/judge/tshark.tbl >"$dir/out"; then
	echo "ok tshark_xiri.mediated: $(tail -n1 "$dir/out")"
else
	echo "FAIL tshark_xiri.mediated: $(head -n1 "$dir/out")"
fi
# And without the content that was planted in them, as a warrant of IRI alone gets them.
"$B/asn1_judge" strip <"$dir/frames" >"$dir/stripped" 2>"$dir/err" && "$B/asn1_judge" leaves <"$dir/stripped" >"$dir/leaves3" &&
	"$B/asn1_judge" x2pcap <"$dir/stripped" >"$dir/strip.pcap" && tshark -n -r "$dir/strip.pcap" -d tcp.port==42069,5gli -T pdml >"$dir/pdml3" 2>/dev/null
if perl test/judge/tshark.pl "$dir/leaves3" "$dir/pdml3" test/judge/tshark.tbl >"$dir/out"; then
	echo "ok tshark_xiri.stripped: $(tail -n1 "$dir/out")"
else
	echo "FAIL tshark_xiri.stripped: $(head -n1 "$dir/out")"
fi
events=$(cut -f2,3 "$dir/leaves" | grep '^event' | sort -u | wc -l)
if [ "$events" -eq 90 ]; then echo "ok tshark_xiri.events: $events"; else echo "FAIL tshark_xiri.events: $events of 90 written"; fi

# The comparison sees a changed octet, another name, a member that is not shown, and what stands in no table.
plant() {
	if perl test/judge/tshark.pl "$2" "$3" "$4" >/dev/null; then echo "FAIL tshark_xiri.$1: not seen"; else echo "ok tshark_xiri.$1"; fi
}
sed '0,/lix2.mCC" .* value="3/s/\(lix2.mCC" .* value="\)3/\14/' "$dir/pdml" >"$dir/octet"
sed '0,/"lix2.mNC"/s//"lix2.mCC"/' "$dir/pdml" >"$dir/name"
sed '0,/"lix2.mNC"/{/"lix2.mNC"/d}' "$dir/pdml" >"$dir/absent"
grep -v '^AMFRegistration.rATType' test/judge/tshark.tbl >"$dir/table"
plant octet "$dir/leaves" "$dir/octet" test/judge/tshark.tbl
plant name "$dir/leaves" "$dir/name" test/judge/tshark.tbl
plant absent "$dir/leaves" "$dir/absent" test/judge/tshark.tbl
plant table "$dir/leaves" "$dir/pdml" "$dir/table"

#!/bin/sh
# RTP and MSRP that came over X3 without headers, as lidump gives it back from HI3, before tshark: addresses, ports, payload and (of RTP) SSRC are those
# of the product, every checksum is good, and MSRP is dissected as such.
set -u
: "${B:?}"
name=x3_tshark
command -v tshark >/dev/null || { echo "skipped: $name: no tshark"; exit 0; }
dir=$(mktemp -d) || exit 2
trap 'rm -rf "$dir"' EXIT
n=$(( ${ROUNDS:-100} * 3 ))

"$B/ccmake" pdus 1 $n >"$dir/hi3.ber" && "$B/ccmake" flows 1 $n >"$dir/want" && "$B/lidump" --pcap "$dir/hi3.pcapng" "$dir/hi3.ber" 2>"$dir/err" ||
	{ echo "FAIL $name.made: $(head -n1 "$dir/err")"; exit 0; }
seen() { # capture
	tshark -n -r "$1" -o ip.check_checksum:TRUE -o udp.check_checksum:TRUE -o tcp.check_checksum:TRUE -d udp.port==20000-52000,rtp \
		-d tcp.port==20000-52000,msrp -T fields -E separator='|' -e ip.proto -e ipv6.nxt -e ip.src -e ipv6.src -e ip.dst -e ipv6.dst \
		-e udp.srcport -e tcp.srcport -e udp.dstport -e tcp.dstport -e rtp.ssrc -e udp.payload -e tcp.payload \
		-e ip.checksum.status -e udp.checksum.status -e tcp.checksum.status -e msrp.method 2>/dev/null
}
seen "$dir/hi3.pcapng" >"$dir/fields"
awk -F '|' '{ print $1 $2 "|" $3 $4 "|" $5 $6 "|" $7 $8 "|" $9 $10 "|" ($11 == "" ? "-" : $11) "|" $12 $13 }' "$dir/fields" >"$dir/got"
if cmp -s "$dir/want" "$dir/got"; then echo "ok $name.flows: $n"; else echo "FAIL $name.flows: $(diff "$dir/want" "$dir/got" | grep -c '^[<>]') lines differ"; fi
sums() { # fields
	awk -F '|' '($1 != "" && $14 != 1) || $15 $16 != 1 || (($1 $2 == 6) != ($17 == "SEND")) { bad++ } END { print bad + 0 }' "$1"
}
if [ "$(sums "$dir/fields")" -eq 0 ]; then echo "ok $name.checksums"; else echo "FAIL $name.checksums: $(sums "$dir/fields") of $n"; fi

# The comparison sees a spoilt octet.
"$B/ccmake" pdus 1 1 >"$dir/one.ber"
size=$(wc -c <"$dir/one.ber")
{ head -c $((size - 1)) "$dir/one.ber"; printf '\000'; } >"$dir/bad.ber"
"$B/lidump" --pcap "$dir/bad.pcapng" "$dir/bad.ber" 2>/dev/null
seen "$dir/bad.pcapng" >"$dir/fields"
if [ "$(sums "$dir/fields")" -eq 1 ]; then echo "ok $name.fault_is_seen"; else echo "FAIL $name.fault_is_seen: not seen"; fi

#!/bin/sh
# What flow_parse() finds in every frame of every capture, and of captures made by flowmake, is what tshark finds: kind, outer addresses, TEID, QFI, container type,
# and of the inner packet its addresses, length, identification and checksum (IPv6: addresses and length).
set -u
name=flow_tshark
captures=$SHARED/captures
command -v tshark >/dev/null || { echo "skipped: $name: no tshark"; exit 0; }
[ -d "$captures" ] || echo "skipped: $name: no captures, made ones only"
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
LC_ALL=C
export LC_ALL

# frame kind | frame gpdu src dst teid qfi container inner-src inner-dst inner-length inner-id inner-checksum.
# tshark lists what stands in a frame from the outside in: of two IP headers of one family the second is the inner one. An
# inner packet that is no IP, or that tshark takes for another protocol, is compared by its length alone: "-".
judge() {
	tshark -r "$1" -d udp.port==2152,gtp -o ip.defragment:TRUE -T fields -E separator='|' -E occurrence=a -E aggregator=, -e frame.number \
		-e udp.dstport -e udp.srcport -e gtp.message -e gtp.flags.version -e gtp.flags.payload -e gtp.teid \
		-e gtp.ext_hdr.pdu_ses_con.qos_flow_id -e gtp.ext_hdr.pdu_ses_con.pdu_type \
		-e ip.src -e ip.dst -e ip.len -e ip.id -e ip.checksum -e ipv6.src -e ipv6.dst -e ipv6.plen \
		-e _ws.malformed -e frame.protocols -e ip.proto -e ip.frag_offset -e ip.flags.mf -e ipv6.fraghdr.nxt 2>/dev/null |
	awk -F '|' '
		function nth(s, n,    a, k) { k = split(s, a, ","); return k >= n ? a[n] : "" }
		{
			dport = nth($2, 1); sport = nth($3, 1)
			if ($19 ~ /ipv6.fraghdr:data$/ && $19 !~ /gtp/ && (nth($23, 1) == 17 || nth($23, 1) == 132)) { print $1, "fragment"; next }
			gsub(/:ipv6\.[a-z]+/, "", $19)
			six = $19 ~ /^[a-z0-9]*:(ethertype:|vlan:|ieee8021ad:|mpls:)*ipv6/
			if ($19 ~ /^[a-z0-9:]*:ip:data$/ && $19 !~ /gtp/ && (nth($20, 1) == 17 || nth($20, 1) == 132) && (nth($21, 1) > 0 || nth($22, 1) ~ /^(1|True)$/)) {
				print $1, "fragment"; next
			}
			if ($19 ~ /icmp/ && $19 !~ /gtp/) { print $1, "other"; next }	# a packet that is told of, not sent
			if ($19 ~ /^[a-z0-9:]*:ip(v6)?:sctp/) { print $1, "sctp"; next }
			if ($19 !~ /^[a-z0-9:]*:ip(v6)?:udp/) { print $1, "other"; next }
			if (dport != 2152 && (dport == 8805 || sport == 8805)) { print $1, "pfcp"; next }
			if (dport != 2152 || nth($4, 1) != "0xff" || nth($6, 1) != "1") { print $1, "other"; next }
			if (nth($7, 1) == "") { print $1, "bad"; next }	# cut before its TEID
			osrc = six ? nth($15, 1) : nth($10, 1); odst = six ? nth($16, 1) : nth($11, 1)
			i4 = six ? 1 : 2; i6 = six ? 2 : 1
			line = $1 " gpdu " osrc " " odst " " nth($7, 1) " " ($8 == "" ? "-" : nth($8, 1)) " " ($9 == "" ? "-" : nth($9, 1))
			if ($19 ~ /gtp:ipv6/)
				print line, nth($15, i6), nth($16, i6), nth($17, i6), "-", "-"
			else if ($19 ~ /gtp:ip/)
				print line, nth($10, i4), nth($11, i4), nth($12, i4), nth($13, i4), nth($14, i4)
			else
				print line, "- - - - -"
		}'
}

ours() {
	"$B/flowdump" "$1" | awk '
		function hex(s,    i, x) { for (i = 1; i <= length(s); i++) x = x * 16 + index("0123456789abcdef", substr(s, i, 1)) - 1; return x }
		$2 == "gpdu" {
			h = $10; len = id = sum = "-"
			if (substr(h, 1, 1) == "4" && $8 != "-") { len = hex(substr(h, 5, 4)); id = "0x" substr(h, 9, 4); sum = "0x" substr(h, 21, 4); n = len }
			if (substr(h, 1, 1) == "6" && $8 != "-") { len = hex(substr(h, 9, 4)); n = len + 40 }
			if (len != "-" && n * 2 > length(h)) len = "cut"	# longer is right: T-PDUs are padded in the field
			print $1, $2, $3, $4, $5, $6, $7, $8, $9, len, id, sum
			next
		}
		{ print $1, $2 }'
}

total=0
for seed in 1 2 3; do "$B/flowmake" "$work/made$seed.pcap" $seed; done
for f in "$work"/*.pcap "$captures"/*.pcap*; do
	[ -e "$f" ] || continue
	c=$(basename "$f")
	judge "$f" >"$work/theirs"
	ours "$f" >"$work/ours"
	n=$(grep -c ' gpdu ' "$work/ours")
	total=$((total + n))
	if cmp -s "$work/theirs" "$work/ours"; then
		echo "ok $name.$c"
	else
		echo "FAIL $name.$c: $(diff "$work/theirs" "$work/ours" | grep -c '^[<>]') lines differ"
		diff "$work/theirs" "$work/ours" | head -n 6 >&2
	fi
done
echo "$total G-PDUs compared" >&2

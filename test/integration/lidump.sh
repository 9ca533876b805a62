#!/bin/sh
# lidump as users run it: exit statuses, forms, files that are broken, packets that tshark reads.
: "${B:?}"
L=$B/lidump S=$SHARED/spec/samples T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT
P=test/fuzz/seeds/jer X=test/fuzz/seeds/x2x3

is() { # name, what it must be, what it is
	if [ "$2" = "$3" ]; then echo "ok lidump.$1"; else echo "FAIL lidump.$1: is '$3', not '$2'"; fi
}
rc() { # exit status of a command
	"$@" >"$T/out" 2>"$T/err" </dev/null
	echo $?
}
has() { # name, text that the last output must have
	if grep -qF -- "$2" "$T/out" "$T/err"; then echo "ok lidump.$1"; else echo "FAIL lidump.$1: no '$2' in the output"; fi
}

# -- use --
is help 0 "$(rc "$L" --help)"
has help_examples examples:
is version 0 "$(rc "$L" --version)"
is no_file 2 "$(rc "$L")"
is unknown_option 2 "$(rc "$L" --xml "$P/keepalive")"
is two_forms 2 "$(rc "$L" --json --tree "$P/keepalive")"
is pcap_and_text 2 "$(rc "$L" --json --pcap - "$P/keepalive")"
is absent_file 1 "$(rc "$L" "$T/none" "$P/keepalive")"
has absent_file_goes_on '"keep-alive": null'
is full_disk 1 "$("$L" "$P/cc_ip" >/dev/full 2>"$T/err"; echo $?)"

# -- forms --
cat "$P/iri_event" "$P/cc_ip" "$P/keepalive" >"$T/three"
is json 0 "$(rc "$L" "$T/three")"
is json_lines 3 "$(wc -l <"$T/out")"
has json_event '"threeGPP33128DefinedIRI": {"iRIPayloadOID": "4.19.19.3.3", "event": {"deregistration": {'
is stdin 3 "$("$L" - <"$T/three" | wc -l)"
is pipe_in_pieces 3 "$( (for i in $(seq 1 20 400); do tail -c +"$i" "$T/three" | head -c 20; sleep 0.01; done) | "$L" - | wc -l)"
is tree 0 "$(rc "$L" --tree "$T/three")"
has tree_text 'operatorIdentifier: 4f5031 "OP1"'
is summary 0 "$(rc "$L" --summary "$T/three")"
has summary_totals '3 PDUs, 1 HI2, 1 HI3, 1 TRI; 0 faults'

# -- broken --
{ cat "$P/keepalive"; printf '\060\002\241\000'; cat "$P/keepalive"; } >"$T/one_bad"
is bad_pdu 1 "$(rc "$L" "$T/one_bad")"
is bad_pdu_goes_on 2 "$(grep -c '"keep-alive": null' "$T/out")"
has bad_pdu_reason '"error": {"offset": 84, "reason": "li-psDomainId: mandatory member missing"}'
is bad_tree 1 "$(rc "$L" --tree "$T/one_bad")"
is bad_summary 1 "$(rc "$L" --summary "$T/one_bad")"
has bad_summary_reason '! at offset 84: li-psDomainId: mandatory member missing'
head -c 150 "$T/three" >"$T/cut"
is cut 1 "$(rc "$L" "$T/cut")"
has cut_reason '"error": {"offset": 93, "reason": "ends within a PDU: 57 octets of it are there"}'

# what is no PDU is stepped over, and so is one that claims more than there can be, or than there is
{ cat "$P/keepalive"; echo nonsense; cat "$P/keepalive"; printf '\060\203\377\377\377\241'; cat "$P/keepalive"; } >"$T/lost"
is lost 1 "$(rc "$L" "$T/lost" "$P/keepalive")"
has lost_reason '{"error": {"offset": 82, "reason": "framing lost: octet 6e where a PS-PDU begins with 30; the next PDU begins 9 octets on"}}'
has lost_long '{"error": {"offset": 173, "reason": "framing lost: a PS-PDU of more than 1048576 octets or without a legal length; the next PDU begins 6 octets on"}}'
is lost_goes_on 4 "$(grep -c '"keep-alive": null' "$T/out")"
{ printf '\060\202\177\377'; cat "$P/keepalive" "$P/keepalive"; } >"$T/claims"
is claims 1 "$(rc "$L" "$T/claims")"
has claims_reason '"offset": 0, "reason": "ends within a PDU: 168 octets of it are there; the next PDU begins 4 octets on"'
is claims_goes_on 2 "$(grep -c '"keep-alive": null' "$T/out")"
# a PDU that was cut took 81 octets of the next one for its own: that is shown again, whole
{ head -c 40 "$P/cc_ip"; cat "$P/keepalive" "$P/keepalive"; } >"$T/torn"
is torn 1 "$(rc "$L" "$T/torn")"
has torn_reason '"reason": "framing lost: octet 00 where a PS-PDU begins with 30; a PDU begins 81 octets back, within the one before"'
is torn_goes_on 2 "$(grep -c '"keep-alive": null' "$T/out")"
{ cat "$P/keepalive"; echo nonsense; } >"$T/noise"
is noise 1 "$(rc "$L" "$T/noise")"
has noise_reason 'where a PS-PDU begins with 30; no PDU begins in the rest of the file"'
# what might begin anywhere, and without end, takes no time with the square of it
awk 'BEGIN { for (i = 0; i < 260000; i++) printf "0123A" }' | tr 0123A '\060\200\241\200\200' >"$T/endless"
is endless 1 "$(rc timeout 10 "$L" "$T/endless")"
# pieces of a file are read at any boundary
is lost_in_pieces "$("$L" "$T/lost" | cksum)" "$( (for i in $(seq 1 7 500); do tail -c +"$i" "$T/lost" | head -c 7; done) | "$L" - | cksum)"

# -- packets --
cat "$P/cc_ip" "$P/cc_gtpu" "$P/iri_event" "$P/cc_ip" >"$T/content"
is pcap 0 "$(rc "$L" --pcap "$T/p.pcapng" "$T/content")"
is pcap_alone_is_silent 0 "$(cat "$T/out" "$T/err" | wc -c)"
is pcap_and_json 4 "$("$L" --json --pcap "$T/p.pcapng" "$T/content" | wc -l)"
is pcap_cannot_write 1 "$(rc "$L" --pcap "$T/none/p" "$T/content")"
# content that cannot be read is a fault when nothing but packets is asked for, too
{ LC_ALL=C sed 's/\x30\(.\)\x81\x05\x04\x13\x13\x03\x04/\x31\1\x81\x05\x04\x13\x13\x03\x04/' "$P/cc_ip"; cat "$P/cc_ip"; } >"$T/no_content"
is pcap_no_content 1 "$(rc "$L" --pcap "$T/n.pcapng" "$T/no_content")"
has pcap_no_content_reason ': content: malformed'
has pcap_no_content_counted 'lidump: 1 content records are no packet'
"$L" --x2x3 --pcap "$T/x.pcapng" "$X/x3"
inner=450000240001000040118e76c000020ac63364149c400009001000004c492d7465737421
if command -v tshark >/dev/null; then
	tshark -r "$T/p.pcapng" -T fields -e frame.interface_name -e frame.time_epoch -e gtp.teid -e ip.src -e data.data 2>"$T/err" >"$T/out"
	is tshark 'ip	1700000000.123456000		192.0.2.10	4c492d7465737421
gtpu	1700000000.123456000	0x00000001	192.0.2.2,192.0.2.10	4c492d7465737421
ip	1700000000.123456000		192.0.2.10	4c492d7465737421' "$(cat "$T/out")"
	tshark -r "$T/p.pcapng" -Y 'frame.interface_name == "ip"' -x 2>"$T/err" | sed -n 's/^[0-9a-f]\{4\}  \(.\{48\}\).*/\1/p' | tr -d ' \n' >"$T/hex"
	is octets "$inner$inner" "$(cat "$T/hex")"
	is synthetic_says_so 1 "$(tshark -r "$T/p.pcapng" -T fields -e frame.comment 2>/dev/null | grep -c 'synthetic outer IP and UDP header')"
	is x3_kinds 'ip gtpu ethernet' "$(tshark -r "$T/x.pcapng" -T fields -e frame.interface_name 2>/dev/null | tr '\n' ' ' | sed 's/ $//')"
else
	echo 'skipped: lidump.tshark: no tshark'
fi

# -- X2/X3 --
is x_keepalive 0 "$(rc "$L" --x2x3 "$X/keepalive")"
is x_bad_attributes 1 "$(rc "$L" --x2x3 "$X/bad_attributes")"
has x_bad_attributes_shown '"payload": "4d455353414745", "error": {"offset": 40, "reason": "attribute: ends too early"}'
is x_not_ps 1 "$(rc "$L" --x2x3 "$T/three")"
has x_not_ps_reason 'framing lost: no X2/X3 header'
{ cat "$X/keepalive"; echo nonsense; cat "$X/x3"; } >"$T/x_lost"
is x_lost 1 "$(rc "$L" --x2x3 "$T/x_lost")"
is x_lost_goes_on "$("$L" --x2x3 "$X/keepalive" "$X/x3" | cksum)" "$(grep -v '^{"error"' "$T/out" | cksum)"
if [ -e "$S/x2.bin" ]; then
	is x2_sample 0 "$(rc "$L" --x2x3 "$S/x2.bin")"
	has x2_header '{"version": 5, "pduType": 1, "headerLength": 125, "payloadLength": 38, "payloadFormat": 2, "payloadDirection": 5, "xid": "29f28e1c-f230-486a-a860-f5a784ab9172", "correlationId": 1, '
	has x2_time '{"type": 9, "name": "Timestamp", "value": "2023-11-14T22:13:20.123456789Z"}'
	has x2_event '"event": {"deregistration": {'
	is x3_sample 0 "$(rc "$L" --x2x3 "$S/x3.bin" "$S/ka.bin" "$S/kack.bin")"
	has x3_payload "\"payload\": \"$inner\""
else
	echo "skipped: lidump.samples: no $S/x2.bin"
fi

# -- the text is JSON for another reader too --
if command -v python3 >/dev/null; then
	for f in "$P"/* "$T"/one_bad "$T"/cut "$T"/lost; do "$L" "$f"; done >"$T/lines" 2>/dev/null
	for f in "$X"/*; do "$L" --x2x3 "$f"; done >>"$T/lines" 2>/dev/null
	is python_reads_it ok "$(python3 -c 'import json, sys
for l in open(sys.argv[1]): json.loads(l)
print("ok")' "$T/lines" 2>&1)"
else
	echo 'skipped: lidump.python_reads_it: no python3'
fi

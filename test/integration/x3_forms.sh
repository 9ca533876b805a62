#!/bin/sh
# Content that no UPF sends, from end to end: X3 of IMS media, RCS, NIDD, push to talk and MMS (lipoi) through mdfd to two agencies (lemfd), one of
# them of release 16: each comes as its form of TS 33.128, octet for octet, or is refused and counted; the other gets what its release has, and no
# number of the rest.
set -u
. test/lib.sh
. test/x.lib.sh
x_begin x3_forms mdf.example lemf-a.example lemf-b.example nf.example
x_lemf lemf-a.example
echo destinations: >"$W/warrants.yaml"
lib_dest 1 lemf-a.example
x_lemf lemf-b.example
lib_dest 2 lemf-b.example 'ts33128_release: r16v5, cc_form: uPFCCPDU'
cat >>"$W/warrants.yaml" <<EOF
warrants:
  - {liid: LI-1, xid: $(lib_uuid 9), authorization_country: NL, delivery: HI2andHI3, start: 2020-01-01T00:00:00Z, end: 2037-01-01T00:00:00Z,
     targets: [{supiimsi: "001010000000001"}], destinations: [$(lib_uuid 1), $(lib_uuid 2)]}
EOF
x_conf 'peers: [nf.example]'
x_up

# -- what is sent: correlation 1 a call, 2 RCS, 3 NIDD, 4 push to talk, 5 MMS, 6 a PDU session --
hex() { od -An -v -tx1 | tr -d ' \n'; }
IP=$(printf 'E\000\000\034\000\000\000\000@\021\000\000\300\000\002\001\300\000\002\002\001\002\003\004\000\010\000\000' | hex)
RTP=8008000100000002000000037468
MSRP=$(printf 'MSRP d93 SEND\r\nTo-Path: msrp://b\r\nFrom-Path: msrp://a\r\n-------d93$\r\n' | hex)
MIME=$(printf 'MIME-Version: 1.0\r\nContent-Type: text/html;\r\n charset=utf-8\r\n\r\n<p>' | hex)
SIP=$(printf 'MESSAGE sip:b@example SIP/2.0\r\nContent-Length: 0\r\n\r\n' | hex)
MM1=$(printf '\214\200\230T-77\000\215\223picture' | hex)
GTPU=30ff001c00000007$IP
INVITE='INVITE sip:b@ims.example SIP/2.0\r\nFrom: <sip:a@ims.example>;tag=1\r\nTo: <sip:b@ims.example>\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n'
SDP='v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\n'
ends4='source: "192.0.2.1:40000", destination: "198.51.100.2:5004"'
ends6='source: "[2001:db8::1]:40000", destination: "[2001:db8::2]:5004"'
event() { "$B/xirigen" hex 1 1 r19v3 | awk -v t="$1" '$1 == t { print $2; exit }'; }
x2() { echo "- pdu: {type: x2, nfid: nf-1, ipid: iri, correlation: $1, payload: \"$(event "$2")\"}"; }
x3() { # correlation, format, hex [more]
	printf '%s\n' "- pdu: {type: x3, nfid: nf-1, ipid: cc, correlation: $1, format: $2, direction: ${DIR:-from}${4:+, $4}, payload: \"$3\"}"
}
{
	cat <<-EOF
		connections:
		  n: {to: "127.0.0.1:$AT", peer: mdf.example, certificate: nf.example.crt, key: nf.example.key, ca: ca.crt}
		defaults: {xid: $(lib_uuid 9)}
		steps:
		- pdu: {type: x2, nfid: nf-1, ipid: iri, format: sip, direction: from, correlation: 1, source: "10.0.0.1:5060", destination: "10.0.0.2:5060", protocol: udp, payload: {text: "$INVITE"}}
	EOF
	x2 2 140
	x2 3 65
	x2 4 39
	x2 5 17
	x2 6 6
	echo '- keepalive: {sequence: 1}'
	echo '- expect: {ack: 1}'
	x3 1 ipv4 "$IP" "sdp: \"$SDP\""
	DIR=to x3 1 rtp $RTP "$ends4, protocol: udp"
	DIR=multiple x3 1 rtp $RTP "$ends6"
	DIR=none x3 1 msrp "$MSRP" "$ends4, protocol: tcp"
	x3 1 rtp $RTP 'source: 192.0.2.1, destination: 192.0.2.2'
	x3 1 rtp $RTP "$ends4, protocol: tcp"
	x3 2 msrp "$MSRP"
	x3 2 mime "$MIME"
	x3 2 mime 6869 'mime_type: text/plain'
	x3 2 sip "$SIP" "$ends4, hostile: yes"
	x3 2 sip "$SIP" 'hostile: yes'
	x3 3 unstructured c0ffee
	x3 4 ipv4 "$IP"
	x3 5 mime "$MM1"
	x3 5 mime 6869
	x3 6 gtpu "$GTPU"
	x3 6 gtpu "320100040000000000000000"
	x3 6 gtpu "34ff00080000000700000085000109c0"
	echo '- pdu: {type: x3, nfid: nf-1, ipid: cc, correlation: 2, format: mime, payload: {fill: {octet: 65, octets: 1100000}}}'
	echo '- keepalive: {sequence: 2}'
	echo '- expect: {ack: 2}'
} >"$W/s.yaml"
"$B/lipoi" --script "$W/s.yaml" --json --timeout 60s >"$W/report.json" 2>"$W/report.err"
check $NAME.sent 0 $?
check $NAME.cc_too_long 1 "$(x_counter mediation cc_too_long)"
for c in plain:9 rebuilt:3 no_flow:2 other_protocol:1 no_transaction:1 gtpu_signal:1 gtpu_malformed:1; do check "$NAME.${c%:*}" "${c#*:}" "$(x_counter content "${c%:*}")"; done
check $NAME.alarms 'cc_too_long gtpu_malformed no_flow no_transaction other_protocol' "$(sleep 1.5; $CTL --json status |
	jq -r '[.alarms[] | select(.alarm == "poi") | .object] | sort | join(" ")')"
check $NAME.unfit 11 "$($CTL --json queue list | jq '[.queues[]? // .[]? | select(.kind == "HI3") | .unfit_pdus] | add')"
x_down
lib_end
check $NAME.whole 0 "$(cat "$W"/lemf-*.example/NL-*/events.jsonl | grep -cE '"event": ?"(gap|duplicate|conflict)')"

# -- what came: direction and pDU, a line each in their order --
got() { "$B/lidump" --json "$W/lemf-$1.example/NL-OP01-LI-1/hi3.ber" |
	jq -c '.payload.cCPayloadSequence[0] | [.payloadDirection, .cCContents.threeGPP33128DefinedCC.pDU]' | sed 's/"\([0-9A-F]*\)"/"\L\1"/g' | sort; }
sdp=$(printf 'v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\n' | hex)
got a >"$W/a"
want() { # name, times, pattern
	n=$(grep -cF -- "$3" "$W/$4")
	[ "$n" = "$2" ] && ok "$NAME.$4.$1" || { fail "$NAME.$4.$1" "$n times, not $2"; cat "$W/$4" >&2; }
}
want ims_ip 1 "[\"fromTarget\",{\"iMSCCPDU\":{\"payload\":\"$IP\",\"sDPInfo\":\"$sdp\"}}]" a
want ims_rtp 1 "[\"toTarget\",{\"iMSCCPDU\":{\"payload\":\"45" a
want ims_rtp_payload 2 "$RTP\"}}]" a
want ims_rtp6 1 "[\"combined\",{\"iMSCCPDU\":{\"payload\":\"60000000" a
want ims_msrp 1 "[\"notapplicable\",{\"iMSCCPDU\":{\"payload\":\"45" a
want rcs_msrp 1 '{"rCSCCPDU":{"encapsulatedRCSPayload":{"mSRP":{"encapsulatedMSRP":"MSRP d93 SEND\r\nTo-Path: msrp://b' a
want rcs_mime 1 '{"mIME":{"contentType":"text/html;\r\n charset=utf-8","encapsulatedMIMEEntity":"MIME-Version: 1.0' a
want rcs_mime_type 1 '{"mIME":{"contentType":"text/plain","encapsulatedMIMEEntity":"hi"}}' a
want rcs_sip 1 "{\"sIP\":{\"iPSourceAddress\":{\"iPv4Address\":\"c0000201\"},\"iPDestinationAddress\":{\"iPv4Address\":\"c6336402\"},\"sIPContent\":\"$SIP\"}}" a
want nidd 1 '{"nIDDCCPDU":"c0ffee"}' a
want ptc 1 "{\"pTCCCPDU\":\"$IP\"}" a
want mms 1 "{\"mMSCCPDU\":{\"version\":{\"majorVersion\":1,\"minorVersion\":3},\"transactionID\":\"T-77\",\"mMSContent\":\"$MM1\"}}" a
want upf 1 "{\"extendedUPFCCPDU\":{\"payload\":{\"uPFIPCC\":\"$IP\"}}}" a
check $NAME.a.all 12 "$(wc -l <"$W/a")"
got b >"$W/b"
want mms 1 '{"mMSCCPDU":{"version":{"majorVersion":1,"minorVersion":3}' b
want upf 1 "{\"uPFCCPDU\":\"$GTPU\"}" b
check $NAME.b.all 2 "$(wc -l <"$W/b")"

# -- the packets that were made, before tshark --
command -v tshark >/dev/null || { skip $NAME.tshark "no tshark"; exit 0; }
"$B/lidump" --pcap "$W/a.pcapng" "$W/lemf-a.example/NL-OP01-LI-1/hi3.ber" 2>/dev/null
check $NAME.tshark "2 good UDP, 1 good TCP" "$(tshark -n -r "$W/a.pcapng" -o udp.check_checksum:TRUE -o tcp.check_checksum:TRUE -T fields -E separator='|' \
	-e udp.srcport -e udp.checksum.status -e tcp.srcport -e tcp.checksum.status 2>/dev/null |
	awk -F '|' '$1 == 40000 && $2 == 1 { u++ } $3 == 40000 && $4 == 1 { t++ } END { print u + 0 " good UDP, " t + 0 " good TCP" }')"

#!/bin/sh
# Segmentation (TS 102 232-1 clause 6.2.4) from end to end: files of RCS and an MMS over X3 (lipoi) through mdfd to an agency that takes segments,
# encrypted, and to one that does not (lemfd): the first has each object whole in a file, also what is longer than a PDU may be.
set -u
. test/lib.sh
. test/x.lib.sh
x_begin objects mdf.example lemf-a.example lemf-b.example nf.example
openssl rand -hex 32 >"$W/256.key"
chmod 600 "$W/256.key"
LEMF_NAMES="--payload-key AES-256-CBC:$W/256.key" x_lemf lemf-a.example
echo destinations: >"$W/warrants.yaml"
lib_dest 1 lemf-a.example 'segment: 4KiB, encryption: {type: AES-256-CBC, key: 256.key, tri: yes}, aggregation: {cc: 10, delay: 50ms}, integrity: {hash: SHA-256}'
x_lemf lemf-b.example
lib_dest 2 lemf-b.example
warrant() { printf '  - {liid: LI-%s, xid: %s, authorization_country: NL, delivery: HI2andHI3, start: 2020-01-01T00:00:00Z, end: 2037-01-01T00:00:00Z, targets: [{supiimsi: "001010000000001"}], destinations: [%s]}\n' \
	"$1" "$(lib_uuid 9)" "$(lib_uuid "$1")"; }
{ echo warrants:; warrant 1; warrant 2; } >>"$W/warrants.yaml"
x_conf 'peers: [nf.example]'
x_up
hex() { od -An -v -tx1 | tr -d ' \n'; }
event() { "$B/xirigen" hex 1 1 r19v3 | awk -v t="$1" '$1 == t { print $2; exit }'; }
x2() { echo "- pdu: {type: x2, nfid: nf-1, ipid: iri, correlation: $1, payload: \"$(event "$2")\"}"; }
x3() { echo "- pdu: {type: x3, nfid: nf-1, ipid: cc, correlation: $1, format: mime, direction: from${3:+, $3}, payload: $2}"; }
# what will be in files: a short text, one of 10,001 octets, one of 3 MB, an MMS
head -c 10001 /dev/zero | tr '\0' B >"$W/o1"
head -c 3000000 /dev/zero | tr '\0' C >"$W/o2"
{ printf '\214\200\230T-77\000\215\223'; head -c 9000 /dev/urandom; } >"$W/o3"
{
	cat <<-EOF
		connections:
		  n: {to: "127.0.0.1:$AT", peer: mdf.example, certificate: nf.example.crt, key: nf.example.key, ca: ca.crt}
		defaults: {xid: $(lib_uuid 9)}
		steps:
	EOF
	x2 2 140
	x2 5 17
	echo '- keepalive: {sequence: 1}'
	echo '- expect: {ack: 1}'
	x3 2 6869 'mime_type: text/plain'
	x3 2 '{fill: {octet: 66, octets: 10001}}' 'mime_type: text/plain'
	x3 2 6869 'mime_type: text/plain'
	x3 2 6869 'mime_type: text/plain'
	x3 2 '{fill: {octet: 67, octets: 3000000}}' 'mime_type: text/plain'
	x3 5 "\"$(hex <"$W/o3")\""
	echo '- keepalive: {sequence: 2}'
	echo '- expect: {ack: 2}'
} >"$W/s.yaml"
"$B/lipoi" --script "$W/s.yaml" --json --timeout 60s >"$W/report.json" 2>"$W/report.err"
check $NAME.sent 0 $?
check $NAME.cc_too_long 1 "$(x_counter mediation cc_too_long)"	# of the agency that has not agreed
x_down
lib_end
A=$W/lemf-a.example/NL-OP01-LI-1
check $NAME.objects 3 "$(grep -c '"event":"object"' "$A/events.jsonl")"
check $NAME.incomplete 0 "$(grep -cE '"event":"(object-incomplete|gap|conflict|encrypted)"' "$A/events.jsonl")"
for o in o1 o2 o3; do
	s=$(sha256sum <"$W/$o" | cut -c1-64)
	f=$(grep '"event":"object"' "$A/events.jsonl" | jq -r "select(.sha256 == \"$s\") | .file")
	check $NAME.$o same "$([ -n "$f" ] && cmp -s "$W/$o" "$A/$f" && echo same)"
done
"$B/lemfd" verify "$W/lemf-a.example" NL-OP01-LI-1 --payload-key "AES-256-CBC:$W/256.key" >"$W/verify" 2>&1
check $NAME.integrity "0 good" "$? $(awk '$1 == "NL-OP01-LI-1" && $10 > 0 { print $NF }' "$W/verify")"
# HO-SEG-001, HO-SEG-002, HO-SEG-003, HO-SEG-004, HO-SEG-005 on the wire: no PDU is longer, numbers go on, flags have those of the first and the last and no time
"$B/lidump" --json --payload-key "AES-256-CBC:$W/256.key" "$A/hi3.ber" >"$W/hi3.json"
check $NAME.numbers true "$(jq -s 'group_by(.pSHeader.communicationIdentifier) | all(.[]; map(.pSHeader.sequenceNumber) == [range(length)])' "$W/hi3.json")"
check $NAME.segments yes "$([ "$(wc -l <"$W/hi3.json")" -gt $((3019001 / 4096)) ] && echo yes)"
check $NAME.b.whole "text/plain 10001" "$("$B/lidump" --json "$W/lemf-b.example/NL-OP01-LI-2/hi3.ber" |
	jq -r '.payload.cCPayloadSequence[0].cCContents.threeGPP33128DefinedCC.pDU.rCSCCPDU.encapsulatedRCSPayload.mIME | select(. and (.encapsulatedMIMEEntity | length > 100)) | "\(.contentType) \(.encapsulatedMIMEEntity | length)"')"
exit 0

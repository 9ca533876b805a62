#!/bin/sh
# The ASN.1 codecs before a second judge: random values of every alternative of XIRIEvent, IRIEvent, CCPDU,
# LINotification, identity association and PS-PDU, through asn1c and through Erlang's asn1ct, both ways; and the JSON that
# lidump shows, through asn1ct's JSON Encoding Rules (ITU-T X.697) back to the octets.
set -u
: "${B:?}" "${G:?}"
rounds=$(( ${ROUNDS:-100} / 5 ))
[ $rounds -ge 2 ] || rounds=2
dir=$(mktemp -d) || exit 2
trap 'rm -rf "$dir"' EXIT
judge=$B/asn1_judge

# name, status, file that says why
told() {
	if [ "$2" -eq 0 ]; then echo "ok asn1ct.$1: $(tail -n1 "$3")"; else echo "FAIL asn1ct.$1: $(head -c 300 "$3" | tr '\n' ' ')"; fi
}
# a frame whose INTEGER has one octet too many: BER that decodes, but not what DER writes
planted() { printf '\006\000\000\000\012\060\010\200\002\000\005\241\002\241\000'; }

"$judge" values "${SEED:-1}" $rounds >"$dir/frames" 2>"$dir/values"
told asn1c_decodes_and_encodes $? "$dir/values"
# what mediation makes of a record of X2
"$judge" mediate <"$dir/frames" >"$dir/mediated" 2>"$dir/err"
told mediated $? "$dir/err"
# and what a warrant of IRI alone gets: LI128-144, LI128-145, LI128-165
"$judge" strip <"$dir/frames" >"$dir/stripped" 2>"$dir/err"
told stripped $? "$dir/err"
cat "$dir/mediated" "$dir/stripped" >>"$dir/frames"
# and content as it is written for X3, of every form
"$B/ccmake" frames "${SEED:-1}" $((8 * rounds)) >>"$dir/frames" || echo "FAIL asn1ct.content: not written"
"$judge" written "${SEED:-1}" $((4 * rounds)) >"$dir/written" 2>"$dir/err"
told written $? "$dir/err"
if planted | "$judge" recode 2>/dev/null; then echo "FAIL asn1ct.asn1c_fault_is_seen: not seen"; else echo "ok asn1ct.asn1c_fault_is_seen"; fi

if ! command -v escript >/dev/null || ! command -v erlc >/dev/null || ! erl -noshell -eval 'halt(case code:lib_dir(asn1) of {error, _} -> 1; _ -> 0 end)' >/dev/null 2>&1; then
	echo "skipped: asn1ct.both_ways: no Erlang with asn1"
	exit 0
fi

# The same modules, compiled by erlc once; a second run that comes along waits.
made=$G/asn1ct
mkdir -p "$G"
exec 9>"$G/asn1ct.lock"
flock 9
# LI-PS-PDU-Whole: with the notification of TS 33.128 in its place, which the two sets of asn1c cannot share.
for asn in asn1/modules/*/*.asn test/judge/jsx.erl; do
	if [ ! -e "$made/.stamp" ] || [ ! -e "$made/LI-PS-PDU-Whole.beam" ] || [ "$asn" -nt "$made/.stamp" ]; then
		rm -rf "$made" && mkdir -p "$made" && cp asn1/modules/*/*.asn "$made" || exit 2
		sed 's/^LI-PS-PDU$/LI-PS-PDU-Whole/; s/^DEFINITIONS .*/&\nIMPORTS LINotificationPayload FROM TS33128Payloads;/
			s/ForeignLINotificationPayload,/LINotificationPayload,/' "$made/LI-PS-PDU.asn" >"$made/LI-PS-PDU-Whole.asn"
		for m in IPAccessPDU TS33128Payloads TS33128IdentityAssociation LI-PS-PDU LI-PS-PDU-Whole; do
			(cd "$made" && erlc -bber +der +jer $m.asn) >>"$dir/erlc" 2>&1 || { told compiles 1 "$dir/erlc"; exit 0; }
		done
		erlc -o "$made" test/judge/jsx.erl || exit 2
		touch "$made/.stamp"
		break
	fi
done
exec 9>&-
echo "ok asn1ct.compiles"

escript test/judge/asn1ct.escript "$made" judge "$dir/frames" "$dir/again" 2>"$dir/judged"
told asn1c_to_asn1ct $? "$dir/judged"
"$judge" recode <"$dir/again" 2>"$dir/recoded"
told asn1ct_to_asn1c $? "$dir/recoded"
planted >"$dir/planted"
escript test/judge/asn1ct.escript "$made" judge "$dir/planted" "$dir/none" 2>"$dir/judged"
if grep -qx '# 1 values, 1 bad' "$dir/judged"; then echo "ok asn1ct.asn1ct_fault_is_seen"; else echo "FAIL asn1ct.asn1ct_fault_is_seen: not seen"; fi

"$judge" json <"$dir/frames" >"$dir/json" 2>"$dir/jsoned" || told json_shown 1 "$dir/jsoned"
escript test/judge/asn1ct.escript "$made" jer "$dir/json" 2>"$dir/judged"
told json_to_asn1ct $? "$dir/judged"
sed -n '1s/"xIRIPayloadOID": "/&1./p' "$dir/json" >"$dir/planted"
escript test/judge/asn1ct.escript "$made" jer "$dir/planted" 2>"$dir/judged"
if grep -qx '# 1 values, 1 bad' "$dir/judged"; then echo "ok asn1ct.json_fault_is_seen"; else echo "FAIL asn1ct.json_fault_is_seen: not seen"; fi

# PS-PDUs of every alternative that we send, over random values and the lengths and numbers where another octet is taken: asn1ct's DER of the
# same values is the same octets. HO-ENC-001, HO-ENC-004, HO-ENC-019
sed -n '/"sequenceNumber":/{s//&1/p;q;}' "$dir/written" >"$dir/planted"
escript test/judge/asn1ct.escript "$made" jer "$dir/written" 2>"$dir/judged"
told written_is_asn1cts $? "$dir/judged"
escript test/judge/asn1ct.escript "$made" jer "$dir/planted" 2>"$dir/judged"
if grep -qx '# 1 values, 1 bad' "$dir/judged"; then echo "ok asn1ct.written_fault_is_seen"; else echo "FAIL asn1ct.written_fault_is_seen: not seen"; fi

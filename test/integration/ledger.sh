#!/bin/sh
# What was done to lemfd's files since it received them: lemfd verify names it, by the ledger that lemfd wrote. Over TLS, with kills between; and a
# ledger that is cut together with its files is found by what was said of it earlier.
. test/lib.sh
lib_begin ledger
lib_certs mdf.example lemf.example || { fail ledger "no certificates"; exit 1; }
D=$W/lemf.example
F=$D/NL-OP01-LI-1

# send FILE N: keeps the connection until N answers have come, at most 10 s.
send() {
	: >"$W/answers"
	{
		cat "$1"
		i=0
		while [ "$("$B/pdus" --read <"$W/answers" | grep -vc '^torn')" -lt "$2" ] && [ $i -lt 100 ]; do sleep 0.1; i=$((i + 1)); done
	} | timeout 30 openssl s_client -connect "127.0.0.1:$PORT" -cert "$W/mdf.example.crt" -key "$W/mdf.example.key" -CAfile "$W/ca.crt" \
		-verify_return_error -verify_hostname lemf.example -quiet -nocommands -no_ign_eof >"$W/answers" 2>"$W/client"
}
pdus() { # FROM TO: content of LI-1
	i=$1
	while [ $i -le "$2" ]; do "$B/pdus" "cc:LI-1:1:$i"; i=$((i + 1)); done
}
verify() { "$B/lemfd" verify "$D" "$@" >"$W/verify" 2>"$W/verify.err"; }
# named NAME STATUS TEXT: verify ends so, and says so
named() {
	verify NL-OP01-LI-1; rc=$?
	if [ $rc -eq "$2" ] && { [ -z "$3" ] || grep -qF -- "$3" "$W/verify"; }; then ok "ledger.$1"; else fail "ledger.$1" "$rc: $(cat "$W/verify")"; fi
}


lib_lemf lemf.example || { fail ledger "lemfd did not start"; exit 1; }
# while it receives: what it has not entered yet is nothing to tell of
"$B/pdus" ccs:LI-4:1:20000 ack:1 >"$W/all"
send "$W/all" 1 &
sender=$!
told=
while kill -0 $sender 2>/dev/null; do
	verify NL-OP01-LI-4
	told=$told$(grep -v '^interception\|good$' "$W/verify")
done
check ledger.receiving " acked" "$told $("$B/pdus" --read <"$W/answers" | sed 's/ack-response 1/acked/')"
{ "$B/pdus" iris:LI-1:1:30; pdus 0 9; "$B/pdus" iris:LI-2:1:30 ack:1; } >"$W/all"
send "$W/all" 1
named running 0 good
lib_end
named untouched 0 good
cp -r "$D" "$W/kept"
verify --json; cp "$W/verify" "$W/monday"
restored() { rm -rf "${D:?}"; cp -r "$W/kept" "$D"; }

{ pdus 0 3; pdus 5 5; pdus 4 4; pdus 6 9; } >"$F/hi3.ber"
named order 1 "order     hi3.ber, offset $(pdus 0 3 | wc -c): HI3, element MDF-1, CIN 1, number 5: 1 PDU not where stored, which was offset $(pdus 0 4 | wc -c)"
verify NL-OP01-LI-1 --json
check ledger.json "order hi3.ber 5 1 MDF-1 bad" "$(jq -r '[(.findings[0] | .finding, .file, .number, .cin, .element), .totals.verdict] | join(" ")' "$W/verify")"
"$B/lemfd" report "$D" NL-OP01-LI-1 --out "$W/pages" 2>/dev/null
check ledger.report 1 "$(grep -c 'number 5: 1 PDU not where stored' "$W/pages/NL-OP01-LI-1.html")"
"$B/lemfd" export "$D" NL-OP01-LI-1 --json /dev/null 2>"$W/export.err"
check ledger.export 1 "$(grep -c 'number 5: 1 PDU not where stored' "$W/export.err")"
pdus 0 8 >"$F/hi3.ber"
named last_removed 1 "removed   hi3.ber, offset $(pdus 0 8 | wc -c): CIN 1, number 9: 1 PDU stored here, and gone"
{ pdus 0 9; pdus 3 3; } >"$F/hi3.ber"
named copied 1 "copied    hi3.ber, offset $(pdus 0 9 | wc -c): HI3, element MDF-1, CIN 1, number 3: 1 PDU that lemfd stored once, elsewhere"
pdus 0 9 >"$F/hi3.ber"
printf '\001' | dd of="$F/hi3.ber" bs=1 seek=$(($(pdus 0 9 | wc -c) - 1)) conv=notrunc 2>/dev/null
named changed 1 "changed   hi3.ber, offset $(pdus 0 8 | wc -c): HI3, element MDF-1, CIN 1, number 9: 1 PDU with other octets than stored"
pdus 0 9 | head -c 700 >"$F/hi3.ber"
named cut 1 "removed   hi3.ber, offset "
restored
cp "$D/NL-OP01-LI-2/hi2.ber" "$F/hi2.ber"
verify NL-OP01-LI-1
check ledger.other "30 30" "$(grep -c 'damaged   hi2.ber, .*: header of another interception' "$W/verify") $(grep -c 'changed   hi2.ber, .*: 1 PDU with other octets than stored' "$W/verify")"
restored

# -- the ledger as well: cut together with the files, at a place that looks as if lemfd had ended there ----------------------------
lib_lemf lemf.example
{ pdus 10 19; "$B/pdus" iris:LI-3:1:3 ack:1; } >"$W/more"
send "$W/more" 1
lib_end
verify --since "$W/monday"; check ledger.since_grown 0 $?
verify --json; cp "$W/verify" "$W/tuesday"
restored
verify --since "$W/monday"; check ledger.since_same 0 $?
named cut_with_ledger_unseen 0 good
verify --since "$W/tuesday"; check ledger.since_cut 1 $?
check ledger.since_cut_named 1 "$(grep -c 'ledger    it does not go on from what was there earlier' "$W/verify")"
check ledger.since_gone 1 "$(grep -cx 'lemfd verify: NL-OP01-LI-3: this interception was there, and is gone' "$W/verify.err")"
rm "$F/ledger"
named ledger_gone 1 "ledger    there was one, and it is gone"
verify --since "$W/verify"; check ledger.since_wrong_file 1 $?
restored

# -- kills: what has no entry gets it, and nothing is said to be wrong -------------------------------------------------------------
for k in 1 2 3; do
	lib_lemf lemf.example
	{ pdus $((10 * k)) $((10 * k + 9)); "$B/pdus" ack:1; } >"$W/more"
	send "$W/more" 1
	kill -KILL "$LEMF_PID"; wait "$LEMF_PID" 2>/dev/null; PIDS=
done
verify NL-OP01-LI-1
check ledger.killed "" "$(grep -E ' (bad|order|removed|added|changed|copied) ' "$W/verify" | grep -v '^interception')"
lib_lemf lemf.example
{ pdus 40 49; "$B/pdus" ack:1; } >"$W/more"
send "$W/more" 1
lib_end
named after_kills 0 good
verify NL-OP01-LI-1 --json
check ledger.all_entered "true 81" "$(jq -r '.totals.ledger | "\(.ended) \(.stored - '"$(wc -l <"$F/events.jsonl")"' + 1)"' "$W/verify")"

# -- somebody adds one while no lemfd runs: the next one enters it, and says so ------------------------------------------------------
pdus 50 50 >>"$F/hi3.ber"
named appended 1 "added     hi3.ber, offset $(pdus 0 49 | wc -c): HI3, element MDF-1, CIN 1, number 50: 1 PDU that lemfd did not store"
lib_lemf lemf.example
{ pdus 51 59; "$B/pdus" ack:1; } >"$W/more"
send "$W/more" 1
lib_end
named appended_and_gone_on 1 "number 50: 1 PDU that lemfd did not store"

#!/bin/sh
# Keys change under traffic, by SIGHUP, the key that signs and the key of payloads at once: no record is lost, each Signature is good by the key of its time, each
# payload opens by the key of its time, and neither goes back. Keys that are no good change nothing, in the middle of it. The agency is given all keys; what it says
# with one alone. Judged by test/interop/kept.py: hashlib, openssl's program, CBC put together by hand.
. test/lib.sh
for x in jq python3 openssl; do command -v $x >/dev/null || { skip rekey "no $x"; exit 0; }; done
lib_begin rekey
lib_certs mdf.example lemf.example || { fail rekey "no certificates"; exit 1; }
export PYTHONDONTWRITEBYTECODE=1
F=$W/lemf.example/NL-OP01-LI-1
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$W/sign1" 2>/dev/null
openssl genpkey -algorithm ED25519 -out "$W/sign2" 2>/dev/null
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out "$W/sign3" 2>/dev/null
for n in 1 2 3; do
	openssl pkey -in "$W/sign$n" -pubout -out "$W/sign$n.pub"
	openssl rand -hex 24 >"$W/pay$n"
done
chmod 600 "$W"/sign? "$W"/pay?
LEMF_NAMES=
for n in 1 2 3; do LEMF_NAMES="$LEMF_NAMES --signer $W/sign$n.pub --payload-key AES-192-CBC:$W/pay$n"; done
"$B/ligen" --plain --dual 0 --only6 0 --subscribers 1 --sessions 2 --packets 2000 --least 200 --most 400 --seed 6 --out "$W/core" --expect "$W/expect.json" 2>/dev/null
cc=$(jq -r '.subscribers["001010000000001"] | .from + .to' "$W/expect.json")
size=$(wc -c <"$W/core")
lib_lemf lemf.example || { fail rekey "lemfd did not start"; exit 1; }
mkfifo "$W/fifo"
lib_conf
lib_tap core fifo
echo destinations: >"$W/warrants.yaml"
lib_dest 1 lemf.example "timers: {TIME6: 50ms}, encryption: {type: AES-192-CBC, key: pay.key, tri: yes},
     integrity: {hash: SHA-256, hashTimeout: 100ms, dataPduCount: 20, sign: sign.key, signTimeout: 200ms, hashPduCount: 4}"
: >"$W/warrants"
lib_warrant 1 'supiimsi: "001010000000001"' 1
echo warrants: >>"$W/warrants.yaml"
cat "$W/warrants" >>"$W/warrants.yaml"
keys() { # N: both are the N-th from now on, whole at any time
	for k in sign pay; do
		cp -p "$W/$k$1" "$W/$k.new"
		mv "$W/$k.new" "$W/$k.key"
	done
}
keys 1
"$B/mdfd" -c "$W/mdfd.yaml" 2>"$W/mdfd.log" </dev/null &
MDFD=$!
PIDS="$PIDS $MDFD"
# in 80 pieces, with a breath behind each: what comes does not wait for what is reloaded
{ i=0; while [ $i -lt 80 ]; do dd bs=$((size / 80 + 1)) count=1 2>/dev/null; sleep 0.05; i=$((i + 1)); done } <"$W/core" >"$W/fifo" &
FEED=$!
stored() { cat "$F"/hi3.ber 2>/dev/null | wc -c; }
more() { # some more has come than there is
	have=$(stored) i=0
	while [ "$(stored)" -lt $((have + $1)) ] && [ $i -lt 200 ]; do sleep 0.02; i=$((i + 1)); done
	[ $i -lt 200 ]
}
reloads=0
reload() { # WANT
	reloads=$((reloads + 1)) i=0
	kill -HUP "$MDFD"
	while [ "$(grep -cE 'reload: (done|refused)' "$W/mdfd.log")" -lt $reloads ] && [ $i -lt 200 ]; do sleep 0.02; i=$((i + 1)); done
	check rekey.reload.$reloads "$1" "$(grep -oE 'reload: (done|refused)' "$W/mdfd.log" | sed -n "${reloads}s/reload: //p")"
}
more 100000 || fail rekey.first "nothing comes: $(tail -n 1 "$W/mdfd.log")"
keys 2
reload 'done'
more 100000 || fail rekey.second "nothing more comes"
# a key that others may read does not sign; one that is cut short does not encrypt: nothing is other than before
keys 3
chmod 644 "$W/sign.key"
reload refused
keys 2
cut -c 1-47 "$W/pay3" >"$W/pay.key"
reload refused
more 50000 || fail rekey.refused "nothing more comes"
keys 3
reload 'done'
check rekey.under_traffic yes "$(kill -0 $FEED 2>/dev/null && echo yes)"
wait $FEED
i=0
while [ "$("$B/mdfctl" -s "$W/control" --json tap list 2>/dev/null | jq -r '.taps[0].state')" != ended ] && [ $i -lt 200 ]; do sleep 0.05; i=$((i + 1)); done
kill -TERM "$MDFD"
wait "$MDFD"
check rekey.status 0 $?
PIDS=$LEMF_PID
lib_end
python3 test/interop/kept.py "$F" "AES-192-CBC:$W/pay1,$W/pay2,$W/pay3" "$W/sign1.pub" "$W/sign2.pub" "$W/sign3.pub" >"$W/said.json" 2>"$W/judge.err"
said() { jq -c "$1" "$W/said.json"; }
check rekey.whole "[0,0,0,0,0,0,0,0,0,0,0]" "$(said '[.bad, .absent, .uncovered, .twice, .odd, .gaps, .badsig, .unsigned, .unread, .counters, (.records - ([.payload_keys[]] | add))]')"
check rekey.content "$cc" "$("$B/lidump" --json "$F/hi3.ber" | wc -l)"
check rekey.payloads '[[true,true,true],true]' "$(said '[[.payload_keys[] > 0], .payload_order]')"
check rekey.signers '[[true,true,true],true]' "$(said '[[.signers[] > 0], .signer_order]')"
check rekey.events good "$(jq -r 'select(.event == "integrity").verdict' "$F/events.jsonl" | sort -u)"
check rekey.gaps 0 "$(grep -cE '"event":"(gap|encrypted|conflict|undecoded)"' "$F/events.jsonl")"
verify() { # options: the verdict, and how many Signatures it names
	# shellcheck disable=SC2086
	"$B/lemfd" verify "$W/lemf.example" NL-OP01-LI-1 $1 >"$W/verify" 2>/dev/null
	echo "$? $(awk '$1 == "NL-OP01-LI-1" { print $NF }' "$W/verify") $(grep -c '(signature)' "$W/verify")"
}
pay="--payload-key AES-192-CBC:$W/pay1 --payload-key AES-192-CBC:$W/pay2 --payload-key AES-192-CBC:$W/pay3"
check rekey.verify "0 good 0" "$(verify "$LEMF_NAMES")"
# with the first signer's key alone, what the others signed is named; with no key of payloads, nothing of it can be held against anything
check rekey.verify.first "1 bad $(said '.signers[1] + .signers[2]')" "$(verify "--signer $W/sign1.pub $pay")"
check rekey.secret 0 "$(cat "$W/mdfd.log" "$W/state/audit.log" "$W/lemf.example.log" | grep -cF -e "$(head -c 16 "$W/pay1")" -e "$(head -c 16 "$W/pay2")")"

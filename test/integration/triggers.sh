#!/bin/sh
# What brings about an integrity check, each seen at the agency by itself while mdfd runs on: hashTimeout, dataPduCount, signTimeout, hashPduCount, the end of an
# interception; and no record, no check. TS 102 232-1 clause 7.2.3, annex J: HO-INT-003 to HO-INT-007. Judged by test/interop/kept.py, which shares nothing with us.
. test/lib.sh
for x in jq python3 openssl; do command -v $x >/dev/null || { skip triggers "no $x"; exit 0; }; done
lib_begin triggers
lib_certs mdf.example lemf.example || { fail triggers "no certificates"; exit 1; }
export PYTHONDONTWRITEBYTECODE=1
D=$W/lemf.example
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$W/1.key" 2>/dev/null
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out "$W/2.key" 2>/dev/null
openssl genpkey -algorithm ED25519 -out "$W/3.key" 2>/dev/null
for n in 1 2 3; do chmod 600 "$W/$n.key" && openssl pkey -in "$W/$n.key" -pubout -out "$W/$n.pub"; done
"$B/ligen" --plain --dual 0 --only6 0 --subscribers 1 --sessions 2 --packets 120 --seed 5 --out "$W/core" --expect "$W/expect.json" 2>/dev/null
size=$(wc -c <"$W/core")
LEMF_NAMES="--signer $W/1.pub --signer $W/2.pub --signer $W/3.pub"
lib_lemf lemf.example || { fail triggers "lemfd did not start"; exit 1; }
mkfifo "$W/fifo"
lib_conf
lib_tap core fifo
echo destinations: >"$W/warrants.yaml"
soon='timers: {TIME6: 50ms}'
lib_dest 1 lemf.example "$soon, integrity: {hash: SHA-256, hashTimeout: 300ms, dataPduCount: 100000, sign: 1.key, signTimeout: 1s, hashPduCount: 1000}"
lib_dest 2 lemf.example "$soon, integrity: {hash: SHA-384, hashTimeout: 1h, dataPduCount: 7, sign: 2.key, signTimeout: 1h, hashPduCount: 3}"
lib_dest 3 lemf.example "$soon, integrity: {hash: SHA-512, hashTimeout: 1h, dataPduCount: 100000, sign: 3.key, signTimeout: 1h, hashPduCount: 1000}"
: >"$W/warrants"
for n in 1 2 3; do lib_warrant $n 'supiimsi: "001010000000001"' $n; done
lib_warrant 4 'supiimsi: "001010000000009"' 1		# nothing comes of it
echo warrants: >>"$W/warrants.yaml"
cp "$W/warrants.yaml" "$W/before.yaml"
cat "$W/warrants" >>"$W/warrants.yaml"
"$B/mdfd" -c "$W/mdfd.yaml" 2>"$W/mdfd.log" </dev/null &
MDFD=$!
PIDS="$PIDS $MDFD"
exec 9>"$W/fifo"
until_is() { # WANT COMMAND…
	want=$1 i=0
	shift
	while [ "$("$@" 2>/dev/null)" != "$want" ] && [ $i -lt 100 ]; do sleep 0.2; i=$((i + 1)); done
	[ $i -lt 100 ]
}
judged() { # N FILTER: what the judge says of LI-N
	python3 test/interop/kept.py "$D/NL-OP01-LI-$1" - "$W/1.pub" "$W/2.pub" "$W/3.pub" | jq -c "$2"
}
sound='[.bad, .absent, .twice, .odd, .gaps, .badsig] | add'
octets() { cat "$D/NL-OP01-LI-$1"/hi?.ber 2>/dev/null | wc -c; }
# Each has as much as the others, more than so many octets, and for a while no more comes.
arrived() {
	until_is yes eval 'n=$(octets 3); [ "$n" -gt '"$1"' ] && [ "$(octets 1)" = "$n" ] && [ "$(octets 2)" = "$n" ] && sleep 0.2 && [ "$(octets 3)" = "$n" ] && echo yes'
}
head -c $((size / 3)) "$W/core" >&9
arrived 20000 || fail triggers.first "nothing comes: $(tail -n 1 "$W/mdfd.log")"
# hashTimeout, and then signTimeout, with nothing but time going by
until_is 0 judged 1 .uncovered && ok triggers.hash_timeout || fail triggers.hash_timeout "$(judged 1 .)"
until_is 0 judged 1 '[.uncovered, .unsigned] | add' && ok triggers.sign_timeout || fail triggers.sign_timeout "$(judged 1 .)"
check triggers.timeouts '[true,1]' "$(judged 1 '[.signatures > 0, ([.chains[].signature | length] | max)]')"
# dataPduCount, hashPduCount: so many, neither more nor less; what is over waits
until_is yes eval '[ "$(judged 2 ".chains | length")" -gt 0 ] && echo yes'
check triggers.data_pdu_count '[7]' "$(judged 2 '[.chains[].hash[]] | unique')"
check triggers.hash_pdu_count '[3]' "$(judged 2 '[.chains[].signature[]] | unique')"
check triggers.counts_wait true "$(judged 2 '.uncovered > 0 and .uncovered == ([.records - 7 * .hashes] | add)')"
# neither time nor number: none yet
check triggers.none_yet '[0,0]' "$(judged 3 '[.hashes, .signatures]')"
n=$(octets 3)
head -c $((2 * size / 3)) "$W/core" | tail -c +$((size / 3 + 1)) >&9
arrived "$n" || fail triggers.second "nothing more comes"
until_is 0 judged 1 '[.uncovered, .unsigned] | add'
check triggers.again true "$(judged 1 '[.chains[].hash | length] | max >= 2')"
# the end of the interceptions, and mdfd runs on: what is left is hashed and signed, in one of each for each chain where nothing was before
cp "$W/before.yaml" "$W/warrants.yaml"
sed -i 's/^warrants:$/warrants: []/' "$W/warrants.yaml"
kill -HUP "$MDFD"
for n in 1 2 3; do until_is 0 judged $n '[.uncovered, .unsigned] | add' && ok triggers.end.$n || fail triggers.end.$n "$(judged $n .)"; done
check triggers.end.one '[[1],[1],[[0,0]]]' "$(judged 3 '[([.chains[].hash | length] | unique), ([.chains[].signature | length] | unique), ([.chains[].first] | unique)]')"
check triggers.end.rest true "$(judged 2 '[.chains[].hash | .[:-1][]] | unique == [7]')"
check triggers.runs yes "$(kill -0 "$MDFD" && echo yes)"
exec 9>&-
kill -TERM "$MDFD"
wait "$MDFD"
check triggers.status 0 $?
PIDS=$LEMF_PID
lib_end
for n in 1 2 3; do
	check triggers.sound.$n 0 "$(judged $n "$sound")"
	check triggers.signer.$n "[$((n == 1)),$((n == 2)),$((n == 3))]" "$(judged $n '[.signers[] | if . > 0 then 1 else 0 end]')"
	# shellcheck disable=SC2086
	check triggers.verify.$n good "$("$B/lemfd" verify "$D" NL-OP01-LI-$n $LEMF_NAMES 2>/dev/null | awk -v n=NL-OP01-LI-$n '$1 == n { print $NF }')"
done
# HO-INT-006
check triggers.idle 0 "$(cat "$D/NL-OP01-LI-4/integrity.ber" 2>/dev/null | wc -c)"

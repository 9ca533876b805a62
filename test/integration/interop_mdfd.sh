#!/bin/sh
# mdfd against an agency that shares nothing with it: test/interop/lemf.py, DER by hand and the standard library's TLS: the five flows of annex I of TS 102 232-1,
# acknowledgement, what is sent again, and agencies that do not keep to the rules. All that came is judged there, and by asn1c's codec.
. test/lib.sh
command -v python3 >/dev/null || { skip interop_mdfd "no python3"; exit 0; }
command -v jq >/dev/null || { skip interop_mdfd "no jq"; exit 0; }
lib_begin interop_mdfd
lib_certs mdf.example lemf.example || { fail interop_mdfd "no certificates"; exit 1; }
export PYTHONDONTWRITEBYTECODE=1
T='supiimsi: "001010000000001"'
"$B/ligen" --plain --dual 0 --only6 0 --subscribers 3 --sessions 2 --packets 400 --seed 4 --out "$W/core.pcap" --expect "$W/expect.json" 2>/dev/null
cc=$(jq -r '.subscribers["001010000000001"] | .from + .to' "$W/expect.json")
play() { # scenario, more keys of the destination
	rm -rf "$W/state" "$W/port"
	python3 test/interop/lemf.py "$W" "$1" "$cc" >"$W/$1.out" 2>"$W/$1.err" &
	agency=$!
	tries=0
	while [ ! -e "$W/port" ] && [ $tries -lt 200 ]; do sleep 0.05; tries=$((tries + 1)); done
	PORT=$(cat "$W/port")
	lib_conf
	lib_tap n2n3n4 core.pcap
	echo destinations: >"$W/warrants.yaml"
	lib_dest 1 lemf.example "connections: shared, reconnect: 100ms, $2"
	: >"$W/warrants"
	lib_warrant 1 "$T" 1
	echo warrants: >>"$W/warrants.yaml"
	cat "$W/warrants" >>"$W/warrants.yaml"
	"$B/mdfd" -c "$W/mdfd.yaml" --drain 2>"$W/$1.log" </dev/null
	rc=$?
	wait $agency
	cat "$W/$1.out"
	check "interop_mdfd.$1.drained" 0 $rc
	[ $rc -eq 0 ] || tail -n 4 "$W/$1.log" "$W/$1.err" >&2
}
yes='negotiation: yes, without_acknowledgement: refuse, timers: {TIME6: 50ms, NEGOTIATION: 10s}'
play flow_a 'negotiation: yes, without_acknowledgement: tcp'
play flow_b "$yes"
play flow_c "$yes"
play flow_d 'negotiation: yes, success: tcp'
play flow_e "$yes"
play silent_turn "$yes"
play declined 'negotiation: yes, without_acknowledgement: tcp'
play refused "$yes"
play beforehand 'timers: {TIME6: 50ms}'
play muted 'timers: {TIME4: 500ms, TIME5: 1s, TIME6: 50ms}'
play wrong_number 'timers: {TIME4: 500ms, TIME5: 1s, TIME6: 50ms}'
play wrong_response "$yes"
play early_data "$yes"
play twice_answered "$yes"
play unreadable "$yes"
play never_complete 'negotiation: yes, without_acknowledgement: refuse, timers: {TIME6: 50ms, NEGOTIATION: 2s}'
play garbage "$yes"
play closes_midway "$yes"
play late_options "$yes"
# -- payload encryption, opened by openssl's program with the key alone
python3 -c 'import sys; sys.stdout.buffer.write(bytes(range(1, 33)))' >"$W/aes256.key"
python3 -c 'print(bytes(range(1, 25)).hex())' >"$W/aes192.key"
chmod 600 "$W"/aes*.key
play encrypted_256 'encryption: {type: AES-256-CBC, key: aes256.key}, timers: {TIME6: 50ms}'
play encrypted_192 'encryption: {type: AES-192-CBC, key: aes192.key}, timers: {TIME6: 50ms}'
play aggregated 'aggregation: {cc: 10, delay: 200ms}, timers: {TIME6: 50ms}'
play notified 'timers: {TIME6: 50ms}'
play lanes 'lanes: 4, timers: {TIME6: 50ms}'
# -- integrity checks, by hashlib and openssl's program; of what is encrypted too
openssl ecparam -name prime256v1 -genkey -noout -out "$W/signer.key" 2>/dev/null && openssl pkey -in "$W/signer.key" -pubout -out "$W/signer.pem"
chmod 600 "$W/signer.key"
seal='hash: SHA-256, dataPduCount: 10, sign: signer.key, hashPduCount: 3'
play proved "integrity: {$seal}, timers: {TIME6: 50ms}"
play proved_encrypted "encryption: {type: AES-256-CBC, key: aes256.key}, integrity: {$seal, signed: payload, first_number: 1}, timers: {TIME6: 50ms}"
"$B/asn1_judge" recode <"$W/frames" 2>"$W/judged"
check interop_mdfd.der 0 $?
n=$(sed -n 's/^# \([0-9]*\) values, 0 bad$/\1/p' "$W/judged")
check interop_mdfd.judged 1 $((${n:-0} > 20 * cc))

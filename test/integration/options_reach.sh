#!/bin/sh
# How mdfd comes to an agency, from YAML over TLS to lemfd: addresses of both families and by name, TLS's floor and
# cipher lists (peers by Python's ssl).
. test/lib.sh
for x in jq python3; do command -v $x >/dev/null || { skip options_reach "no $x"; exit 0; }; done
NAME=options_reach
lib_begin $NAME
. test/options.lib.sh
lib_certs mdf.example lemf.example own.example || { fail options_reach "no certificates"; exit 1; }
export PYTHONDONTWRITEBYTECODE=1
traffic 15
# -- by which address, and with which TLS: an agency of lemfd at an IPv4 address, one at an IPv6 address, and those of suites.py -------------------------
AES128=ECDHE-ECDSA-AES128-GCM-SHA256 AES256=ECDHE-ECDSA-AES256-GCM-SHA384
python3 test/interop/suites.py "$W" newest=1.3 suite=1.3 "either=1.2,$AES128:$AES256" "list=1.2,$AES128:$AES256" "other=1.2,$AES128" "old=1.2" new=1.3 2>"$W/suites.log" &
SUITES=$!
head_of
i=0
while [ ! -e "$W/port.new" ] && [ $i -lt 100 ]; do sleep 0.05; i=$((i + 1)); done
lemf one
V4=$PORT
lemf two --tls-min 1.3 --ciphersuites TLS_CHACHA20_POLY1305_SHA256
CHACHA=$PORT
rm -f "$W/three.out"
"$B/lemfd" --listen '[::1]:0' --cert "$W/three.crt" --key "$W/three.key" --ca "$W/ca.crt" --out "$W/three" --name mdf.example >"$W/three.out" 2>"$W/three.log" &
THREE=$!
i=0 V6=
while [ -z "$V6" ] && [ $i -lt 50 ] && kill -0 $THREE 2>/dev/null; do sleep 0.05; V6=$(sed -n 's/.*listening on .*:\([0-9][0-9]*\).*/\1/p' "$W/three.out"); i=$((i + 1)); done
[ -z "$V6" ] || PIDS="$PIDS $THREE"
own() { # an agency to which own.example alone may come, and its port: OWN
	rm -f "$W/four.out"
	"$B/lemfd" --listen 127.0.0.1:0 --cert "$W/three.crt" --key "$W/three.key" --ca "$W/ca.crt" --out "$W/four" --name own.example >"$W/four.out" 2>"$W/four.log" &
	PIDS="$PIDS $!"
	until_is 1 grep -c '^listening on ' "$W/four.out" >/dev/null
	OWN=$(sed -n 's/.*listening on .*:\([0-9][0-9]*\).*/\1/p' "$W/four.out")
}
N=0
dest() { # NAME ADDRESS [more keys]
	N=$((N + 1))
	printf '  - {did: %s, name: %s, address: "%s", peer_name: lemf.example, delivery: HI2Only, reconnect: 100ms, timers: {TIME6: 50ms}%s}\n' "$(lib_uuid $N)" "$1" "$2" "${3:+, $3}" >>"$W/warrants.yaml"
	KINDS=HI2Only warrants $N 1
	eval "D_$1=$N"
}
why() { jq -r "select((.event == \"delivery-down\" or .event == \"peer-refused\") and .fields.did == \"$(lib_uuid "$1")\") | .fields.why // .fields.check" "$W/state/audit.log" | grep -v '^closed by us$' | sort -u | tr '\n' ';'; }
at() { cat "$W/port.$1"; }
own
dest v4 "127.0.0.1:$V4" 'family: ipv4'
dest not_v4 "127.0.0.1:$V4" 'family: ipv6'
dest by_name "localhost:$V4" 'family: ipv4'
dest any_name "localhost:$V4"
dest no_name "name.invalid:$V4" "addresses: [\"localhost:$V4\"]"
dest v6 "[::1]:${V6:-1}" 'family: ipv6'
dest not_v6 "[::1]:${V6:-1}" "family: ipv4, addresses: [\"127.0.0.1:$V4\"]"
dest newest "127.0.0.1:$(at newest)"
dest suite "127.0.0.1:$(at suite)" 'tls: {ciphersuites: TLS_AES_128_GCM_SHA256}'
dest either "127.0.0.1:$(at either)" "tls: {ciphers: \"$AES128\"}"
dest list "127.0.0.1:$(at list)" "tls: {ciphers: \"$AES256\"}"
dest other "127.0.0.1:$(at other)" "tls: {ciphers: \"$AES256\"}"
dest old "127.0.0.1:$(at old)" 'tls: {min_version: 1.3}'
dest new "127.0.0.1:$(at new)" 'tls: {min_version: 1.3}'
dest chacha "127.0.0.1:$CHACHA" 'tls: {ciphersuites: "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256"}'
dest own "127.0.0.1:$OWN" 'tls: {certificate: own.example.crt, key: own.example.key}'
dest not_own "127.0.0.1:$OWN"
dest no_chacha "127.0.0.1:$CHACHA" 'tls: {ciphersuites: TLS_AES_256_GCM_SHA384}'
sed -i "s/drain_timeout: .*/drain_timeout: 500ms/" "$W/mdfd.yaml"
up
feed 0 10
stored() { "$B/lidump" --json "$W/$1/NL-OP01-LI-${2}1/hi2.ber" 2>/dev/null | grep -c '"pDUSessionEstablishment"'; } # agency, DEST
sessions=$(jq '.subscribers["001010000000001"].sessions' "$W/expect.json")
for name in v4 by_name any_name no_name; do
	eval "n=\$D_$name"
	check options_reach.$name "$sessions" "$(until_is "$sessions" stored one "$n")"
done
if [ -n "$V6" ]; then
	check options_reach.v6 "$sessions" "$(until_is "$sessions" stored three "$D_v6")"
	check options_reach.not_v6 "$sessions" "$(until_is "$sessions" stored one "$D_not_v6")"
else
	skip options_reach.v6 "no IPv6 on this machine"
fi
check options_reach.not_v4 "down 0" "$(state_of "$D_not_v4") $(stored one "$D_not_v4")"
check options_reach.not_v4.why 1 "$(why "$D_not_v4" | grep -c '^address: ')"
tls() { sort -u "$W/tls.$1" 2>/dev/null; }
tls_is() { check "options_reach.tls.$1" "$2" "$(until_is "$2" tls "$1")"; }
tls_is newest "TLSv1.3 TLS_AES_256_GCM_SHA384"
tls_is suite "TLSv1.3 TLS_AES_128_GCM_SHA256"
tls_is either "TLSv1.2 $AES128"
tls_is list "TLSv1.2 $AES256"
tls_is other refused
tls_is old refused
tls_is new "TLSv1.3 TLS_AES_256_GCM_SHA384"
check options_reach.tls.chacha "$sessions" "$(until_is "$sessions" stored two "$D_chacha")"
check options_reach.tls.no_chacha "down 0" "$(state_of "$D_no_chacha") $(stored two "$D_no_chacha")"
for name in other old no_chacha; do eval "n=\$D_$name"; check options_reach.tls.$name.why "the peer ended TLS" "$(why "$n" | grep -o 'the peer ended TLS')"; done
check options_reach.tls.own "$sessions CN=own.example" "$(until_is "$sessions" stored four "$D_own") $(jq -r 'select(.event == "peer").subject' "$W/four/NL-OP01-LI-${D_own}1/events.jsonl" | sort -u)"
check options_reach.tls.not_own "down 0" "$(state_of "$D_not_own") $(stored four "$D_not_own")"
check options_reach.tls.lemfd 1 "$(grep -c '"event":"peer-failed".*handshake' "$W/two/events.jsonl" | awk '{ print ($1 > 0) }')"
exec 9>&-
kill $MDFD
wait $MDFD
check options_reach.undelivered 3 $?	# to those that it could not come to
gone $MDFD
kill $SUITES
wait $SUITES 2>/dev/null
lib_end

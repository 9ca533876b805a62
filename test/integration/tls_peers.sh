#!/bin/sh
# Peers that must be refused, played by openssl and not by ours: as agencies against mdfd (openssl s_server), as mediation
# functions against lemfd (openssl s_client). Each refusal is recorded with the check that failed and the hash of the
# certificate that was shown. HO-TLS-005, HO-TLS-006, HO-TLS-007
. test/lib.sh
. test/x.lib.sh
x_begin tls_peers
x_zoo
free_port() { # the next that nobody listens on
	while NEXT=$((NEXT + 1)) && [ -n "$(ss -Htan "sport = :$NEXT" 2>/dev/null)" ]; do :; done
}
quiet_end() { # openssl says of a signal what it likes
	for p in $PIDS; do kill "$p" 2>/dev/null; done
	for p in $PIDS; do wait "$p" 2>/dev/null; done
	PIDS=
}
NEXT=$((10000 + $$ % 15000))	# below the ports that connections take by themselves

# -- mdfd: a destination for each peer, whose name they all ought to bear --
# case, certificate, s_server's more options, the destination's more TLS keys, check, whose hash
agencies() {
	cat <<-'END'
		name wrongname - - name wrongname
		expired expired - - expired expired
		early early - - not-yet-valid early
		revoked revoked - crl:zoo/ca.crl revoked revoked
		old_crl good - crl:zoo/old.crl crl-expired good
		other_crl foreign - ca:zoo/other.crt,crl:zoo/ca.crl no-crl foreign
		foreign foreign - - authority foreign
		self self - - self-signed self
		rsa1024 rsa1024 - - weak-key rsa1024
		sha1 sha1 - - weak-signature sha1
		purpose client - - purpose client
		none none -nocert,-cipher,aNULL:@SECLEVEL=0,-tls1_2 - handshake none
		tls11 good -tls1_1,-cipher,ALL:@SECLEVEL=0 - handshake none
		floor good -tls1_2 min_version:1.3 handshake none
		cipher good -tls1_2,-cipher,ECDHE-ECDSA-AES256-GCM-SHA384 ciphers:ECDHE-ECDSA-AES128-GCM-SHA256 handshake none
		byus good -CAfile,zoo/other.crt,-Verify,1,-verify_return_error - by-peer good
		good good - crl:zoo/empty.crl - good
	END
}
cat >"$W/mdfd.yaml" <<EOF
mdf: {operator_id: OP01, element_id: MDF-1, state_dir: state, control_socket: control, drain_timeout: 1s}
tls: {certificate: zoo/good.crt, key: zoo/good.key, ca: zoo/ca.crt}
audit: {file: audit.log, key: audit.key}
warrants: warrants.yaml
taps: [{name: t, file: fifo}]
EOF
mkfifo "$W/fifo" "$W/silence"
exec 8<>"$W/silence"	# s_server goes when its input ends
"$B/ligen" --plain --subscribers 1 --sessions 1 --packets 1 --out "$W/empty.pcap" >/dev/null 2>&1
echo destinations: >"$W/warrants.yaml"
n=0
agencies >"$W/cases"
while read -r case cert options keys want whose; do
	n=$((n + 1))
	free_port
	options=$([ "$options" = - ] || echo "$options" | tr , ' ')
	[ "$cert" = none ] || options="-cert zoo/$cert.crt -key zoo/$cert.key $options"
	case $options in *-cipher*) ;; *) options="-cipher DEFAULT:@SECLEVEL=0 $options" ;; esac
	# shellcheck disable=SC2086
	(cd "$W" && exec openssl s_server -accept "127.0.0.1:$NEXT" $options -quiet >"$case.log" 2>&1 <&8) &
	PIDS="$PIDS $!"
	tls=$([ "$keys" = - ] || echo "$keys" | sed 's/:\([^,]*\)/: "\1"/g; s/,/, /g; s/^/, tls: {/; s/$/}/')
	printf '  - {did: %s, name: %s, address: "127.0.0.1:%s", peer_name: peer.example, delivery: HI2Only, reconnect: 200ms%s}\n' \
		"$(lib_uuid $n)" "$case" "$NEXT" "$tls" >>"$W/warrants.yaml"
done <"$W/cases"
sleep 0.5
"$B/mdfd" -c "$W/mdfd.yaml" 2>"$W/mdfd.log" </dev/null &
MDFD=$!
exec 9>"$W/fifo"
head -c 24 "$W/empty.pcap" >&9
entries() { jq -r --arg did "$1" 'select(.event == "peer-refused" and .fields.did == $did) | "\(.fields.check) \(.fields.sha256 // "none")"' "$W/state/audit.log" 2>/dev/null; }
up() { grep -c "\"delivery-up\".*\"did\":\"$1\"" "$W/state/audit.log" 2>/dev/null; }
n=0
while read -r case cert options keys want whose; do
	n=$((n + 1))
	i=0
	while [ -z "$(entries "$(lib_uuid $n)")" ] && [ "$case $(up "$(lib_uuid $n)")" != "good 1" ] && [ $i -lt 100 ]; do sleep 0.1; i=$((i + 1)); done
	h=$([ "$whose" = none ] && echo none || hash "$whose")
	check "tls_peers.mdfd.$case" "$([ "$want" = - ] || echo "$want $h")" "$(entries "$(lib_uuid $n)" | sort -u)"
done <"$W/cases"
check tls_peers.mdfd.good.up up "$([ "$(up "$(lib_uuid $n)")" -ge 1 ] && echo up)"
sleep 1
check tls_peers.mdfd.once 1 "$(entries "$(lib_uuid 1)" | wc -l)"	# five attempts and more, one entry
# the one that refuses us does so after TLS 1.3 stands at our end: never up, and as quiet
byus=$(lib_uuid $((n - 1)))
down() { grep -c "\"delivery-down\".*\"did\":\"$1\"" "$W/state/audit.log"; }
failures() { "$B/mdfctl" -s "$W/control" --json queue list | jq -r --arg d "$byus" '.queues[] | select(.did == $d and .kind == "HI2") | .failures'; }
i=0
while [ "$(failures)" -lt 4 ] && [ $i -lt 100 ]; do sleep 0.1; i=$((i + 1)); done
check tls_peers.mdfd.byus.quiet '1 0 1' "$(entries "$byus" | wc -l) $(up "$byus") $(down "$byus")"
kill "$MDFD"
wait "$MDFD"
check tls_peers.mdfd.status 0 $?
exec 9>&-
quiet_end
check tls_peers.mdfd.verify 0 "$("$B/mdfctl" audit verify "$W/state/audit.log" >/dev/null 2>&1; echo $?)"

# -- mdfd's own listener: clients that are not whom it expects --
free_port
cat >"$W/mdfd.yaml" <<EOF
mdf: {operator_id: OP01, element_id: MDF-1, state_dir: state, control_socket: control, drain_timeout: 1s}
tls: {certificate: zoo/good.crt, key: zoo/good.key, ca: zoo/ca.crt}
metrics: {listen: "127.0.0.1:$NEXT", peers: [peer.example], tls: {crl: zoo/ca.crl}}
audit: {file: audit.log, key: audit.key}
EOF
"$B/mdfd" -c "$W/mdfd.yaml" 2>"$W/listener.log" </dev/null &
MDFD=$!
PIDS=" $MDFD"
clients() { jq -r 'select(.event == "client-refused") | .fields | "\(.listener) \(.check) \(.sha256 // "none") \(.clients)"' "$W/state/audit.log" 2>/dev/null; }
i=0
while ! "$B/mdfctl" -s "$W/control" status >/dev/null 2>&1 && [ $i -lt 100 ]; do sleep 0.1; i=$((i + 1)); done
# turned_away CASE CHECK WHOSE OPTIONS...: one s_client, and the entry of it
turned_away() {
	c=$1 want=$2 whose=$3
	shift 3
	case "$*" in *-cipher*) ;; *) set -- "$@" -cipher DEFAULT:@SECLEVEL=0 ;; esac
	before=$(clients | wc -l)
	sleep 0.2 | timeout 10 openssl s_client -connect "127.0.0.1:$NEXT" -CAfile "$Z/ca.crt" "$@" >"$W/$c.client" 2>&1
	i=0
	while [ "$(clients | wc -l)" = "$before" ] && [ $i -lt 50 ]; do sleep 0.1; i=$((i + 1)); done
	h=$([ "$whose" = none ] && echo none || hash "$whose")
	check "tls_peers.metrics.$c" "metrics $want $h 1" "$(clients | tail -n +$((before + 1)))"
}
# shellcheck disable=SC2046
for c in name:wrongname expired:expired not-yet-valid:early revoked:revoked authority:foreign self-signed:self weak-key:rsa1024 weak-signature:sha1 purpose:server; do
	turned_away "${c#*:}" "${c%%:*}" "${c#*:}" -cert "$Z/${c#*:}.crt" -key "$Z/${c#*:}.key"
done
turned_away none no-certificate none
turned_away tls11 handshake none -cert "$Z/good.crt" -key "$Z/good.key" -tls1_1
# the same again, many times within a minute: counted, and no entry more
before=$(clients | wc -l)
for i in 1 2 3 4 5; do
	timeout 10 openssl s_client -connect "127.0.0.1:$NEXT" -CAfile "$Z/ca.crt" -cert "$Z/wrongname.crt" -key "$Z/wrongname.key" </dev/null >/dev/null 2>&1
done
sleep 2.2
check tls_peers.metrics.quiet "$before" "$(clients | wc -l)"
check tls_peers.metrics.good 200 "$(curl -s -o /dev/null -w '%{http_code}' --cacert "$Z/ca.crt" --cert "$Z/good.crt" --key "$Z/good.key" \
	--connect-to "peer.example:443:127.0.0.1:$NEXT" https://peer.example/metrics)"
kill "$MDFD"
wait "$MDFD"
check tls_peers.metrics.status 0 $?
check tls_peers.metrics.counted "metrics name $(hash wrongname) 5" "$(clients | tail -n 1)"
PIDS=

# -- lemfd: clients that are not whom it expects --
listen() { # further options; starts lemfd, sets AT
	rm -rf "$W/got"
	: >"$W/out"
	"$B/lemfd" --listen 127.0.0.1:0 --cert "$Z/good.crt" --key "$Z/good.key" --ca "$Z/ca.crt" --name peer.example --out "$W/got" "$@" \
		>"$W/out" 2>"$W/lemfd.log" </dev/null &
	PIDS="$PIDS $!"
	i=0
	while ! grep -q '^listening on ' "$W/out" && [ $i -lt 100 ]; do sleep 0.1; i=$((i + 1)); done
	AT=$(sed -n 's/^listening on //p' "$W/out")
}
told() { grep -c '"event":"peer-' "$W/got/events.jsonl" 2>/dev/null; }
# refused CASE CHECK WHOSE OPTIONS...: one s_client, and the event of it
refused() {
	c=$1 want=$2 whose=$3
	shift 3
	case "$*" in *-cipher*) ;; *) set -- "$@" -cipher DEFAULT:@SECLEVEL=0 ;; esac
	before=$(told)
	sleep 0.2 | timeout 10 openssl s_client -connect "$AT" -CAfile "$Z/ca.crt" "$@" >"$W/$c.client" 2>&1
	i=0
	while [ "$(told)" = "$before" ] && [ $i -lt 50 ]; do sleep 0.1; i=$((i + 1)); done
	h=$([ "$whose" = none ] && echo none || hash "$whose")
	check "tls_peers.lemfd.$c" "peer-failed $want $h" "$(grep '"event":"peer-' "$W/got/events.jsonl" | tail -n +$((before + 1)) | head -n 1 |
		jq -r '"\(.event) \(.check) \(.sha256 // "none")"')"
}
as() { echo "-cert $Z/$1.crt -key $Z/$1.key"; }
listen
# shellcheck disable=SC2046
for c in name:wrongname expired:expired not-yet-valid:early authority:foreign self-signed:self weak-key:rsa1024 weak-signature:sha1 purpose:server; do
	refused "${c#*:}" "${c%%:*}" "${c#*:}" $(as "${c#*:}")
done
refused none no-certificate none
refused none12 no-certificate none -tls1_2
# shellcheck disable=SC2046
refused tls11 handshake none $(as good) -tls1_1
# shellcheck disable=SC2046
refused cbc handshake none $(as good) -tls1_2 -cipher ECDHE-ECDSA-AES128-SHA256:@SECLEVEL=0
# what TLS 1.2 and 1.3 give to a good one: nothing to come back with, no compression, no second handshake
for v in tls1_2 tls1_3; do
	# shellcheck disable=SC2046
	(sleep 0.3; echo R; sleep 0.3) | timeout 10 openssl s_client -connect "$AT" -CAfile "$Z/ca.crt" $(as good) -$v >"$W/good.$v" 2>&1
	check "tls_peers.lemfd.$v.verified" 1 "$(grep -c 'Verify return code: 0 (ok)' "$W/good.$v")"
	check "tls_peers.lemfd.$v.no_ticket" 0 "$(grep -c 'TLS session ticket:\|Post-Handshake New Session\|Session-ID: ..' "$W/good.$v")"
	check "tls_peers.lemfd.$v.no_compression" 1 "$(grep -c 'Compression: NONE' "$W/good.$v")"
done
check tls_peers.lemfd.renegotiation 1 "$(grep -c 'error:.*:no renegotiation:' "$W/good.tls1_2")"
quiet_end
listen --crl "$Z/ca.crl"
# shellcheck disable=SC2046
refused revoked revoked revoked $(as revoked)
quiet_end
listen --crl "$Z/old.crl" --tls-min 1.3 --ciphersuites TLS_AES_128_GCM_SHA256
# shellcheck disable=SC2046
refused old_crl crl-expired good $(as good)
# shellcheck disable=SC2046
refused floor handshake none $(as good) -tls1_2
# shellcheck disable=SC2046
refused suite handshake none $(as good) -ciphersuites TLS_AES_256_GCM_SHA384
quiet_end

# -- terms that cannot be meant --
wrong() { "$B/lemfd" --listen 127.0.0.1:0 --cert "$Z/good.crt" --key "$Z/good.key" --ca "$Z/ca.crt" --name x --out "$W/got" "$@" 2>"$W/err" >/dev/null; }
wrong --ciphers AES128-SHA
check tls_peers.lemfd.weak "1 1" "$? $(grep -c 'ciphers: one of them is not' "$W/err")"
wrong --tls-min 1.1
check tls_peers.lemfd.tls_min 2 $?
sed -i 's/, ca: zoo.ca.crt/&, ciphers: "ECDHE-ECDSA-AES128-SHA256", min_version: 1.1/' "$W/mdfd.yaml"
"$B/mdfd" -c "$W/mdfd.yaml" --check >"$W/check" 2>&1
check tls_peers.mdfd.min_version "1 1" "$? $(grep -c 'mdfd.yaml:2: tls.min_version' "$W/check")"
sed -i 's/min_version: 1.1/min_version: 1.2/' "$W/mdfd.yaml"
"$B/mdfd" -c "$W/mdfd.yaml" --check >"$W/check" 2>&1
check tls_peers.mdfd.ciphers "1 1" "$? $(grep -c 'mdfd.yaml: tls: ciphers: one of them' "$W/check")"

#!/bin/sh
# Certificates, keys and CRLs come anew by SIGHUP and mdfctl reload, at both ends: connections that stand go on, handshakes to
# come use the new ones, and a file that cannot be read changes nothing.
. test/lib.sh
lib_begin tls_reload
command -v jq >/dev/null || { skip tls_reload "no jq"; exit 0; }
Z=$W/zoo
"$B/certs" "$Z" peer.example || { fail tls_reload "no certificates"; exit 1; }
CTL="$B/mdfctl -s $W/control"
use() { # end certificate: what its files are from now on
	cp "$Z/$2.crt" "$W/$1.crt"
	cp "$Z/$2.key" "$W/$1.key"
}
until_ok() { # command…: waits up to 10 s for it
	i=0
	while ! "$@" >/dev/null 2>&1 && [ $i -lt 100 ]; do sleep 0.1; i=$((i + 1)); done
	[ $i -lt 100 ]
}
use mdf good
use lemf good
cp "$Z/empty.crl" "$W/mdf.crl"
cp "$Z/empty.crl" "$W/lemf.crl"
"$B/lemfd" --listen 127.0.0.1:0 --cert "$W/lemf.crt" --key "$W/lemf.key" --ca "$Z/ca.crt" --crl "$W/lemf.crl" --name peer.example --out "$W/got" \
	>"$W/out" 2>"$W/lemfd.log" </dev/null &
LEMFD=$!
PIDS=" $LEMFD"
until_ok grep -q '^listening on ' "$W/out"
AT=$(sed -n 's/^listening on //p' "$W/out")
PORT=${AT##*:}
OTHER=$((25100 + $$ % 7000))	# below the ports that connections take by themselves
while [ -n "$(ss -Htan "sport = :$OTHER" 2>/dev/null)" ]; do OTHER=$((OTHER + 1)); done
# an agency that is not ours, whose certificate will be revoked
agency() { (cd "$W" && exec openssl s_server -accept "127.0.0.1:$OTHER" -cert zoo/revoked.crt -key zoo/revoked.key -quiet >>agency.log 2>&1 <quiet) & AGENCY=$!; }
mkfifo "$W/quiet" "$W/fifo"
exec 8<>"$W/quiet"	# its input does not end
agency
cat >"$W/mdfd.yaml" <<EOF
mdf: {operator_id: OP01, element_id: MDF-1, state_dir: state, control_socket: control, drain_timeout: 1s}
tls: {certificate: mdf.crt, key: mdf.key, ca: zoo/ca.crt, crl: mdf.crl}
audit: {file: audit.log, key: audit.key}
warrants: warrants.yaml
taps: [{name: t, file: fifo}]
EOF
dests() { # numbers
	echo destinations:
	for d in "$@"; do
		printf '  - {did: %s, name: d%s, address: "127.0.0.1:%s", peer_name: peer.example, delivery: HI2Only, reconnect: 200ms}\n' \
			"$(lib_uuid "$d")" "$d" "$([ "$d" = 3 ] && echo "$OTHER" || echo "$PORT")"
	done
}
dests 1 3 >"$W/warrants.yaml"
sleep 0.3
"$B/mdfd" -c "$W/mdfd.yaml" 2>"$W/mdfd.log" </dev/null &
MDFD=$!
PIDS="$PIDS $MDFD"
exec 9>"$W/fifo"
"$B/ligen" --plain --subscribers 1 --sessions 1 --packets 1 --out "$W/core.pcap" >/dev/null 2>&1
head -c 24 "$W/core.pcap" >&9
queue() { $CTL --json queue list | jq -r --arg did "$(lib_uuid "$1")" '.queues[] | select(.did == $did) | "\(.connection) \(.connects) \(.failures)"'; }
stands() { [ "$(queue "$1")" = "up 1 0" ]; }
until_ok stands 1
until_ok stands 3
check tls_reload.up "up 1 0 up 1 0" "$(queue 1) $(queue 3)"
"$B/pdus" ka:1 >"$W/ka1"
"$B/pdus" ka:2 >"$W/ka2"
# a mediation function that is not ours, with the certificate that will be revoked: it stays through all of this
mkfifo "$W/in"
openssl s_client -connect "$AT" -CAfile "$Z/ca.crt" -cert "$Z/revoked.crt" -key "$Z/revoked.key" -quiet -no_ign_eof <"$W/in" >"$W/answers" 2>/dev/null &
CLIENT=$!
exec 7>"$W/in"
cat "$W/ka1" >&7
answers() { "$B/pdus" --read <"$W/answers" | tr '\n' ' '; }
answered() { [ "$(answers)" = "$1" ]; }
until_ok answered "keep-alive-response 1 "
check tls_reload.client "keep-alive-response 1 " "$(answers)"

# -- a file that cannot be read: what there was stays, at both ends --
echo nothing >"$W/lemf.crt"
echo nothing >"$W/mdf.crl"
kill -HUP "$LEMFD"
until_ok grep -q '"event":"tls-reload-failed","text":"certificate' "$W/got/events.jsonl"
check tls_reload.lemfd.bad 0 $?
$CTL reload >/dev/null 2>&1
check tls_reload.mdfd.bad 1 $?
check tls_reload.mdfd.bad.stands "up 1 0 up 1 0" "$(queue 1) $(queue 3)"
served() { echo | timeout 10 openssl s_client -connect "$AT" -CAfile "$Z/ca.crt" -cert "$Z/good.crt" -key "$Z/good.key" 2>/dev/null | sed -n 's/^subject=CN = //p'; }
check tls_reload.lemfd.bad.served good "$(served)"

# -- new certificates, and CRLs that revoke one --
use lemf renewed
use mdf renewed
cp "$Z/ca.crl" "$W/lemf.crl"
cp "$Z/ca.crl" "$W/mdf.crl"
dests 1 2 3 >"$W/warrants.yaml"
kill -HUP "$LEMFD"
until_ok grep -q '"event":"tls-reloaded"' "$W/got/events.jsonl"
check tls_reload.lemfd.good 0 $?
kill -HUP "$MDFD"
until_ok grep -q 'reload: done' "$W/mdfd.log"
check tls_reload.mdfd.good 0 $?
until_ok stands 2
check tls_reload.stand "up 1 0 up 1 0 up 1 0" "$(queue 1) $(queue 2) $(queue 3)"
check tls_reload.audit.none_down 0 "$(grep -c '"delivery-down"' "$W/state/audit.log")"
# the new destination's handshake showed the new certificate and met the new one
check tls_reload.shown "renewed" "$(jq -r 'select(.event == "peer-up") | .subject' "$W/got/events.jsonl" | tail -n 1 | sed 's/CN=//')"
check tls_reload.met 1 "$(jq -r 'select(.event == "delivery-up") | .fields.peer' "$W/state/audit.log" | grep -c 'CN=renewed')"
check tls_reload.lemfd.served renewed "$(served)"
# whose certificate was revoked under way goes on, and does not come in again
cat "$W/ka2" >&7
until_ok answered "keep-alive-response 1 keep-alive-response 2 "
check tls_reload.client.stands "keep-alive-response 1 keep-alive-response 2 " "$(answers)"
exec 7>&-
wait "$CLIENT"
sleep 0.2 | timeout 10 openssl s_client -connect "$AT" -CAfile "$Z/ca.crt" -cert "$Z/revoked.crt" -key "$Z/revoked.key" >/dev/null 2>&1
until_ok grep -q '"event":"peer-failed".*"check":"revoked"' "$W/got/events.jsonl"
check tls_reload.client.revoked 0 $?
kill "$AGENCY"
wait "$AGENCY" 2>/dev/null
agency
until_ok grep -q '"peer-refused".*"check":"revoked"' "$W/state/audit.log"
check tls_reload.agency.revoked 0 $?
check tls_reload.others "up 1 0 up 1 0" "$(queue 1) $(queue 2)"

kill "$AGENCY" "$MDFD"
wait "$AGENCY" 2>/dev/null
wait "$MDFD"
check tls_reload.status 0 $?
PIDS=" $LEMFD"
exec 9>&- 8>&-

# -- a certificate of lemfd's own that ends soon is told, at the start, after a reload, once a day --
ends() { grep -c '"event":"tls-ends"' "$W/got/events.jsonl"; }
before=$(ends)
openssl req -key "$Z/good.key" -new -subj /CN=good 2>/dev/null | openssl x509 -req -CA "$Z/ca.crt" -CAkey "$Z/ca.key" -days 10 \
	-extfile /dev/fd/3 -out "$W/lemf.crt" 3<<X 2>/dev/null
subjectAltName=DNS:peer.example
X
cp "$Z/good.key" "$W/lemf.key"
kill -HUP "$LEMFD"
until_ok grep -q '"event":"tls-ends","text":"certificate ends on ' "$W/got/events.jsonl"
check tls_reload.lemfd.ends "0 1" "$before $(ends)"
lib_end
check tls_reload.verify 0 "$("$B/mdfctl" audit verify "$W/state/audit.log" >/dev/null 2>&1; echo $?)"

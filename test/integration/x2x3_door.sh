#!/bin/sh
# The listeners of X2 and X3 in mdfd, in its sandbox: points of interception played by openssl and not by ours. Who is refused, and how
# that is recorded; keepalives; an XID that nobody has; status, counters, metrics, alarms; certificates that change; --check.
# X23-MDF-008, X23-MDF-015, X23-MDF-016, X23-MDF-017, X23-MDF-018, X23-MDF-020, X23-MDF-023, X23-DEC-028
. test/lib.sh
. test/x.lib.sh
x_begin x2x3_door
x_zoo
conf() { # x2x3, further lines
	cat >"$W/mdfd.yaml" <<-END
		mdf: {operator_id: OP01, element_id: MDF-1, state_dir: state, control_socket: control, drain_timeout: 1s}
		tls: {certificate: zoo/good.crt, key: zoo/good.key, ca: zoo/ca.crt}
		metrics: {listen: "unix:metrics"}
		audit: {file: audit.log, key: audit.key}
		$1
	END
}

# -- --check --
conf 'x2x3: {listen: "127.0.0.1:0"}'
check x2x3_door.check.peers 1 "$("$B/mdfd" -c "$W/mdfd.yaml" --check >"$W/out" 2>&1; echo $?)"
check x2x3_door.check.peers_said 1 "$(grep -c 'mdfd.yaml:5: x2x3.peers: is missing' "$W/out")"
conf 'x2x3: {listen: "127.0.0.1:0", peers: peer.example, tls: {crl: zoo/nowhere.crl}}'
check x2x3_door.check.tls 1 "$("$B/mdfd" -c "$W/mdfd.yaml" --check >"$W/out" 2>&1; echo $?)"
check x2x3_door.check.tls_said 1 "$(grep -c 'mdfd.yaml:5: x2x3.tls: .*nowhere.crl' "$W/out")"
conf 'x2x3: {listen: "127.0.0.1:0", peers: peer.example}
taps: [{name: t, file: t.pcap}]'
: >"$W/t.pcap"
check x2x3_door.check.taps 1 "$("$B/mdfd" -c "$W/mdfd.yaml" --check 2>&1 | grep -c 'mdfd.yaml:5: x2x3: cannot be one run with file taps')"

# -- the service --
conf 'x2x3: {listen: [{address: "127.0.0.1:0", kinds: x2}, "[::1]:0"], peers: [peer.example, nobody.example], tls: {crl: zoo/ca.crl}, workers: 3}'
[ -e /proc/net/if_inet6 ] || sed -i 's/, "\[::1\]:0"/, "127.0.0.2:0"/' "$W/mdfd.yaml"
check x2x3_door.check 0 "$("$B/mdfd" -c "$W/mdfd.yaml" --check >"$W/out" 2>&1; echo $?)"
x_up
AT2=$(sed -n 's/.*x2x3: listening on \(.*\):0, port \([0-9]*\),.*/\1:\2/p' "$W/mdfd.log" | head -n 1)
AT=$(sed -n 's/.*x2x3: listening on \(.*\):0, port \([0-9]*\),.*/\1:\2/p' "$W/mdfd.log" | tail -n 1)
check x2x3_door.ports 2 "$(printf '%s\n%s\n' "$AT" "$AT2" | grep -c ':[1-9]')"
clients() { jq -r 'select(.event == "client-refused") | .fields | "\(.listener) \(.check) \(.sha256 // "none") \(.clients)"' "$W/state/audit.log" 2>/dev/null; }
# turned_away CASE CHECK WHOSE OPTIONS...: one s_client, and the entry of it
turned_away() {
	c=$1 want=$2 whose=$3
	shift 3
	case "$*" in *-cipher*) ;; *) set -- "$@" -cipher DEFAULT:@SECLEVEL=0 ;; esac
	before=$(clients | wc -l)
	sleep 0.2 | timeout 10 openssl s_client -connect "$AT" -CAfile "$Z/ca.crt" "$@" >"$W/$c.client" 2>&1
	i=0
	while [ "$(clients | wc -l)" = "$before" ] && [ $i -lt 50 ]; do sleep 0.1; i=$((i + 1)); done
	h=$([ "$whose" = none ] && echo none || hash "$whose")
	check "x2x3_door.refused.$c" "x2x3 $want $h 1" "$(clients | tail -n +$((before + 1)))"
}
for c in name:wrongname expired:expired not-yet-valid:early revoked:revoked authority:foreign self-signed:self weak-key:rsa1024 weak-signature:sha1 purpose:server; do
	turned_away "${c#*:}" "${c%%:*}" "${c#*:}" -cert "$Z/${c#*:}.crt" -key "$Z/${c#*:}.key"
done
# LI128-218
turned_away none no-certificate none
turned_away tls11 handshake none -cert "$Z/good.crt" -key "$Z/good.key" -tls1_1
before=$(clients | wc -l)
timeout 10 openssl s_client -connect "$AT" -CAfile "$Z/ca.crt" -cert "$Z/good.crt" -key "$Z/good.key" -tls1_2 -cipher AES128-SHA:ECDHE-ECDSA-AES128-SHA:DES-CBC3-SHA:@SECLEVEL=0 </dev/null >"$W/weak.client" 2>&1
check x2x3_door.refused.weak 1 "$(grep -cE 'handshake failure|no protocols|alert' "$W/weak.client" | sed 's/[1-9].*/1/')"
check x2x3_door.none_in 0 "$(grep -c '"poi-up"' "$W/state/audit.log")"
x_until alarm client_refused "$CTL --json status | jq -r '.alarms[] | select(.object == \"x2x3\") | .alarm'"

# -- a POI: keepalives of both forms, a PDU of each kind for nobody we know; TLS 1.2 and 1.3, both listeners --
octets() { perl -e 'print pack("H*", join("", @ARGV))' "$@"; }
zero32=00000000000000000000000000000000
ka() { octets 0005 "$1" 00000030 00000000 0000 0000 $zero32 0000000000000000 0008 0004 "$2"; }
x2() { octets 0005 0001 0000003e 00000006 0002 0005 29f28e1cf230486aa860f5a784ab9172 0000000000000001 0006 0006 616d662d3031 0008 0004 "$1" 0007 0000 300481020413; }
x3() { octets 0005 0002 0000003e 00000004 0005 0003 29f28e1cf230486aa860f5a784ab9172 0000000000000001 0006 0006 7570662d3031 0008 0004 "$1" 0007 0000 45000024; }
poi() { # at, s_client's options: what stdin says goes, what comes back is on stdout
	at=$1
	shift
	timeout 20 openssl s_client -connect "$at" -CAfile "$Z/ca.crt" -cert "$Z/good.crt" -key "$Z/good.key" -quiet -no_ign_eof "$@" 2>"$W/poi.err"
}
{ ka 0003 0000002a; sleep 1; } | poi "$AT" -tls1_3 >"$W/ack"
ka 0004 0000002a >"$W/want"
check x2x3_door.ack 0 "$(cmp "$W/ack" "$W/want" >&2; echo $?)"
{ octets 0005 0003 00000028 00000000 0000 0000 $zero32 0000000000000000; sleep 1; } | poi "$AT" -tls1_2 >"$W/ack"
octets 0005 0004 00000028 00000000 0000 0000 $zero32 0000000000000000 >"$W/want"
check x2x3_door.ack_short 0 "$(cmp "$W/ack" "$W/want" >&2; echo $?)"
{ x2 00000000; ka 0003 00000001; x3 00000000; x2 00000001; ka 0003 00000002; sleep 1; } | poi "$AT" >"$W/ack"
{ ka 0004 00000001; ka 0004 00000002; } >"$W/want"
check x2x3_door.acks 0 "$(cmp "$W/ack" "$W/want" >&2; echo $?)"
{ x2 00000002; x3 00000001; ka 0003 00000003; sleep 1; } | poi "$AT2" >"$W/ack"
ka 0004 00000003 >"$W/want"
check x2x3_door.ack_kind 0 "$(cmp "$W/ack" "$W/want" >&2; echo $?)"
x_until audit.up 4 "jq -r 'select(.event == \"poi-up\" and .fields.name == \"peer.example\" and .fields.sha256 == \"$(hash good)\") | .event' $W/state/audit.log | wc -l"
x_until audit.down 4 "grep -c '\"poi-down\"' $W/state/audit.log"
x_until counted '3 1 1 5 1 4' 'echo $(x_counter door x2) $(x_counter door x3) $(x_counter door wrong_kind) $(x_counter door acknowledged) $(x_counter door keepalive_short) $(x_counter mediation unknown_xid)'
x_until alarm.unknown unknown_xid "$CTL --json status | jq -r '.alarms[] | select(.alarm == \"poi\" and .object == \"unknown_xid\") | .object'"
check x2x3_door.senders 'amf-01/ upf-01/' "$($CTL --json status | jq -r '[.x2x3.senders[].sender] | sort | join(" ")')"

# -- one that stands while we look, then says half a PDU and goes --
mkfifo "$W/fifo"
poi "$AT" <"$W/fifo" >"$W/ack" &
POI=$!
exec 9>"$W/fifo"
x3 00000005 >&9
x_until status 'peer.example 0 1' "$CTL --json status | jq -r '.x2x3.connections[] | \"\(.name) \(.x2) \(.x3)\"'"
check x2x3_door.status_text 1 "$($CTL status | grep -c 'peer.example')"
curl -s --unix-socket "$W/metrics" http://localhost/metrics >"$W/m"
check x2x3_door.metrics 1 "$(grep -c '^mdfd_poi_connections 1$' "$W/m")"
x3 00000006 | head -c 50 >&9
exec 9>&-
wait $POI
x_until cut 1 'x_counter door cut'

# -- new certificates: those that are read at a reload count from then on; a bad file leaves the old ones --
sed 's,tls: {crl: zoo/ca.crl},tls: {crl: zoo/nowhere.crl},' "$W/mdfd.yaml" >"$W/bad.yaml"
cp "$W/mdfd.yaml" "$W/good.yaml"
cp "$W/bad.yaml" "$W/mdfd.yaml"
check x2x3_door.reload.bad 1 "$($CTL reload >"$W/out" 2>&1; echo $?)"
{ ka 0003 00000009; sleep 1; } | poi "$AT" | wc -c >"$W/n"
check x2x3_door.reload.old 48 "$(tr -d ' ' <"$W/n")"
sed 's,tls: {crl: zoo/ca.crl},tls: {crl: zoo/ca.crl\, min_version: 1.3},; s/workers: 3/workers: 2/' "$W/good.yaml" >"$W/mdfd.yaml"
check x2x3_door.reload 0 "$($CTL reload >"$W/out" 2>&1; echo $?)"
check x2x3_door.reload.left 1 "$(grep -c 'x2x3.workers' "$W/mdfd.log")"
{ ka 0003 00000009; sleep 1; } | poi "$AT" -tls1_3 | wc -c >"$W/n"
check x2x3_door.reload.new 48 "$(tr -d ' ' <"$W/n")"
{ ka 0003 00000009; sleep 1; } | poi "$AT" -tls1_2 | wc -c >"$W/n"
check x2x3_door.reload.floor 0 "$(tr -d ' ' <"$W/n")"

# -- the end: with a POI that stands --
mkfifo "$W/fifo2"
poi "$AT" -tls1_3 <"$W/fifo2" >"$W/ack" &
POI=$!
exec 9>"$W/fifo2"
ka 0003 00000011 >&9
i=0
while [ "$(wc -c <"$W/ack")" -lt 48 ] && [ $i -lt 100 ]; do sleep 0.1; i=$((i + 1)); done
x_down
exec 9>&-
wait $POI
check x2x3_door.end.down 'the listener is closed' "$(jq -r 'select(.event == "poi-down") | .fields.why' "$W/state/audit.log" | tail -n 1)"
check x2x3_door.verify 0 "$("$B/mdfctl" audit verify "$W/state/audit.log" >/dev/null 2>&1; echo $?)"
PIDS=

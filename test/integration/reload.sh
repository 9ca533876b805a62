#!/bin/sh
# SIGHUP and mdfctl reload: mdfd.yaml, warrants and certificates are read and checked as a whole; a fault in any of them
# changes nothing; what can change while the service runs does, and what cannot is named by its key and stays.
. test/lib.sh
lib_begin reload
CTL="$B/mdfctl -s $W/control"

lib_certs mdf.example lemf.example other.example || { fail reload.certs "no certificates"; exit 1; }
LEMF_NAMES="--name other.example"
lib_lemf lemf.example || { fail reload.lemfd "did not start"; exit 1; }
conf() { # operator, drain, certificate, release, smf, amf, more keys of the tap
	cat <<EOF
mdf:
  operator_id: $1
  element_id: MDF-1
  delivery_country: NL
  state_dir: state
  control_socket: control
  drain_timeout: $2
  ts33128_release: $4
tls: {certificate: $3.crt, key: $3.key, ca: ca.crt}
audit: {file: audit.log, key: audit.key}
warrants: warrants.yaml
taps:
  - {name: wire, file: fifo, network_functions: {smf: $5, upf: upf-1, amf: $6}$7}
EOF
}
warrants() { # end, more keys of the destination
	echo destinations:
	printf '  - {did: %s, name: agency-1, address: "127.0.0.1:%s", peer_name: lemf.example, timers: {TIME6: 200ms}%s}\n' \
		"$(lib_uuid 1)" "$PORT" "$2"
	echo warrants:
	printf '  - {liid: LI-1, xid: %s, authorization_country: NL, delivery: HI2andHI3, start: 2000-01-01T00:00:00Z, end: %s, targets: [supiimsi: "001010000000001"], destinations: [%s]}\n' \
		"$(lib_uuid 2)" "$1" "$(lib_uuid 1)"
}
until_ok() { # command…: waits up to 10 s for it
	i=0
	while ! "$@" >/dev/null 2>&1 && [ $i -lt 200 ]; do sleep 0.05; i=$((i + 1)); done
	[ $i -lt 200 ]
}
said() { grep -c "$1" "$W/mdfd.log"; }
# hup NAME TEXT: SIGHUP, and the log comes to say TEXT once more
hup() {
	n=$(said "$2")
	kill -HUP "$MDFD"
	until_ok sh -c "[ \$(grep -c '$2' '$W/mdfd.log') -gt $n ]"
	check "reload.$1" 0 $?
}
ends() { $CTL --json warrant show LI-1 | grep -o '"end":"[0-9]*' | cut -c8-; }
up() { $CTL --json queue list | grep -o '"connection":"up"' | grep -c .; }

mkfifo "$W/fifo"
conf OP01 5s mdf.example r19 smf-1 amf-1 >"$W/mdfd.yaml"
warrants 2040-01-01T00:00:00Z >"$W/warrants.yaml"
"$B/mdfd" -c "$W/mdfd.yaml" 2>"$W/mdfd.log" </dev/null &
MDFD=$!
PIDS="$PIDS $MDFD"
exec 9>"$W/fifo"
HEAD=24	# octets of a capture file's header
# two networks, one after the other, with the same subscribers: traffic before and after what a reload changes
for part in 1 2; do
	"$B/ligen" --out "$W/part$part.pcap" --plain --subscribers 2 --sessions 1 --packets 6 --seed 5 --start $((1770000000 + part * 1000)) \
		--expect "$W/part$part.json" >/dev/null 2>&1
done
head -c $HEAD "$W/part1.pcap" >&9
until_ok $CTL status || { fail reload.start "$(tail -n 1 "$W/mdfd.log")"; exit 1; }
until_ok sh -c "[ \$($CTL --json queue list | grep -o '\"connection\":\"up\"' | grep -c .) -eq 2 ]"
check reload.up 2 "$(up)"
takes() { # part: feeds it, and waits until the agency has it
	want=$(($(lines hi2) + $(lines hi3) + $(sed -n "s/^\"001010000000001\": [^0-9]*\([0-9]*\)[^0-9]*\([0-9]*\)[^0-9]*\([0-9]*\)[^0-9]*\([0-9]*\).*/\1 + \2 + \3 + \4/p" "$W/part$1.json")))
	tail -c "+$((HEAD + 1))" "$W/part$1.pcap" >&9
	i=0
	while [ $(($(lines hi2) + $(lines hi3))) -lt $want ] && [ $i -lt 200 ]; do sleep 0.05; i=$((i + 1)); done
}
lines() { "$B/lidump" --json "$W/lemf.example/NL-OP01-LI-1/$1.ber" 2>/dev/null | grep -c pSHeader; }
takes 1
# network functions (as hex) and releases of the records so far
forms() {
	"$B/lidump" --json "$W/lemf.example/NL-OP01-LI-1/hi2.ber" |
		sed -n 's/.*"networkFunctionIdentifier": "\([0-9a-f]*\)".*"iRIPayloadOID": "\([0-9.]*\)".*/\1 \2/p' | sort -u | tr '\n' ' '
}
SMF1=736d662d31 SMF9=736d662d39 AMF9=616d662d39
check reload.before "$SMF1 4.19.19.3.3 " "$(forms)"

# -- faults: nothing changes, not even what has none --
conf OP01 forever mdf.example r19 smf-1 amf-1 >"$W/mdfd.yaml"
warrants 2041-01-01T00:00:00Z >"$W/warrants.yaml"
hup bad_key 'refused; nothing has changed'
check reload.bad_key.told 1 "$(said 'mdfd.yaml:7: mdf.drain_timeout')"
check reload.bad_key.kept 2040 "$(ends)"
conf OP01 5s nobody r19 smf-1 amf-1 >"$W/mdfd.yaml"
hup bad_tls 'refused; nothing has changed'
check reload.bad_tls.told 1 "$(said 'tls: certificate .*nobody.crt: No such file')"
check reload.bad_tls.kept 2040 "$(ends)"
conf OP01 5s other.example r19 smf-1 amf-1 >"$W/mdfd.yaml"
warrants 1999-01-01T00:00:00Z >"$W/warrants.yaml"
hup bad_warrants 'refused; nothing has changed'
check reload.bad_warrants.kept 2040 "$(ends)"
conf OP01 5s mdf.example r19 smf-1 amf-1 ', filter: "udp prot 5"' >"$W/mdfd.yaml"
warrants 2041-01-01T00:00:00Z >"$W/warrants.yaml"
hup bad_filter 'refused; nothing has changed'
check reload.bad_filter.kept 2040 "$(ends)"
conf OP01 5s mdf.example r19 smf-1 amf-1 >"$W/mdfd.yaml"
warrants 2041-01-01T00:00:00Z ', tls: {ca: none.crt}' >"$W/warrants.yaml"
hup bad_dest_tls 'refused; nothing has changed'
check reload.bad_dest_tls.told 1 "$(said 'warrants.yaml:2: destinations.0..tls: ca .*none.crt')"
check reload.bad_dest_tls.kept 2040 "$(ends)"
check reload.audited 5 "$(grep -c '"reload-refused"' "$W/state/audit.log")"
check reload.one_configuration 1 "$(grep -c '"event":"configuration"' "$W/state/audit.log")"

# -- what changes while it runs: certificate, network function; what does not is named --
warrants 2041-01-01T00:00:00Z >"$W/warrants.yaml"
conf OP02 1s other.example r19 smf-9 amf-9 ', filter: "udp", deduplicate: yes' >"$W/mdfd.yaml"
hup good 'reload: done'
check reload.good.warrant 2041 "$(ends)"
check reload.left "mdf.operator_id taps[0].filter taps[0].deduplicate" \
	"$(sed -n 's/.*reload: \(.*\) has changed: that takes effect after a restart/\1/p' "$W/mdfd.log" | tr '\n' ' ' | sed 's/ $//')"
check reload.two_configurations 2 "$(grep -c '"event":"configuration"' "$W/state/audit.log")"
check reload.mdfctl '{"ok":true,"after_restart":["mdf.operator_id","taps[0].filter","taps[0].deduplicate"]}' "$($CTL --json reload)"
# the agency's end comes anew: it sees the new certificate
kill "$LEMF_PID"
wait "$LEMF_PID"
PIDS=" $MDFD"
LISTEN=$PORT lib_lemf lemf.example
until_ok grep -q 'up: other.example' "$W/lemf.example.log"
check reload.new_certificate 0 $?
# a destination whose form changes with the default release is opened anew
conf OP01 1s other.example r16v5 smf-9 amf-9 >"$W/mdfd.yaml"
hup release 'destinations: 0 added, 1 changed'
until_ok sh -c "[ \$($CTL --json queue list | grep -o '\"connection\":\"up\"' | grep -c .) -eq 2 ]"
check reload.up_again 2 "$(up)"

takes 2
check reload.after "$AMF9 4.19.16.5.3 $SMF1 4.19.19.3.3 $SMF9 4.19.16.5.3 " "$(forms)"
"$B/lidump" --summary "$W/lemf.example/NL-OP01-LI-1/hi2.ber" "$W/lemf.example/NL-OP01-LI-1/hi3.ber" >"$W/delivered"
check reload.whole '' "$(awk '$3 ~ /^HI[23]$/ { if ($6 != next_[$3 " " $5]++) print "context", $5, "number", $6 }' "$W/delivered")"
# what waits for an agency that is away when its destination takes another form is seen, until the agency is back and has it
kill "$LEMF_PID"
wait "$LEMF_PID"
PIDS=" $MDFD"
"$B/ligen" --out "$W/part3.pcap" --plain --subscribers 2 --sessions 1 --packets 6 --seed 5 --start 1770003000 --expect "$W/part3.json" >/dev/null 2>&1
want=$(($(sed -n "s/^\"001010000000001\": [^0-9]*\([0-9]*\)[^0-9]*\([0-9]*\)[^0-9]*\([0-9]*\)[^0-9]*\([0-9]*\).*/\1 + \2 + \3 + \4/p" "$W/part3.json")))
tail -c "+$((HEAD + 1))" "$W/part3.pcap" >&9
waits() { $CTL --json queue list | tr '{' '\n' | sed -n "s/.*\"connection\":\"$1\".*\"queued_pdus\":\([0-9]*\).*/\1/p" | paste -sd+ - | sed 's/^$/0/' | xargs -I% sh -c 'echo $((%))'; }
have() { [ "$(waits "$1")" -ge "$2" ]; }
until_ok have down $want
conf OP01 1s other.example r19 smf-9 amf-9 >"$W/mdfd.yaml"
hup leaves 'destinations: 0 added, 1 changed'
check reload.leaves yes "$(have 'leaves, down' $want && echo yes)"
check reload.leaves.shown 2 "$($CTL status | grep -c 'agency-1 *HI[23] *leaves, down')"
LISTEN=$PORT lib_lemf lemf.example
gone() { [ "$($CTL --json queue list | grep -c '"leaves, ')" = 0 ]; }
until_ok gone
check reload.leaves.gone 0 $?
"$B/lidump" --summary "$W/lemf.example/NL-OP01-LI-1/hi2.ber" "$W/lemf.example/NL-OP01-LI-1/hi3.ber" >"$W/delivered"
check reload.leaves.whole '' "$(awk '$3 ~ /^HI[23]$/ { if ($6 != next_[$3 " " $5]++) print "context", $5, "number", $6 }' "$W/delivered")"
# a stop does not wait for the stream, whose writer is still there
kill "$MDFD"
wait "$MDFD"
check reload.stopped 0 $?
exec 9>&-
check reload.verify 0 "$("$B/mdfctl" audit verify "$W/state/audit.log" >/dev/null 2>&1; echo $?)"
PIDS=$(echo "$PIDS" | sed "s/ $MDFD//")

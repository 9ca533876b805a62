#!/bin/sh
# One LIID in two tasks: ordered over X1 (curl), reported under each XID over X2 and X3 (lipoi), watched by a tap on which both tasks name
# somebody (a FIFO), delivered to one agency (lemfd), which must see one LIID with whole series of numbers: while both run, over a restart,
# and when one of them ends. HO-SEQ-002, HO-SEQ-004, HO-SEQ-005, HO-CIN-002
. test/lib.sh
. test/x1.lib.sh
for tool in curl xmllint openssl jq; do command -v $tool >/dev/null || { skip liid "no $tool"; exit 0; }; done
lib_begin liid
CTL="$B/mdfctl -s $W/control"
lib_certs mdf.example lemf.example smf-1.example || { fail liid "no certificates"; exit 1; }
issue mdf.example /CN=mdf/UID=MDF-1 DNS:mdf.example
issue admf /CN=admf/UID=ADMF-1 DNS:admf.example
x1_schemas
lib_lemf lemf.example || { fail liid "lemfd did not start"; exit 1; }
KEEP=$PIDS
IN='x2x3: {listen: "127.0.0.1:0", peers: [smf-1.example]}'

up() {
	cat >"$W/mdfd.yaml" <<-END
		mdf: {operator_id: OP01, element_id: MDF-1, delivery_country: NL, state_dir: state, control_socket: control, drain_timeout: 20s}
		tls: {certificate: mdf.example.crt, key: mdf.example.key, ca: ca.crt}
		audit: {file: audit.log, key: audit.key}
		$IN
		x1:
		  listen: 127.0.0.1:0
		  ne_id: MDF-1
		  admf_id: ADMF-1
		  authorization_country: NL
		  peers: [admf.example]
		  destination_profiles:
		    - {peer_name: lemf.example}
	END
	: >"$W/mdfd.log"
	"$B/mdfd" -c "$W/mdfd.yaml" 2>"$W/mdfd.log" </dev/null &
	MDFD=$!
	PIDS="$KEEP ${FEED:-} $MDFD"
	i=0
	while ! $CTL status >/dev/null 2>&1 && [ $i -lt 200 ]; do sleep 0.05; i=$((i + 1)); done
	X1PORT=$(sed -n 's/.*X1: listening on port \([0-9]*\).*/\1/p' "$W/mdfd.log")
	AT=$(sed -n 's/.*x2x3: listening on .*, port \([0-9]*\),.*/\1/p' "$W/mdfd.log" | tail -n 1)
	[ -n "$X1PORT" ] || { fail liid "mdfd did not start: $(tail -n 1 "$W/mdfd.log")"; exit 1; }
}
down() {
	kill -TERM $MDFD
	wait $MDFD
	check "liid.$1.end" 0 $?
	PIDS=$KEEP
}
until_() { # NAME WANT COMMAND: within 20 seconds
	i=0
	while got=$(eval "$3" 2>/dev/null); [ "$got" != "$2" ] && [ $i -lt 200 ]; do sleep 0.1; i=$((i + 1)); done
	check "liid.$1" "$2" "$got"
}
EV='payload: 300e81050413130301a205a703810105'		# an event of a session: it goes on
AMF='payload: 302081050413130301a217a315a111810f303031303130303030303030303031a600'	# where the subscriber is: no CIN
IP='payload: {udp: {from: "10.45.0.2:1", to: "192.0.2.1:2", data: {text: hello}}}'
say() { # NAME STEPS
	{
		printf 'connections:\n  s: {to: "127.0.0.1:%s", peer: mdf.example, certificate: smf-1.example.crt, key: smf-1.example.key, ca: ca.crt}\n' "$AT"
		printf 'defaults: {nfid: smf-1, ipid: iri}\nsteps:\n%s\n- keepalive: {on: s}\n- expect: {on: s, ack: all}\n' "$2"
	} >"$W/s.yaml"
	"$B/lipoi" --script "$W/s.yaml" --json --timeout 60s >"$W/report.json" 2>"$W/report.err"
	check "liid.$1.sent" 0 $?
}
pdu() { printf -- '- pdu: {on: s, type: %s, xid: %s, %s}\n' "$1" "$(lib_uuid "$2")" "$3"; }
HI="$W/lemf.example/NL-OP01-A"
hi() { "$B/lidump" --json "$HI/hi$1.ber" 2>/dev/null; }
# Of each CIN, and of none, how many numbers there are, where these are 0, 1, 2 …
series() {
	hi "$1" | jq -r '[(.pSHeader.communicationIdentifier.communicationIdentityNumber // "none"), .pSHeader.sequenceNumber] | @tsv' |
		awk -F'\t' '{ if ($2 != n[$1] + 0) bad = 1; n[$1]++ } END { for (c in n) print (c == "none" ? c : "cin"), n[c]; if (bad) print "not whole" }' | sort | tr '\n' ' '
}
whole() { check "liid.$1.whole" 0 "$(cat "$W"/lemf.example/*/events.jsonl 2>/dev/null | grep -cE '"event": ?"(gap|duplicate|conflict)')"; }

# -- two tasks of one LIID: a subscriber's IMSI, and his number; each is reported under its own XID --
up
x1 liid.ordered 'oK oK oK' "$(x1_msg CreateDestination "$(x1_dest 101 X2andX3 "$PORT" lemf)")" \
	"$(x1_msg ActivateTask "$(x1_task 1 "$(x1_did 101)" "$(x1_liid A)")")" \
	"$(x1_msg ActivateTask "$(x1_task 2 "$(x1_did 101)" "$(x1_liid A)" "$(x1_target e164Number 31201234567)")")"
check liid.listed 'A A' "$($CTL --json warrant list | jq -r '[.warrants[].liid] | join(" ")')"
check liid.shown "$(lib_uuid 1) $(lib_uuid 2)" "$($CTL --json warrant show A | jq -r '[.warrants[].xid] | sort | join(" ")')"
check liid.shown.one "$(lib_uuid 2)" "$($CTL --json warrant show A --xid "$(lib_uuid 2)" | jq -r .warrant.xid)"
say both "$(for n in 1 2; do pdu x2 $n "correlation: 5, $EV"; pdu x3 $n "correlation: 5, $IP"; pdu x2 $n "$AMF"; done; pdu x2 1 "$AMF")"
until_ both.iri 'cin 1 cin 1 none 3 ' 'series 2'
until_ both.cc 'cin 1 cin 1 ' 'series 3'
down both
whole both
# -- over a restart --
up
say again "$(for n in 2 1; do pdu x2 $n "$AMF"; pdu x2 $n "correlation: 5, $EV"; pdu x3 $n "correlation: 5, $IP"; done)"
until_ again.iri 'cin 2 cin 2 none 5 ' 'series 2'
until_ again.cc 'cin 2 cin 2 ' 'series 3'
# -- one of them ends, the other goes on --
x1 liid.one-ends oK "$(x1_msg DeactivateTask "$(x1_xid 1)")"
check liid.left "$(lib_uuid 2)" "$($CTL --json warrant show A | jq -r .warrant.xid)"
say one "$(for n in 1 2; do pdu x2 $n "$AMF"; pdu x2 $n "correlation: 5, $EV"; pdu x3 $n "correlation: 5, $IP"; done)"
until_ one.iri 'cin 2 cin 3 none 6 ' 'series 2'
until_ one.cc 'cin 2 cin 3 ' 'series 3'
until_ audited '1 1' "echo \$(grep '\"event\":\"interception-begin\"' $W/state/audit.log | grep -c $(lib_uuid 1)) \$(grep '\"event\":\"interception-end\"' $W/state/audit.log | grep 'by its owner' | grep -c $(lib_uuid 1))"
x1 liid.again oK "$(x1_msg ActivateTask "$(x1_task 1 "$(x1_did 101)" "$(x1_liid A)")")"
check liid.not-ours 1 "$($CTL warrant end A >/dev/null 2>&1; echo $?)"
down one
whole one

# -- a tap on which both tasks name the same subscriber: the agency gets each session once --
"$B/ligen" --out "$W/core" --expect "$W/expect.json" --subscribers 4 --sessions 1 --packets 20 --plain 2>"$W/ligen.log" || fail liid.ligen "$(tail -n 1 "$W/ligen.log")"
who=$(jq -r '[.subscribers | to_entries[] | select(.value.sessions > 0)][0].key' "$W/expect.json")
rm -rf "$W/state" "$W/fifo" "$W/lemf.example"
kill $LEMF_PID
wait $LEMF_PID
PIDS=
lib_lemf lemf.example || { fail liid "lemfd did not start"; exit 1; }
KEEP=$PIDS
mkfifo "$W/fifo"
IN='taps: [{name: core, file: fifo, network_functions: {smf: smf-1, upf: upf-1, amf: amf-1}}]'
(exec 9>"$W/fifo"; while [ ! -f "$W/go" ]; do sleep 0.1; done; cat "$W/core" >&9) &
FEED=$!
up
target=$(x1_target supiimsi "$who")
x1 liid.tap 'oK oK oK oK' "$(x1_msg CreateDestination "$(x1_dest 101 X2andX3 "$PORT" lemf)")" \
	"$(x1_msg ActivateTask "$(x1_task 1 "$(x1_did 101)" "$(x1_liid A)" "$target")")" "$(x1_msg ActivateTask "$(x1_task 2 "$(x1_did 101)" "$(x1_liid A)" "$target")")" \
	"$(x1_msg ActivateTask "$(x1_task 3 "$(x1_did 101)" "$(x1_liid C)" "$target")")"
touch "$W/go"
wait $FEED
until_ tap.ended ended "$CTL --json tap list | jq -r '.taps[0].state'"
down tap
whole tap
n2=$("$B/lidump" --json "$W/lemf.example/NL-OP01-C/hi2.ber" | wc -l) n3=$("$B/lidump" --json "$W/lemf.example/NL-OP01-C/hi3.ber" | wc -l)
check liid.tap.some 1 "$([ "$n2" -gt 0 ] && [ "$n3" -gt 0 ] && echo 1)"
check liid.tap.iri "$n2" "$(hi 2 | wc -l)"
check liid.tap.cc "$n3" "$(hi 3 | wc -l)"

#!/bin/sh
# What an agency is told beside records, over real TLS, to lemfd's events: LI notifications at activation, change and end, also of an interception
# that is suspended, purged or over by its window, each once, under numbers from 0 on, also over kill -9 between the order and its delivery; HI1
# notifications, test PDUs, CIN resets, messages and losses where they are agreed.
. test/lib.sh
. test/x.lib.sh
x_begin notices mdf.example lemf.example nf.example
for x in lipoi lidump xirigen; do [ -x "$B/$x" ] || { skip notices "no $x"; exit 0; }; done

conf() { # destination's more keys
	x_conf 'peers: [nf.example], full_wait: 0s' 5s
	echo 'spool: {dir: spool}' >>"$W/mdfd.yaml"
	echo destinations: >"$W/warrants.yaml"
	lib_dest 1 lemf.example "reconnect: 100ms, queue: ${QUEUE:-1MiB}${1:+, $1}"
	echo 'warrants: []' >>"$W/warrants.yaml"
}
# one establishment of a session, and content of it, for the task of LI-K: CORRELATION K
send() {
	IRI=${IRI:-$("$B/xirigen" hex 1 1 r19v3 | awk '$1 == 6 { print $2; exit }')}
	cat >"$W/s.yaml" <<-EOF
		connections:
		  n: {to: "127.0.0.1:$AT", peer: mdf.example, certificate: nf.example.crt, key: nf.example.key, ca: ca.crt}
		defaults: {xid: $(lib_uuid $((1000000 + $2)))}
		steps:
		- pdu: {type: x2, nfid: nf-1, ipid: iri, correlation: $1, payload: "$IRI"}
		- pdu: {type: x3, nfid: nf-1, ipid: cc, correlation: $1, format: ipv4, direction: from, payload: "4500001c000000004011000c0000201c000020201020304000800000"}
		- keepalive: {sequence: 1}
		- expect: {ack: 1}
	EOF
	"$B/lipoi" --script "$W/s.yaml" --json --timeout 20s >"$W/report.json" 2>"$W/report.err" || fail notices.lipoi "$(tail -n 2 "$W/report.err" | tr '\n' ' ')"
}
begin() { # as conf: an empty store, an agency with nothing
	rm -rf "$W/state" "$W/lemf.example"
	lib_lemf lemf.example || { fail notices "lemfd did not start"; exit 1; }
	conf "$@"
	: >"$W/mdfd.log"
}
up() { # more options
	"$B/mdfd" -c "$W/mdfd.yaml" "$@" 2>>"$W/mdfd.log" </dev/null &
	MDFD=$!
	PIDS="$PIDS $MDFD"
	i=0
	while ! $CTL status >/dev/null 2>&1 && [ $i -lt 200 ]; do sleep 0.05; i=$((i + 1)); done
	AT=$(sed -n 's/.*x2x3: listening on .*, port \([0-9]*\),.*/\1/p' "$W/mdfd.log" | tail -n 1)
}
gone() { # pid: it has ended, and is none of ours any more
	wait "$1" 2>/dev/null
	left=
	for p in $PIDS; do [ "$p" = "$1" ] || left="$left $p"; done
	PIDS=$left
}
crash() { kill -KILL $MDFD; gone $MDFD; }
down() { # NAME
	kill -TERM $MDFD
	wait $MDFD
	check "$1.stop" 0 $?
	gone $MDFD
	"$B/mdfctl" audit verify --key "$W/state/audit.pub" "$W/state/audit.log" >/dev/null 2>&1
	check "$1.audit" 0 $?
}
end() { down "$1"; lib_end; }
events() { cat "$W/lemf.example/NL-OP01-$1/events.jsonl" 2>/dev/null; } # LIID
# the events of one kind, a line each: jq's expression
said() { events "$1" | jq -rc "select(.event == \"$2\") | $3" 2>/dev/null; } # LIID EVENT EXPRESSION
# the notifications themselves, decoded: jq's expression of lINotification, of the one of that number
hi4() { # LIID NUMBER EXPRESSION
	"$B/lidump" "$W/lemf.example/NL-OP01-$1/other.ber" 2>/dev/null |
		jq -c "select(.payload.hI4Payload and .pSHeader.sequenceNumber == $2) | .payload.hI4Payload[0][\"threeGPP-LI-Notification\"].notification.lINotification | $3"
}
told() { said "$1" li-notification '"\(.number) \(.type)"' | tr '\n' ' '; } # LIID
until_is() { # WANT COMMAND…: it says so, or ten seconds have passed
	want=$1
	shift
	i=0
	while [ "$("$@" 2>/dev/null)" != "$want" ] && [ $i -lt 100 ]; do sleep 0.1; i=$((i + 1)); done
	"$@"
}
warrants() { # [END [DESTINATION]] K…: LIID LI-K on subscriber K, by mdfctl
	echo warrants: >"$W/more.yaml"
	: >"$W/warrants"
	to=2040-01-01T00:00:00Z
	case $1 in *T*) to=$1; shift ;; esac
	for k; do lib_warrant "$k" "supiimsi: \"00101$(printf %010u "$k")\"" 1 "${DELIVERY:-HI2andHI3}" 2000-01-01T00:00:00Z "$to"; done
	cat "$W/warrants" >>"$W/more.yaml"
	$CTL warrant add "$W/more.yaml" >/dev/null
}
in_seconds() { date -u -d "+$1 seconds" +%Y-%m-%dT%H:%M:%SZ; }
audited() { jq -c "select(.event == \"agency-told\" and .fields.liid == \"$1\" and .fields.by == \"$2\")" "$W/state/audit.log" | wc -l; }

# -- HI4: each change once. HO-HI4-001, HO-HI4-002, HO-HI4-004, LI128-208, LI128-209, LI128-210, LI128-211, LI128-212
begin
up
warrants 1
check notices.active "0 activation " "$(until_is "0 activation " told LI-1)"
check notices.active.start true "$(said LI-1 li-notification '.start != null and .end == "2040-01-01T00:00:00.000000Z"')"
check notices.active.all '["activation",{"sUPI":{"iMSI":"001010000000001"}},1,"20400101000000Z"]' "$(hi4 LI-1 0 '[.notificationType, .appliedTargetID, (.appliedDeliveryInformation | length), .appliedEndTime]')"
check notices.same "0 activation " "$(warrants 1; sleep 0.5; told LI-1)"
warrants 2039-01-01T00:00:00Z 1
check notices.modified "0 activation 1 modification " "$(until_is "0 activation 1 modification " told LI-1)"
check notices.modified.end '["appliedEndTime","notificationType"]' "$(hi4 LI-1 1 keys)"
DELIVERY=HI2Only warrants 2039-01-01T00:00:00Z 1
check notices.delivery '["appliedDeliveryInformation","notificationType"]' "$(until_is '["appliedDeliveryInformation","notificationType"]' hi4 LI-1 2 keys)"
$CTL warrant suspend LI-1 >/dev/null
check notices.suspended deactivation "$(until_is deactivation said LI-1 li-notification 'select(.number == 3) | .type')"
check notices.suspended.end '["appliedEndTime","notificationType"]' "$(hi4 LI-1 3 keys)"
$CTL warrant resume LI-1 >/dev/null
check notices.resumed activation "$(until_is activation said LI-1 li-notification 'select(.number == 4) | .type')"
$CTL warrant end LI-1 --purge >/dev/null
check notices.purged deactivation "$(until_is deactivation said LI-1 li-notification 'select(.number == 5) | .type')"
# a window that closes by itself: at its instant
over=$(in_seconds 3)
warrants "$over" 2
check notices.window "0 activation 1 deactivation " "$(until_is "0 activation 1 deactivation " told LI-2)"
check notices.window.end "\"$(echo "$over" | tr -d 'T:-')\"" "$(hi4 LI-2 1 .appliedEndTime)"
# a stop and a start are no change
warrants 1
until_is activation said LI-1 li-notification 'select(.number == 6) | .type' >/dev/null
down notices
up
sleep 1.5
check notices.restart "0 activation 1 modification 2 modification 3 deactivation 4 activation 5 deactivation 6 activation " "$(told LI-1)"
check notices.show active "$($CTL --json warrant show LI-1 | jq -r '.warrant.agencies[0].told')"
check notices.audited "7 2" "$(audited LI-1 HI4) $(audited LI-2 HI4)"
check notices.gaps 0 "$(events LI-1 | grep -cE '"event":"(gap|conflict|repeat)"')"
# same connection as its records: one peer each of HI2 and HI3, no other
check notices.peers yes "$([ "$(said LI-1 peer .connection | sort -u | wc -l)" -le 2 ] && echo yes)"
end notices

# -- the file of warrants; and a destination that moves
begin
up
: >"$W/warrants"
lib_warrant 3 'supiimsi: "001010000000003"' 1
sed '/^warrants:/d' "$W/warrants.yaml" >"$W/head.yaml"
{ cat "$W/head.yaml"; echo warrants:; cat "$W/warrants"; } >"$W/warrants.yaml"
$CTL reload >/dev/null
check notices.file "0 activation " "$(until_is "0 activation " told LI-3)"
sed 's/127.0.0.1/localhost/' "$W/warrants.yaml" >"$W/moved.yaml"
mv "$W/moved.yaml" "$W/warrants.yaml"
$CTL reload >/dev/null
check notices.file.moved "0 activation 1 modification " "$(until_is "0 activation 1 modification " told LI-3)"
{ sed 's/127.0.0.1/localhost/' "$W/head.yaml"; echo 'warrants: []'; } >"$W/warrants.yaml"
$CTL reload >/dev/null
check notices.file.end "0 activation 1 modification 2 deactivation " "$(until_is "0 activation 1 modification 2 deactivation " told LI-3)"
end notices.file

# -- the agency is away when it is ordered, and mdfd is killed before it is back: once, under the same number
begin "spill: none"
up
warrants 1
until_is "0 activation " told LI-1 >/dev/null
kill -STOP "$LEMF_PID"
sleep 0.3
warrants 2
$CTL warrant end LI-1 >/dev/null
crash
kill -CONT "$LEMF_PID"
sleep 0.5
up
check notices.kill.order "0 activation " "$(until_is "0 activation " told LI-2)"
check notices.kill.end "0 activation 1 deactivation " "$(until_is "0 activation 1 deactivation " told LI-1)"
crash
up
sleep 1.5
check notices.kill.again "0 activation 1 deactivation  0 activation " "$(told LI-1) $(told LI-2)"
check notices.kill.gaps 0 "$(cat "$W"/lemf.example/NL-*/events.jsonl | grep -cE '"event":"(gap|conflict|repeat)"')"
end notices.kill

# -- not wanted; and what a destination of before release 16 gets: nothing
begin "hi4: no"
up
warrants 1
sleep 1
check notices.no "" "$(told LI-1)"
end notices.no
begin "ts33128_release: r15v4"
up
warrants 1
sleep 1
check notices.r15 "" "$(told LI-1)"
end notices.r15
conf "ts33128_release: r15v4, hi4: yes"
"$B/mdfd" -c "$W/mdfd.yaml" --check >/dev/null 2>"$W/check.log"
check notices.r15.refused "1 1" "$? $(grep -c 'hi4' "$W/check.log")"

# -- HI1, test PDU and CIN reset at activation; by order; messages. HO-TRI-001, HO-TRI-006, HO-CIN-009, HO-SEQ-010
begin "hi1: etsi, test_pdu: yes, cin_reset: at-activation, connections: shared, messages: all"
up
warrants 1
send 1 1
check notices.hi1 "0 activation" "$(until_is "0 activation" said LI-1 hi1-notification '"\(.number) \(.type)"')"
check notices.test 0 "$(until_is 0 said LI-1 test .number)"
check notices.order '["cin-reset","li-notification","hi1-notification","test"]' "$(events LI-1 | jq -sc '[.[].event | select(. == "cin-reset" or . == "li-notification" or . == "hi1-notification" or . == "test")]')"
$CTL warrant test LI-1 >/dev/null
check notices.test.order "2" "$(until_is 2 eval 'said LI-1 test .number | wc -l')"
$CTL warrant test "$(lib_uuid 1000001)" >/dev/null
check notices.test.xid "3" "$(until_is 3 eval 'said LI-1 test .number | wc -l')"
$CTL warrant message LI-1 'N3 was not seen from 10:00 to 10:20 UTC' >/dev/null
check notices.message '[1,"N3 was not seen from 10:00 to 10:20 UTC"]' "$(until_is '[1,"N3 was not seen from 10:00 to 10:20 UTC"]' said LI-1 operator-message '[.priority, .text]')"
$CTL warrant message LI-1 --information 'all is well' >/dev/null
check notices.inform '[2,"all is well"]' "$(until_is '[2,"all is well"]' said LI-1 operator-message 'select(.priority == 2) | [.priority, .text]')"
check notices.message.hidden 0 "$(grep -c 'all is well' "$W/state/audit.log")"
$CTL warrant reset-cin LI-1 >/dev/null
check notices.reset 0 $?
until_is 2 eval 'said LI-1 cin-reset .hi2_from | wc -l' >/dev/null
send 1 1
send 2 1
check notices.reset.gaps 0 "$(events LI-1 | grep -cE '"event":"(gap|conflict|repeat)"')"
numbers() { # of the records after the last reset: CIN and number
	at=$(said LI-1 cin-reset .hi2_from | tail -n 1)
	tail -c "+$((at + 1))" "$W/lemf.example/NL-OP01-LI-1/hi2.ber" >"$W/after.ber"
	"$B/lidump" --json "$W/after.ber" | jq -r .pSHeader.sequenceNumber | sort -u | tr '\n' ' '
}
check notices.reset.new "0 1" "$(until_is "0 1 " numbers | cut -c1-3)"
warrants 2039-01-01T00:00:00Z 1
check notices.reset.hi4 "0 activation 0 modification " "$(until_is "0 activation 0 modification " told LI-1)"
$CTL warrant end LI-1 >/dev/null
check notices.hi1.end deactivation "$(until_is deactivation said LI-1 hi1-notification 'select(.type == "deactivation") | .type')"
check notices.after.end 1 "$($CTL warrant test LI-1 >/dev/null 2>&1; echo $?)"
end notices.all

# -- an agency that stands still loses content: it hears of it when it goes on, in a few words. HO-TRI-006
QUEUE=128KiB begin "spill: none, connections: shared, hi1: threeGPP"
up
warrants 1
until_is "0 activation " told LI-1 >/dev/null
kill -STOP "$LEMF_PID"
cat >"$W/s.yaml" <<-EOF
	connections:
	  n: {to: "127.0.0.1:$AT", peer: mdf.example, certificate: nf.example.crt, key: nf.example.key, ca: ca.crt}
	defaults: {xid: $(lib_uuid 1000001)}
	steps:
	- pdu: {type: x3, nfid: nf-1, ipid: cc, correlation: 1, format: ipv4, direction: from, repeat: 400, payload: "4500ea60000000004011000c0000201c00002020$(head -c 59980 /dev/zero | od -An -v -tx1 | tr -d ' \n')"}
EOF
"$B/lipoi" --script "$W/s.yaml" --json --timeout 20s >"$W/report.json" 2>"$W/report.err"
lost() { $CTL --json queue list | jq '[.queues[].dropped_pdus] | add > 0'; }
check notices.loss true "$(until_is true lost)"
sleep 1.5
kill -CONT "$LEMF_PID"
check notices.loss.message true "$(until_is true said LI-1 operator-message 'select(.text | test("^lost HI3 cin=[0-9]+ from=[0-9]+ to=[0-9]+ records=[0-9]+: there was no room")) | .priority == 1')"
check notices.loss.alarm true "$(until_is true said LI-1 hi1-notification 'select(.type == "alarm") | .text | startswith("lost HI3")')"
sleep 2
check notices.loss.few yes "$([ "$(said LI-1 operator-message .text | wc -l)" -le 2 ] && echo yes)"
end notices.loss

# -- the store is lost: no start, until it is said so; then the agency hears that all numbering begins anew. HO-CIN-008
begin "connections: shared"
up
warrants 1
until_is "0 activation " told LI-1 >/dev/null
crash
rm -f "$W"/state/mdfd.db*
"$B/mdfd" -c "$W/mdfd.yaml" 2>"$W/lost.log" </dev/null
check notices.lost.refused "1 1" "$? $(grep -c -- --new-store "$W/lost.log")"
up --new-store
check notices.lost.all 1 "$(until_is 1 eval 'grep -c "\"event\":\"cin-reset-all\"" "$W/lemf.example/events.jsonl"')"
warrants 1
check notices.lost.hi4 "0 activation 0 activation " "$(until_is "0 activation 0 activation " told LI-1)"
check notices.lost.gaps 0 "$(events LI-1 | grep -cE '"event":"(gap|conflict|repeat)"')"
sleep 1.2		# that it was delivered is kept within a second: a kill before that tells it once more
crash
up --new-store
sleep 1.5
check notices.lost.once 1 "$(grep -c '"event":"cin-reset-all"' "$W/lemf.example/events.jsonl")"
check notices.lost.audited 1 "$(grep -c '"event":"store-lost"' "$W/state/audit.log")"
end notices.lost

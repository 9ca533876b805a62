#!/bin/sh
# lemfd against openssl s_client: what is delivered is stored octet for octet and acknowledged once it is on the disk;
# strangers are refused; a kill loses nothing that was acknowledged.
set -u
: "${B:?}"
t=$(mktemp -d) || exit 1
pid=
trap '[ -z "$pid" ] || kill -9 "$pid" 2>/dev/null; rm -rf "$t"' EXIT
ok() { echo "ok lemfd.$1"; }
fail() { echo "FAIL lemfd.$1: $2"; tail -n 5 "$t/err" >&2; }
check() { if [ "$2" = "$3" ]; then ok "$1"; else fail "$1" "'$2' is not '$3'"; fi; }

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 90 -subj /CN=test-ca -keyout "$t/ca.key" -out "$t/ca.crt" 2>/dev/null
for n in lemf mdf stranger; do
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$n" -keyout "$t/$n.key" -out "$t/$n.csr" 2>/dev/null
	echo "subjectAltName=DNS:$n.example" >"$t/ext"
	openssl x509 -req -in "$t/$n.csr" -CA "$t/ca.crt" -CAkey "$t/ca.key" -CAcreateserial -days 90 -extfile "$t/ext" -out "$t/$n.crt" 2>/dev/null
done

start() { # further options
	: >"$t/out"
	"$B/lemfd" --listen 127.0.0.1:0 --cert "$t/lemf.crt" --key "$t/lemf.key" --ca "$t/ca.crt" --name mdf.example --out "$t/dir" "$@" \
		>"$t/out" 2>"$t/err" </dev/null &
	pid=$!
	i=0
	while ! grep -q '^listening on ' "$t/out"; do
		i=$((i + 1))
		if [ $i -gt 100 ] || ! kill -0 $pid 2>/dev/null; then fail start "it does not listen"; exit 1; fi
		sleep 0.1
	done
	at=$(sed -n 's/^listening on //p' "$t/out")
}
# Sends the PDUs of the file and keeps the connection until as many answers have come, at most 10 s.
send() { # certificate, file, answers, or other tenths of a second
	: >"$t/answers"
	{
		cat "$2"
		i=0
		while [ "$("$B/pdus" --read <"$t/answers" | grep -vc '^torn')" -lt "$3" ] && [ $i -lt "${4:-100}" ]; do sleep 0.1; i=$((i + 1)); done
	} | timeout 30 openssl s_client -connect "$at" -cert "$t/$1.crt" -key "$t/$1.key" -CAfile "$t/ca.crt" -verify_return_error \
		-verify_hostname lemf.example -quiet -nocommands -no_ign_eof >"$t/answers" 2>"$t/client"
}

start --once 2
"$B/pdus" iris:LI-1:1:500 >"$t/hi2"
"$B/pdus" ccs:LI-1:1:500 >"$t/hi3"
{ "$B/pdus" ka:41; cat "$t/hi2" "$t/hi3"; "$B/pdus" ack:7; } >"$t/all"
send mdf "$t/all" 2
check answers "$("$B/pdus" --read <"$t/answers" | tr '\n' ' ')" "keep-alive-response 41 ack-response 7 "
if cmp -s "$t/hi2" "$t/dir/NL-OP01-LI-1/hi2.ber" && cmp -s "$t/hi3" "$t/dir/NL-OP01-LI-1/hi3.ber"; then ok octets; else fail octets "files differ"; fi

# a stranger has a certificate of the same CA and another name: not counted by --once
send stranger "$t/all" 0
sleep 0.5
grep -q 'bears none of the expected names' "$t/err" && ok stranger || fail stranger "not refused"

# options first; then the end of --once
{ "$B/pdus" options:0 ka:0 complete:1; "$B/pdus" iri:LI-2:1:0 iri:LI-2:1:2 ack:0; } >"$t/opt"
send mdf "$t/opt" 4
check options "$("$B/pdus" --read <"$t/answers" | tr '\n' ' ')" "option-response 0 keep-alive-response 0 option-complete 0 ack-response 0 "
wait $pid; check once "$?" 0
pid=
grep -q '"event":"gap","hi":"hi2","element":"MDF-1","cin":1,"from":1,"to":1}' "$t/dir/NL-OP01-LI-2/events.jsonl" && ok gap || fail gap "no event"
grep -q '502 HI2 and 500 HI3' "$t/err" && ok summary || fail summary "wrong"

# killed, with half a PDU at the end: the next one goes on, the resend is all duplicates but the missing ones
head -c 20 "$t/hi2" >>"$t/dir/NL-OP01-LI-1/hi2.ber"
start
{ cat "$t/hi2"; "$B/pdus" iri:LI-1:1:500 ack:8; } >"$t/resend"
send mdf "$t/resend" 1
kill -9 $pid; wait $pid 2>/dev/null
pid=
"$B/pdus" iri:LI-1:1:500 >>"$t/hi2"
if cmp -s "$t/hi2" "$t/dir/NL-OP01-LI-1/hi2.ber"; then ok killed; else fail killed "what was acknowledged is not all there"; fi
grep -q '"event":"duplicates","hi":"hi2","element":"MDF-1","cin":1,"from":0,"to":499,"count":500}' "$t/dir/NL-OP01-LI-1/events.jsonl" &&
	ok duplicates || fail duplicates "no event"

# a peer may ask after each PDU and wait for no answer
start
"$B/pdus" $(for i in $(seq 0 2999); do echo "iri:LI-3:1:$i ack:$i"; done) >"$t/burst"
send mdf "$t/burst" 3000
check burst "$("$B/pdus" --read <"$t/answers" | cksum)" "$(for i in $(seq 0 2999); do echo "ack-response $i"; done | cksum)"

# strangers who take every place and say nothing: a peer gets in all the same, and they fill no disk
if command -v python3 >/dev/null && [ "$(ulimit -Hn)" -ge 2048 ]; then
	(ulimit -Sn 2048; exec python3 -c 'import socket, sys, time
a = [socket.create_connection(("127.0.0.1", int(sys.argv[1]))) for i in range(800)]
print("there", flush=True)
time.sleep(60)' "${at##*:}") >"$t/there" &
	strangers=$!
	i=0; while ! grep -q there "$t/there" && [ $i -lt 100 ]; do sleep 0.1; i=$((i + 1)); done
	"$B/pdus" ka:9 >"$t/one"
	send mdf "$t/one" 1
	kill $strangers
	check strangers "$("$B/pdus" --read <"$t/answers")" "keep-alive-response 9"
	sleep 2
	grep -q '"event":"peers-failed","text":"[0-9]* more connections failed"' "$t/dir/events.jsonl" && ok strangers_counted || fail strangers_counted "no event"
	check strangers_told 1 $(($(grep -c '"event":"peer-failed"' "$t/dir/events.jsonl") < 100))
else
	echo "skipped: lemfd.strangers: no python3, or no room for 2048 open files"
fi

# signals, wrong use
kill -TERM $pid; wait $pid; check term "$?" 0
pid=

# what a peer was not to deliver goes aside, and leaves no folder; who sends faster than he may is made to wait; one connection too many is refused
start --expect 'mdf.example=NL-OP01-LI-[12]' --expect mdf.example=NL-OP01-LI-9 --limit mdf.example=connections=1,rate=100KiB
"$B/pdus" iri:LI-2:7:0 iri:LI-7:1:0 iri:LI-7:1:1 iri:LI-9:1:0 test:LI-7 ack:1 >"$t/mixed"
send mdf "$t/mixed" 1
check expected "$(cd "$t/dir" && ls -d NL-OP01-LI-7 NL-OP01-LI-9 2>/dev/null | tr '\n' ' ')$(grep -c '"event":"unexpected".*"interception":"NL-OP01-LI-7"' "$t/dir/events.jsonl")" "NL-OP01-LI-9 1"
check expected_kept "$("$B/pdus" iri:LI-7:1:0 iri:LI-7:1:1 test:LI-7 | cksum)" "$(tail -c "$("$B/pdus" iri:LI-7:1:0 iri:LI-7:1:1 test:LI-7 | wc -c)" "$t/dir/other.ber" | cksum)"
{ "$B/pdus" ccs:LI-1:8:600; "$B/pdus" ack:2; } >"$t/much"
t0=$(date +%s)
send mdf "$t/much" 1 &
sender=$!
sleep 0.3
"$B/pdus" ka:3 >"$t/one"
: >"$t/answers2"
timeout 10 openssl s_client -connect "$at" -cert "$t/mdf.crt" -key "$t/mdf.key" -CAfile "$t/ca.crt" -quiet -nocommands -no_ign_eof <"$t/one" >"$t/answers2" 2>/dev/null
wait $sender
least=$(($(wc -c <"$t/much") / 102400 - 1))
check limited 1 "$(($(date +%s) - t0 >= least))"
check limited_all "$("$B/pdus" --read <"$t/answers")" "ack-response 2"
check one_connection "$(wc -c <"$t/answers2") $(grep -c '"event":"peer-refused".*more connections' "$t/dir/events.jsonl")" "0 1"
kill -TERM $pid; wait $pid
pid=
grep -q '3 unexpected' "$t/err" && ok unexpected_summary || fail unexpected_summary "not counted"

# or its connection ends, and nothing of it is kept; a reset of all is taken for those that it may deliver
rm -rf "$t/dir"
start --expect mdf.example=NL-OP01-LI-2
"$B/pdus" iri:LI-2:7:0 iri:LI-7:1:0 ack:1 >"$t/mixed"
send mdf "$t/mixed" 1
"$B/pdus" iri:LI-2:7:1 reset:- iri:LI-2:7:0 ack:2 >"$t/mixed"
send mdf "$t/mixed" 1
check reset_of_expected "1 0 3" "$(grep -c cin-reset "$t/dir/NL-OP01-LI-2/events.jsonl") $(grep -c '"event":"gap\|repeat\|conflict' "$t/dir/NL-OP01-LI-2/events.jsonl") $("$B/pdus" --read <"$t/dir/NL-OP01-LI-2/hi2.ber" | grep -c iri)"
kill -TERM $pid; wait $pid
aside=$(wc -c <"$t/dir/other.ber")
start --expect mdf.example=NL-OP01-LI-2 --unexpected mdf.example=refuse
"$B/pdus" iri:LI-2:8:0 ack:1 >"$t/mixed"
send mdf "$t/mixed" 1
check refuse_others_go_on "$("$B/pdus" --read <"$t/answers")" "ack-response 1"
"$B/pdus" iri:LI-2:8:1 iri:LI-7:1:0 iri:LI-2:8:2 ack:2 >"$t/mixed"
send mdf "$t/mixed" 1 20 &
sender=$!
i=0
while ! grep -q 'connection 2 .*down: a PDU of an interception that this peer is not to deliver' "$t/err" && [ $i -lt 50 ]; do i=$((i + 1)); sleep 0.1; done
check refused 1 "$((i < 50))"
kill -TERM $pid; wait $pid
pid=
wait $sender
check refused_unanswered "" "$("$B/pdus" --read <"$t/answers")"
check refused_kept_nothing "$aside LI-2" "$(wc -c <"$t/dir/other.ber") $(cd "$t/dir" && ls -d NL-OP01-LI-[27] 2>/dev/null | sed 's/NL-OP01-//' | xargs)"
check refused_event "1 1" "$(grep -c '"event":"unexpected-refused".*"interception":"NL-OP01-LI-7"' "$t/dir/events.jsonl") $(grep -c '"event":"peer-refused".*not to deliver' "$t/dir/events.jsonl")"
check refused_before_it 5 "$("$B/pdus" --read <"$t/dir/NL-OP01-LI-2/hi2.ber" | grep -c iri)"
"$B/lemfd" --listen 127.0.0.1:0 --cert "$t/lemf.crt" --key "$t/lemf.key" --ca "$t/ca.crt" --name x --out "$t/dir" --unexpected x=drop 2>"$t/err" >/dev/null
check unexpected_wrong "$? $(grep -c 'aside and refuse' "$t/err")" "1 1"
"$B/lemfd" --listen 127.0.0.1:0 --cert "$t/lemf.crt" --key "$t/lemf.key" --ca "$t/ca.crt" --name x --out "$t/dir" --limit x=speed=1 2>"$t/err" >/dev/null
check limit_wrong "$? $(grep -c 'can be limited' "$t/err")" "1 1"
"$B/lemfd" --listen 127.0.0.1:0 --cert "$t/lemf.crt" --key "$t/lemf.key" --ca "$t/ca.crt" --name x --out "$t/dir" --expect y=NL-OP01-1 2>"$t/err" >/dev/null
check expect_nobody "$? $(grep -c 'y is no --name' "$t/err")" "2 1"
"$B/lemfd" --listen 127.0.0.1:0 --cert "$t/lemf.crt" --key "$t/lemf.key" --ca "$t/ca.crt" --name x --out "$t/dir" --gap-wait 1441m 2>"$t/err" >/dev/null
check gap_wait_longest "$? $(grep -c 'at most 1440m' "$t/err")" "2 1"
"$B/lemfd" --listen 127.0.0.1:0 --cert "$t/lemf.crt" --key "$t/none.key" --ca "$t/ca.crt" --name x --out "$t/dir" 2>"$t/err" >/dev/null
check nokey "$? $(grep -c 'none.key: No such file' "$t/err")" "1 1"
"$B/lemfd" --listen nowhere 2>/dev/null >/dev/null; check usage "$?" 2
"$B/lemfd" --help | grep -q -- '--listen 127.0.0.1:50001' && ok help || fail help "no example"
if command -v mandoc >/dev/null; then
	check manual "$(mandoc -Tlint -W warning mediation/pkg/lemfd.1 2>&1)" ""
else
	echo "skipped: lemfd.manual: no mandoc"
fi

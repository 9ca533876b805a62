#!/bin/sh
# 110 destinations with two connections each, more than the soft limit of open files, and more RSA keys than the heap of keys would
# hold if each connection had its own: all of them come up, and again with a new certificate; mdfctl's answers stay quick.
. test/lib.sh
N=110
lib_begin many_dests
command -v jq >/dev/null || { skip many_dests "no jq"; exit 0; }
lib_certs mdf.example lemf.example || { fail many_dests "no certificates"; exit 1; }
rsa() { # a certificate of ours
	openssl genrsa -out "$W/new.key" 2048 2>/dev/null
	printf 'subjectAltName=DNS:mdf.example\n' >"$W/ext"
	openssl req -new -key "$W/new.key" -subj "/CN=$1" -out "$W/new.csr" 2>/dev/null
	openssl x509 -req -in "$W/new.csr" -CA "$W/ca.crt" -CAkey "$W/ca.key" -CAcreateserial -days 90 -extfile "$W/ext" -out "$W/new.crt" 2>/dev/null
	mv "$W/new.key" "$W/mdf.example.key"
	mv "$W/new.crt" "$W/mdf.example.crt"
}
until_ok() { # command…: waits up to 30 s for it
	i=0
	while ! "$@" >/dev/null 2>&1 && [ $i -lt 150 ]; do sleep 0.2; i=$((i + 1)); done
	[ $i -lt 150 ]
}
rsa first || { fail many_dests "no RSA certificate"; exit 1; }
lib_lemf lemf.example || { fail many_dests "lemfd did not start"; exit 1; }
lib_conf
mkfifo "$W/fifo"
lib_tap core fifo
echo destinations: >"$W/warrants.yaml"
d=0
while [ $d -lt $N ]; do
	d=$((d + 1))
	lib_dest $d lemf.example 'queue: 128KiB, reconnect: 300ms'
done
echo 'warrants: []' >>"$W/warrants.yaml"
(ulimit -Sn 128 && exec "$B/mdfd" -c "$W/mdfd.yaml" 2>"$W/mdfd.log" </dev/null) &
MDFD=$!
PIDS="$PIDS $MDFD"
exec 9<>"$W/fifo"	# does not wait for a reader
"$B/ligen" --plain --subscribers 1 --sessions 1 --packets 1 --out "$W/core.pcap" >/dev/null 2>&1
head -c 24 "$W/core.pcap" >&9
queues() { "$B/mdfctl" -s "$W/control" --json queue list | jq "[.queues[] | select($1)] | length"; }
all_up() { [ "$(queues '.connection == "up"')" = $((2 * N)) ]; }
until_ok all_up
check many_dests.up $((2 * N)) "$(queues '.connection == "up"')"
check many_dests.opened 0 "$(grep -c 'not opened' "$W/mdfd.log")"
check many_dests.once $((2 * N)) "$(queues '.connects == 1 and .failures == 0')"
# a new certificate is for connections to come, which all of them get from the new agency's end
rsa second
"$B/mdfctl" -s "$W/control" reload >/dev/null || fail many_dests.reload "refused: $(tail -n 1 "$W/mdfd.log")"
kill "$LEMF_PID"
wait "$LEMF_PID" 2>/dev/null
PIDS=" $MDFD"
LISTEN=$PORT
lib_lemf lemf.example || fail many_dests.again "lemfd did not start"
again() { [ "$(queues '.connects == 2 and .connection == "up"')" = $((2 * N)) ]; }
until_ok again
check many_dests.again $((2 * N)) "$(queues '.connects == 2 and .connection == "up"')"
check many_dests.renewed yes "$(openssl x509 -in "$W/mdf.example.crt" -noout -subject | grep -q second && grep -q 'CN=second' "$W/lemf.example.log" "$W"/lemf.example/*.jsonl 2>/dev/null && echo yes)"
exec 9>&-
kill $MDFD
wait $MDFD
check many_dests.end 0 $?
PIDS=" $LEMF_PID"
lib_end

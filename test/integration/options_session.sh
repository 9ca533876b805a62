#!/bin/sh
# Timers and terms of a destination's session, from YAML over TLS, as an agency's own clock sees them: test/interop/terms.py, which shares nothing with the product, plays
# an agency for each, all at one mdfd, and breaks in each what is to be found out. Then all that was intercepted is at each of them, and the audit log says what went wrong.
. test/lib.sh
for x in jq python3; do command -v $x >/dev/null || { skip options_session "no $x"; exit 0; }; done
lib_begin options_session
lib_certs mdf.example lemf.example || { fail options_session "no certificates"; exit 1; }
export PYTHONDONTWRITEBYTECODE=1
CTL="$B/mdfctl -s $W/control"
"$B/ligen" --plain --dual 0 --only6 0 --subscribers 1 --sessions 2 --packets 80 --least 400 --most 900 --seed 4 --out "$W/core.pcap" --expect "$W/expect.json" 2>/dev/null
cc=$(jq -r '.subscribers["001010000000001"] | .from + .to' "$W/expect.json")
terms() { # an agency, and the keys of its destination
	cat <<-'END'
		keep_alives connections: shared, timers: {TIME1: 300ms, TIME2: 400ms, TIME3: 1500ms, TIME6: 50ms}
		wrong_keep_alive connections: shared, timers: {TIME1: 300ms, TIME3: 1500ms, TIME6: 50ms}
		acknowledgements connections: shared, rate: 400kbit/s, burst: 16KiB, timers: {TIME4: 300ms, TIME5: 1500ms, TIME6: 200ms}
		reconnect connections: shared, reconnect: 600ms, timers: {TIME6: 50ms}
		as_required connections: shared, connection: as-required, keepalive_when_closed: yes, timers: {IDLE: 600ms, TIME1: 900ms, TIME3: 1500ms, TIME6: 50ms}
		closed connections: shared, connection: as-required, timers: {IDLE: 300ms, TIME1: 600ms, TIME6: 50ms}
		written connections: shared, success: written
		tcp connections: shared, success: tcp
		further connections: shared, success: further, timers: {QUIET: 600ms, TIME1: 300ms, TIME3: 1500ms}
		separate connections: separate, timers: {TIME6: 50ms}
		shared connections: shared, timers: {TIME6: 50ms}
		padding connections: shared, padding: {every: 100ms, size: 300B}, timers: {TIME6: 50ms}
		steady connections: shared, padding: {rate: 400kbit/s, size: 1000B}, timers: {TIME6: 50ms}
		rate connections: shared, success: tcp, rate: 240kbit/s, burst: 32KiB
		words connections: shared, message_numbers: zero, message_charset: iso-8859-1, timers: {TIME6: 50ms}
	END
}
DRAIN=20s lib_conf
lib_tap core fifo
echo destinations: >"$W/warrants.yaml"
echo warrants: >"$W/warrants"
n=0 AGENCIES=
terms >"$W/terms"
while read -r name keys; do
	n=$((n + 1))
	python3 test/interop/terms.py "$W" "$name" "$cc" >"$W/$name.out" 2>"$W/$name.err" &
	AGENCIES="$AGENCIES $!"
done <"$W/terms"
PIDS=$AGENCIES
n=0
while read -r name keys; do
	n=$((n + 1)) i=0
	while [ ! -e "$W/port.$name" ] && [ $i -lt 200 ]; do sleep 0.05; i=$((i + 1)); done
	PORT=$(cat "$W/port.$name")
	case $keys in *reconnect:*) ;; *) keys="$keys, reconnect: 100ms" ;; esac
	lib_dest $n lemf.example "$keys"
	lib_warrant $n 'supiimsi: "001010000000001"' $n
done <"$W/terms"
cat "$W/warrants" >>"$W/warrants.yaml"
mkfifo "$W/fifo"
"$B/mdfd" -c "$W/mdfd.yaml" 2>"$W/mdfd.log" </dev/null &
MDFD=$!
PIDS="$PIDS $MDFD"
exec 9>"$W/fifo"
# what is intercepted comes over two seconds
size=$(wc -c <"$W/core.pcap") at=0
while [ $at -lt "$size" ]; do
	tail -c +$((at + 1)) "$W/core.pcap" | head -c $((size / 20 + 1)) >&9
	at=$((at + size / 20 + 1))
	sleep 0.1
done
: >"$W/fed"
for k in 1 2; do $CTL warrant message LI-$n --information "$(printf 'caf\303\251 \342\202\254')" >/dev/null || fail options_session.words.sent "no"; done
judged() { cat "$W"/*.out | grep -cE "^(ok|FAIL) options_session\.[a-z_]*(:|\$)"; }
i=0
while [ "$(judged)" -lt $n ] && [ $i -lt 400 ]; do sleep 0.1; i=$((i + 1)); done
check options_session.judged $n "$(judged)"
exec 9>&-
kill $MDFD
wait $MDFD
check options_session.delivered 0 $?
: >"$W/over"
for p in $AGENCIES; do wait "$p"; done
PIDS=
cat "$W"/*.out
# why each of them was down before the end, as the audit log has it, by destination
why() {
	d=$(lib_uuid "$(awk -v n="$1" '$1 == n { print NR }' "$W/terms")")
	jq -r "select(.event == \"delivery-down\" and .fields.did == \"$d\") | .fields.why" "$W/state/audit.log" | grep -v '^closed by us$' | sort -u | tr '\n' ';'
}
while read -r name want; do check "options_session.$name.why" "$want" "$(why $name)"; done <<'END'
keep_alives no answer to a keep-alive in TIME3;
wrong_keep_alive no answer to a keep-alive in TIME3;
acknowledgements no acknowledgement in TIME5;
as_required no answer to a keep-alive in TIME3;
closed
written the peer cut the connection;
shared
padding
words
END

# -- what an agency cannot be asked for: timers that do not fit the agency's own (HO-KA-008, HO-ACK-007)
PORT=1
for pair in 'TIME2: 1s, TIME3: 1s' 'TIME4: 2s, TIME5: 2s'; do
	lib_conf
	lib_tap core fifo
	echo destinations: >"$W/warrants.yaml"
	lib_dest 1 lemf.example "timers: {$pair}"
	echo 'warrants: []' >>"$W/warrants.yaml"
	"$B/mdfd" -c "$W/mdfd.yaml" --check >/dev/null 2>"$W/check.log"
	check "options_session.${pair%%:*}.refused" "1 1" "$? $(grep -c "TIME[35].* longer" "$W/check.log")"
done

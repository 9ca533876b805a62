#!/bin/sh
# Queues that are full, from YAML over TLS to lemfd: content of X3 for an agency that stands still. Which records give way, how much disk they may have, and that each that
# is not there is named to the agency: numbers that came and numbers that were named are all there are, each once. Read by test/interop/forms.py.
. test/lib.sh
. test/x.lib.sh
for x in jq python3 openssl; do command -v $x >/dev/null || { skip options_full "no $x"; exit 0; }; done
x_begin options_full mdf.example lemf.example upf-1.example
[ -x "$B/lipoi" ] || { skip options_full "no lipoi"; exit 0; }
export PYTHONDONTWRITEBYTECODE=1
SENT=3500
x_lemf lemf.example
DRAIN=20s x_conf 'peers: [upf-1.example], full_wait: 0s' 20s
echo 'spool: {dir: spool}' >>"$W/mdfd.yaml"
echo destinations: >"$W/warrants.yaml"
lib_dest 1 lemf.example 'connections: shared, hi4: no, reconnect: 100ms, timers: {TIME6: 50ms}, queue: 256KiB, spill: none'
lib_dest 2 lemf.example 'connections: shared, hi4: no, reconnect: 100ms, timers: {TIME6: 50ms}, queue: 256KiB, spill: none, full: newest'
lib_dest 3 lemf.example 'connections: shared, hi4: no, reconnect: 100ms, timers: {TIME6: 50ms}, queue: 256KiB, spill: none, full: oldest'
lib_dest 4 lemf.example 'connections: shared, hi4: no, reconnect: 100ms, timers: {TIME6: 50ms}, queue: 1MiB, spill: all, spill_limit: 1MiB'
lib_dest 5 lemf.example 'connections: shared, hi4: no, reconnect: 100ms, timers: {TIME6: 50ms}, queue: 1MiB, spill: all'
: >"$W/warrants"
for n in 1 2 3 4 5; do lib_warrant $n 'supiimsi: "001010000000001"' $n; done
sed -i "s/xid: [^,]*/xid: $(lib_uuid 1000001)/" "$W/warrants"	# one task's
{ echo warrants:; cat "$W/warrants"; } >>"$W/warrants.yaml"
x_up
until_is() { # WANT COMMAND…, 15 s at most
	want=$1 i=0
	shift
	while [ "$("$@" 2>/dev/null)" != "$want" ] && [ $i -lt 300 ]; do sleep 0.05; i=$((i + 1)); done
	"$@" 2>/dev/null
}
queues() { $CTL --json queue list | jq -r "[.queues[] | select(.kind == \"HI3\") | $1] | map(tostring) | join(\" \")"; }
check options_full.up "up up up up up" "$(until_is 'up up up up up' queues .connection)"
kill -STOP "$LEMF_PID"
cat >"$W/s.yaml" <<-EOF
	connections:
	  n: {to: "127.0.0.1:$AT", peer: mdf.example, certificate: upf-1.example.crt, key: upf-1.example.key, ca: ca.crt}
	defaults: {xid: $(lib_uuid 1000001)}
	steps:
	- pdu: {type: x3, nfid: upf-1, ipid: cc, correlation: 1, format: ipv4, direction: from, repeat: $SENT, rate: 2500, payload: "45000bb8000000004011000c0000201c00002020$(head -c 2980 /dev/zero | od -An -v -tx1 | tr -d ' \n')"}
EOF
"$B/lipoi" --script "$W/s.yaml" --json --timeout 20s >"$W/report.json" 2>"$W/report.err"
check options_full.sent 0 $?
account() { $CTL --json warrant account "LI-$1" | jq "[.accounts[] | select(.kind == \"HI3\") | $2] | add"; }
check options_full.taken $SENT "$(until_is $SENT account 5 .in)"
sleep 0.5
alarms() { $CTL --json status | jq -r "[.alarms[] | select(.alarm == \"spool_full\") | tostring | select(contains(\"0000000$1\"))] | length"; }
check options_full.spill_limit.alarm "1 0" "$(until_is 1 alarms 4) $(alarms 5)"
disk() { cat "$W/state/spool/$(lib_uuid "$1")".*.seg 2>/dev/null | wc -c; } # DEST
check options_full.spill_limit.disk yes "$([ "$(disk 4)" -le 1048576 ] && [ "$(disk 4)" -gt 786432 ] && [ "$(disk 5)" -gt 2097152 ] && echo yes)"
check options_full.memory "0 0 0" "$(disk 1) $(disk 2) $(disk 3)"
kill -CONT "$LEMF_PID"
empty() { queues .queued_pdus; }
check options_full.empty "0 0 0 0 0" "$(until_is "0 0 0 0 0" empty)"
words() { jq -r 'select(.event == "operator-message") | .text' "$W/lemf.example/NL-OP01-LI-$1/events.jsonl" | sed -n 's/^lost HI3 cin=[0-9]* from=\([0-9]*\) to=\([0-9]*\) records=\([0-9]*\): there was no room for them$/\1 \2 \3/p' | head -n 1; }
told() { [ -n "$(words "$1")" ] && echo told; }
for n in 1 2 3 4; do check options_full.$n.told told "$(until_is told told $n)"; done
for n in 1 2 3 4 5; do account $n '"\(.in) \(.delivered) \(.unsure) \(.lost) \(.lost_by.full // 0) \(.lost_by.disk // 0)"' | tr -d '"' >"$W/account.$n"; done
x_down
lib_end
python3 test/interop/forms.py "$W"/lemf.example/NL-*/hi3.ber
check options_full.read 0 $?
for n in 1 2 3 4 5; do
	came=$(jq .number "$W/lemf.example/NL-OP01-LI-$n/hi3.ber.json" | sort -n | uniq -d | wc -l)
	check options_full.$n.twice 0 "$came"
	jq .number "$W/lemf.example/NL-OP01-LI-$n/hi3.ber.json" | sort -n >"$W/came.$n"
	came=$(wc -l <"$W/came.$n")
	read -r in delivered unsure lost full disk <"$W/account.$n"
	check options_full.$n.account "$SENT $SENT $lost" "$in $((delivered + unsure + lost)) $((full + disk))"
	check options_full.$n.came yes "$([ $came -ge $delivered ] && [ $came -le $((delivered + unsure)) ] && echo yes)"
	check options_full.$n.why yes "$(case $n in [12]) echo $((full > 0 && disk == 0 && unsure == 0)) ;; 3) echo $((full > 0 && disk == 0)) ;; 4) echo $((disk > 0 && unsure == 0)) ;; *) echo $((lost == 0 && unsure == 0)) ;; esac | sed 's/1/yes/')"
done
# the newest give way, also where nothing is said of it: what is here is the beginning, and what was named first follows it
for n in 1 2; do
	check options_full.$n.newest yes "$(awk '$1 != NR - 1 { bad = 1 } END { if (!bad && NR > 20 && NR < 700) print "yes" }' "$W/came.$n")"
	check options_full.$n.words "$(wc -l <"$W/came.$n") yes" "$(words $n | awk -v sent=$SENT '{ print $1, $3 == $2 - $1 + 1 && $2 < sent ? "yes" : "no" }')"
done
# the oldest: the end is here, but for what a busy machine had no time for, and not what was in between
check options_full.3.oldest yes "$(awk -v sent=$SENT 'END { if ($1 > sent * 0.9 && NR < 1000) print "yes" }' "$W/came.3")"
check options_full.3.words yes "$(words 3 | awk '$1 < $2 && $3 <= $2 - $1 + 1 { print "yes" }')"
# the disk has what it may, then what was on its way to it waits, then none finds room
check options_full.4.newest yes "$(awk -v sent=$SENT 'END { if (NR > 600 && NR < sent) print "yes" }' "$W/came.4")"

#!/bin/sh
# Sessions under interception survive a kill: mdfd reads a FIFO, is killed in the midst of a session's content, and started again. The
# content goes on without signalling, under the same CIN, and the release gives the END. Packets of a stranger in the same tunnel are
# not taken, nor are those of one to whom the tunnel was given meanwhile. A damaged row is dropped and the others go on; what is too
# old, or not wanted, is audited as lost. Where there are network namespaces, the same from a veth pair, killed while packets come.
. test/lib.sh
lib_live "${1:-}"
for x in jq tshark editcap sqlite3; do command -v $x >/dev/null || { skip resume "no $x"; exit 0; }; done
lib_begin resume
lib_certs mdf.example lemf.example || { fail resume "no certificates"; exit 1; }
CTL="$B/mdfctl -s $W/control"
PLAIN="--plain --handover 0 --qos 0 --idle 0 --inactive 0 --deregister 0 --reuse 0 --reject 0 --refuse 0 --n9 0 --several 0 --cp 0 --dual 0 --only6 0 --release 100"

# up [FILE]: mdfd runs, and FILE goes into the FIFO, whose other end stays open, as an interface does
up() {
	"$B/mdfd" -c "$W/mdfd.yaml" 2>>"$W/mdfd.log" </dev/null &
	MDFD=$!
	PIDS="$PIDS $MDFD"
	FEED=
	if [ -n "${1:-}" ]; then
		(cat "$W/$1"; exec sleep 1000) >"$W/fifo" 2>/dev/null &
		FEED=$!
	fi
	i=0
	while ! $CTL status >/dev/null 2>&1 && [ $i -lt 100 ]; do sleep 0.05; i=$((i + 1)); done
}
gone() { # pid: it has ended, and is none of ours any more
	wait "$1" 2>/dev/null
	left=
	for p in $PIDS; do [ "$p" = "$1" ] || left="$left $p"; done
	PIDS=$left
}
crash() {
	kill -KILL $MDFD
	gone $MDFD
	[ -z "$FEED" ] || { kill $FEED; wait $FEED; } 2>/dev/null
}
records() { # what, LIID: BEGIN, END …, from or to a target
	for f in "$W/lemf.example/NL-OP01-$2"/hi[23].ber; do [ ! -e "$f" ] || "$B/lidump" --summary "$f"; done | awk -v w="$1" '$7 == w { n++ } END { print n + 0 }'
}
content() { echo $(($(records from "${1:-LI-1}") + $(records to "${1:-LI-1}"))); }
cins() { for f in "$W/lemf.example/NL-OP01-$1"/hi[23].ber; do "$B/lidump" --summary "$f"; done | awk '$3 ~ /^HI/ { print $5 }' | sort -u | wc -l; }
# until WANT COMMAND…: it says so, or ten seconds have passed
until_is() {
	want=$1
	shift
	i=0
	while [ "$("$@")" != "$want" ] && [ $i -lt 100 ]; do sleep 0.1; i=$((i + 1)); done
	"$@"
}
audit() { jq -c "select(.event == \"$1\")" "$W/state/audit.log" | wc -l; }
counter() { $CTL --json counters 2>/dev/null | jq "[.. | objects | select(.name? == \"$1\") | .value] | add // 0"; }
tap() { $CTL --json tap list | jq ".taps[0].$1"; }
begin() { # an empty store, an empty agency
	rm -rf "$W/state" "$W/lemf.example"
	lib_lemf lemf.example || { fail resume "lemfd did not start"; exit 1; }
	lib_conf
	sed -i "s/^  state_dir.*/&\n  resume_within: ${WITHIN:-5m}/" "$W/mdfd.yaml"
	if [ "${1:-}" = live ]; then
		echo '  - {name: core, interface: tapr, network_functions: {smf: smf-1, upf: upf-1, amf: amf-1}}' >>"$W/mdfd.yaml"
	else
		lib_tap core fifo
	fi
	echo destinations: >"$W/warrants.yaml"
	lib_dest 1 lemf.example 'reconnect: 100ms'
	echo warrants: >>"$W/warrants.yaml"
	: >"$W/warrants"
	for k in ${2:-1}; do lib_warrant "$k" "supiimsi: \"00101$(printf %010u "$k")\"" 1; done
	cat "$W/warrants" >>"$W/warrants.yaml"
}
end() {
	[ -z "$FEED" ] || kill $FEED 2>/dev/null
	kill -TERM $MDFD 2>/dev/null
	wait $MDFD
	check "$1.stop" 0 $?
	gone $MDFD
	lib_end
	check "$1.twice" 0 "$(cat "$W"/lemf.example/NL-*/events.jsonl | grep -cE '"event":"(conflict|repeat|duplicate|gap)"')"
	"$B/mdfctl" audit verify --key "$W/state/audit.pub" "$W/state/audit.log" >/dev/null 2>&1
	check "$1.audit" 0 $?
}

# -- one session in three parts: set-up and content, content, release
mkfifo "$W/fifo"
# shellcheck disable=SC2086
"$B/ligen" --out "$W/core" --seed 3 $PLAIN --subscribers 1 --sessions 1 --packets 60 2>/dev/null
frames() { tshark -r "$W/core" -Y "$1" -T fields -e frame.number 2>/dev/null; }
set_up=$(frames 'pfcp.msg_type == 53' | head -n 1)
release=$(frames 'pfcp.msg_type == 54' | head -n 1)
half=$(((set_up + release) / 2))
cut_out() { editcap -r -F pcap "$W/core" "$W/$1" "$2"; }
cut_out first "1-$half"
cut_out second "$((half + 1))-$((release - 1))"
cut_out third "$release-9999"
head -c 24 "$W/first" >"$W/none"
packets() { tshark -r "$W/$1" -Y 'gtp.message == 0xff' 2>/dev/null | wc -l; }
A=$(packets first) C=$(packets second)
ue=$(tshark -r "$W/core" -Y 'pfcp.msg_type == 50' -T fields -e pfcp.ue_ip_addr_ipv4 2>/dev/null | tr ',' '\n' | head -n 1)
hex() { echo "$1" | awk -F. '{ printf "\\x%02x\\x%02x\\x%02x\\x%02x", $1, $2, $3, $4 }'; }
other=100.99.98.97
LC_ALL=C sed "s/$(hex "$ue")/$(hex $other)/g" "$W/second" >"$W/strange"
LC_ALL=C sed "s/$(hex "$ue")/$(hex $other)/g; s/\x00\x01\x01\x00\x00\x00\x00\xf1/\x00\x01\x01\x00\x00\x00\x00\xf9/g; s/\x00\x00\x00\x00\x10/\x00\x00\x00\x00\x90/g" "$W/core" >"$W/stranger"

begin
up first
check resume.before "$A" "$(until_is "$A" content)"
crash
up strange		# his packets in the tunnel of ours
until_is "$C" tap dropped.withheld >/dev/null
check resume.withheld "$C $A" "$(tap dropped.withheld) $(content)"
crash
up second
check resume.content "$((A + C))" "$(until_is $((A + C)) content)"
check resume.unconfirmed "1 0" "$(counter mdfd_core_sessions_restored_total) $(counter mdfd_core_sessions_confirmed_total)"
crash
up third
check resume.end 1 "$(until_is 1 records END LI-1)"
check resume.begin "1 1" "$(records BEGIN LI-1) $(cins LI-1)"
check resume.audited "1 3 1" "$(audit interception-begin) $(audit interception-resumed) $(audit interception-end)"
until_is 0 sqlite3 "$W/state/mdfd.db" 'SELECT count(*) FROM kept WHERE kind = 1' >/dev/null
check resume.rows 0 "$(sqlite3 "$W/state/mdfd.db" 'SELECT count(*) FROM kept WHERE kind = 1')"
end resume.one

# -- meanwhile the tunnel was given to a stranger, and we hear of it
begin
up first
until_is "$A" content >/dev/null
crash
up stranger
check resume.taken 1 "$(until_is 1 records END LI-1)"
check resume.stranger "$A 1" "$(content) $(cins LI-1)"
# a clean stop and a start in between are no end either; nor is one of a session that is over
end resume.taken
sessions() { sqlite3 "$W/state/mdfd.db" 'SELECT count(*) FROM kept WHERE kind = 1'; }

begin
up first
until_is "$A" content >/dev/null
kill -TERM $MDFD
wait $MDFD
gone $MDFD
kill $FEED
check resume.kept 1 "$(sessions)"
up second
check resume.clean "$((A + C)) 1" "$(until_is $((A + C)) content) $(cins LI-1)"
check resume.quiet 0 "$(audit numbers-not-issued)"
# its warrant ends while nobody looks
crash
sed -i 's/liid: LI-1,/liid: LI-7,/' "$W/warrants.yaml"
up third
until_is 1 audit interception-lost >/dev/null
check resume.ended "1 0" "$(audit interception-lost) $(sessions)"
sleep 0.3
check resume.nobody "0 0" "$(records END LI-1) $(content LI-7)"
end resume.clean

# -- too old; and with start_empty
WITHIN=1s begin
up first
until_is "$A" content >/dev/null
crash
sleep 1.2
up second
sleep 0.3
check resume.old "$A 1 0" "$(content) $(audit interception-lost) $(sessions)"
end resume.old

for how in off empty; do
	begin
	[ $how = empty ] || sed -i 's/resume_within: .*/resume_within: 0s/' "$W/mdfd.yaml"
	up first
	until_is "$A" content >/dev/null
	sleep 1.2		# what waits for a second would be there
	check resume.$how.rows "$([ $how = empty ] && echo 1 || echo 0)" "$(sessions)"
	crash
	[ $how = off ] || sed -i 's/^  state_dir.*/&\n  start_empty: yes/' "$W/mdfd.yaml"
	up second
	sleep 0.3
	check resume.$how "$A $([ $how = empty ] && echo 1 || echo 0) 0" "$(content) $(audit interception-lost) $(sessions)"
	end resume.$how
done

# -- of two sessions one has a damaged row
# shellcheck disable=SC2086
"$B/ligen" --out "$W/core" --seed 3 $PLAIN --subscribers 2 --sessions 1 --packets 60 --release 0 2>/dev/null
begin fifo '1 2'
up core
all() { echo $(($(content LI-1) + $(content LI-2))); }
n=$(tshark -r "$W/core" -Y 'gtp.message == 0xff' 2>/dev/null | wc -l)
until_is "$n" all >/dev/null
crash
sqlite3 "$W/state/mdfd.db" "UPDATE kept SET body = substr(body, 1, length(body) - 1) || x'00' WHERE id = (SELECT max(id) FROM kept WHERE kind = 1)"
up none
check resume.damaged "1 1 1" "$(audit resume-damaged) $(audit interception-resumed) $(sessions)"
end resume.damaged

# -- live, while packets come
[ -n "$LIVE" ] || { skip resume.live "no veth pair in a network namespace"; exit 0; }
begin live
up
# shellcheck disable=SC2086
"$B/ligen" --interface tapl --rate 100 --seed 6 $PLAIN --subscribers 1 --sessions 1 --packets 800 2>"$W/ligen.log" &
GEN=$!
i=0
while [ "$(content)" -lt 30 ] && [ $i -lt 100 ]; do sleep 0.1; i=$((i + 1)); done
kill -KILL $MDFD
gone $MDFD
before=$(content)
up
wait $GEN
check resume.live_end 1 "$(until_is 1 records END LI-1)"
check resume.live_cin "1 1" "$(records BEGIN LI-1) $(cins LI-1)"
if [ "$(content)" -gt $((before + 30)) ]; then ok resume.live_content; else fail resume.live_content "$before before, $(content) after"; fi
FEED=
end resume.live

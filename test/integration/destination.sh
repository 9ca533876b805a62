#!/bin/sh
# Destinations that cannot be opened are refused with their line, and never count as delivered to; one whose profile changes
# under way gets the rest the new way, behind a start of interception; which taps see a target is what they have seen.
. test/lib.sh
command -v jq >/dev/null || { skip destination "no jq"; exit 0; }
lib_begin destination
lib_certs mdf.example a.example || { fail destination "no certificates"; exit 1; }
CTL="$B/mdfctl -s $W/control"
T='supiimsi: "001010000000001"'
"$B/ligen" --plain --dual 0 --only6 0 --subscribers 3 --sessions 2 --packets 40 --seed 4 --out "$W/core.pcap" --expect "$W/expect.json" 2>/dev/null
cc=$(jq -r '.subscribers["001010000000001"] | .from + .to' "$W/expect.json")
conf() { # tap file, destination's more keys
	lib_conf
	lib_tap n2n3n4 "$1"
	echo destinations: >"$W/warrants.yaml"
	lib_dest 1 a.example "$2"
	: >"$W/warrants"
	lib_warrant 1 "$T" 1
	echo warrants: >>"$W/warrants.yaml"
	cat "$W/warrants" >>"$W/warrants.yaml"
}
up() {
	"$B/mdfd" -c "$W/mdfd.yaml" 2>"$W/mdfd.log" </dev/null &
	MDFD=$!
	PIDS="$PIDS $MDFD"
	exec 9>"$W/fifo"
	head -c 24 "$W/core.pcap" >&9	# the capture's own head: then the taps are open
	i=0
	while ! $CTL status >/dev/null 2>&1 && [ $i -lt 100 ]; do sleep 0.05; i=$((i + 1)); done
}
wait_for() { # number, command…: its output
	n=$1 i=0
	shift
	while [ "$("$@" 2>/dev/null)" != "$n" ] && [ $i -lt 100 ]; do sleep 0.05; i=$((i + 1)); done
}
lib_lemf a.example || { fail destination "lemfd did not start"; exit 1; }

# -- no file of that name
conf core.pcap 'tls: {crl: none.crl}'
"$B/mdfd" -c "$W/mdfd.yaml" --check 2>"$W/check.log" >/dev/null
check destination.check 1 $?
grep -q 'warrants.yaml:2: destinations\[0\].tls: crl .*none.crl' "$W/check.log" && ok destination.check_line || fail destination.check_line "$(head -n 2 "$W/check.log")"
"$B/mdfd" -c "$W/mdfd.yaml" --drain 2>"$W/mdfd.log" </dev/null
check destination.refused 1 $?
grep -q 'warrants.yaml:2: destinations\[0\].tls: crl .*none.crl' "$W/mdfd.log" && ok destination.line || fail destination.line "$(head -n 2 "$W/mdfd.log")"

# -- another profile under way: the first half one way, the second the other; every packet once
mkfifo "$W/fifo"
conf fifo
up
half=$(($(wc -c <"$W/core.pcap") / 2))
head -c $half "$W/core.pcap" | tail -c +25 >&9
frames() { $CTL --json tap list | jq '.taps[0].parsed.gpdu > 0'; }
wait_for true frames
sleep 0.3
check destination.seen '["n2n3n4"]' "$($CTL --json warrant show LI-1 | jq -c '.warrant.seen_by[0].taps')"
conf fifo 'cc_form: uPFCCPDU'
$CTL reload >/dev/null
check destination.reload 0 $?
tail -c +$((half + 1)) "$W/core.pcap" >&9
exec 9>&-
ended() { $CTL --json tap list | jq -r '.taps[0].state'; }
wait_for ended ended
check destination.seen_no_more '[]' "$($CTL --json warrant show LI-1 | jq -c '.warrant.seen_by[0].taps')"
kill $MDFD
wait $MDFD
check destination.stopped 0 $?
PIDS=$LEMF_PID
json() { "$B/lidump" --json "$W/a.example/NL-OP01-LI-1/$1.ber"; }
some() { [ "$1" -gt 0 ] && echo some || echo none; }
check destination.before some "$(some "$(json hi3 | grep -c '"extendedUPFCCPDU"')")"
check destination.after some "$(some "$(json hi3 | grep -c '"uPFCCPDU"')")"
check destination.all $cc "$(json hi3 | wc -l)"
check destination.whole 0 "$(grep -cE '"event": ?"(gap|duplicate)' "$W/a.example/NL-OP01-LI-1/events.jsonl")"

# -- mdfctl's own destination, whose CA is gone at the next start: nothing is delivered, and nobody is told otherwise
rm -rf "$W/state"
cp "$W/ca.crt" "$W/own.crt"
conf fifo "tls: {ca: own.crt}"
cp "$W/warrants.yaml" "$W/mine.yaml"
conf fifo
printf 'warrants: []\n' >"$W/warrants.yaml"
up
$CTL warrant add "$W/mine.yaml" >/dev/null
check destination.added 0 $?
kill $MDFD
exec 9>&-
wait $MDFD
PIDS=$LEMF_PID
rm "$W/own.crt"
conf core.pcap
printf 'warrants: []\n' >"$W/warrants.yaml"
"$B/mdfd" -c "$W/mdfd.yaml" --drain 2>"$W/mdfd.log" </dev/null
check destination.undelivered 3 $?

# -- the audit log on a disk that is full after a few entries: nothing is begun that it does not hold
if [ "$(id -u)" = 0 ] && mkdir "$W/small" && unshare -m true 2>/dev/null; then
	rm -rf "$W/state"
	"$B/ligen" --plain --dual 0 --only6 0 --subscribers 10 --sessions 3 --packets 40 --seed 5 --out "$W/more.pcap" 2>/dev/null
	conf more.pcap
	sed -i 's,LI-1,LI-FULL,; s,supiimsi: "001010000000001",ipv4Cidr: "100.64.0.0/10",' "$W/warrants.yaml"
	sed -i 's,file: audit.log,file: ../small/audit.log,' "$W/mdfd.yaml"
	unshare -m sh -c 'mount -t tmpfs -o size=8k tmpfs "$1/small" && head -c 4096 /dev/zero >"$1/small/fill" || exit 9
		# 4 kB are left: start, configuration, the documents, connections, a few begins
		"$2/mdfd" -c "$1/mdfd.yaml" --drain 2>"$1/mdfd.log" </dev/null; echo $? >"$1/status"
		grep -c interception-begin "$1/small/audit.log" >"$1/begun"' sh "$W" "$B"
	begun=$(cat "$W/begun")
	cins=$("$B/lidump" --json "$W/a.example/NL-OP01-LI-FULL/hi3.ber" 2>/dev/null | jq .pSHeader.communicationIdentifier.communicationIdentityNumber | sort -u | wc -l)
	check destination.full 3 "$(cat "$W/status")"
	check destination.full.some some "$(some "$begun")"
	check destination.full.begun "$begun" "$cins"
	# and what is wrong can be seen: figures are answered, who is meant is not
	rm -rf "$W/state"
	unshare -m sh -c 'mount -t tmpfs -o size=8k tmpfs "$1/small" && head -c 4096 /dev/zero >"$1/small/fill" || exit 9
		"$2/mdfd" -c "$1/mdfd.yaml" 2>"$1/mdfd.log" </dev/null & pid=$!
		i=0; while ! grep -q "entry could not be written" "$1/mdfd.log" && [ $i -lt 100 ]; do sleep 0.1; i=$((i + 1)); "$2/mdfctl" -s "$1/control" queue list >/dev/null 2>&1; done
		i=0; while ! "$2/mdfctl" -s "$1/control" status | grep -q "^ALARM disk" && [ $i -lt 100 ]; do sleep 0.1; i=$((i + 1)); done
		echo $i >"$1/alarmed"
		"$2/mdfctl" -s "$1/control" warrant list >"$1/listed" 2>&1; kill $pid; wait $pid' sh "$W" "$B"
	check destination.full.status 1 "$([ "$(cat "$W/alarmed")" -lt 100 ] && echo 1)"
	check destination.full.secret 'mdfctl: the audit log cannot be written' "$(cat "$W/listed")"
else
	skip destination.full "no mount namespaces"
fi

#!/bin/sh
# A live tap whose interface goes away goes on when it is back, without a restart and in its sandbox, and says so meanwhile: down and
# up (ip link set), then deleted and made anew, several times. In a network namespace of the test's own.
. test/lib.sh
lib_live_only tap_reopen "${1:-}"
lib_begin tap_reopen
CTL="$B/mdfctl -s $W/control --json"
lib_certs mdf.example || { fail tap_reopen "no certificates"; exit 1; }
lib_conf
case $MODE in asan|tsan|cov) ;; *) sed -i "s/^mdf:$/mdf:\n  sandbox: required/" "$W/mdfd.yaml" ;; esac	# no right to open it anew
echo '  - {name: core, interface: tapr}' >>"$W/mdfd.yaml"
echo 'destinations: []' >"$W/warrants.yaml"
"$B/mdfd" -c "$W/mdfd.yaml" 2>"$W/mdfd.log" </dev/null &
mdfd=$!
PIDS=$mdfd
until_() { # NAME WANT COMMAND: within ten seconds
	i=0
	while got=$(eval "$3" 2>/dev/null); [ "$got" != "$2" ] && [ $i -lt 100 ]; do sleep 0.1; i=$((i + 1)); done
	check "tap_reopen.$1" "$2" "$got"
}
state='$CTL tap list | jq -r ".taps[0].state"'
frames='$CTL tap list | jq ".taps[0].packets"'
alarms='$CTL status | jq "[.alarms[] | select(.alarm == \"tap_down\" and .object == \"core\")] | length"'
send() {
	"$B/ligen" --interface tapl --rate 20000 --subscribers 10 --sessions 1 --packets 10 --plain 2>"$W/ligen.log" ||
		fail tap_reopen.sent "$(tail -n 1 "$W/ligen.log")"
	sent=$((sent + $(sed -n 's/^ligen: \([0-9]*\) frames.*/\1/p' "$W/ligen.log")))
}
sent=0
until_ start running "$state"
send
until_ first $sent "$frames"
promiscuous='ip -d -o link show tapr | sed -n "s/.* promiscuity \([0-9]*\).*/\1/p"'
until_ promiscuous 1 "$promiscuous"

ip link set tapr down
until_ down down "$state"
until_ down_alarm 1 "$alarms"
ip link set tapr up
until_ up running "$state"
until_ up_alarm 0 "$alarms"
send
until_ second $sent "$frames"	# its counts go on

ip link del tapl
until_ gone down "$state"
until_ gone_alarm 1 "$alarms"
sleep 2.5		# some attempts that fail
check tap_reopen.lives running "$($CTL status | jq -r .status.state)"
lib_veth tapl tapr
until_ back running "$state"
until_ back_alarm 0 "$alarms"
send
until_ third $sent "$frames"
check tap_reopen.dropped '0 0' "$($CTL tap list | jq -r '.taps[0].dropped | "\(.kernel) \(.interface)"')"
check tap_reopen.told '1 1' "$(grep -c 'nothing is captured until it is back' "$W/mdfd.log") $(grep -c 'tap core: its interface is back' "$W/mdfd.log")"
check tap_reopen.counted 1 "$($CTL status | jq '.taps[0].reopened')"
until_ promiscuous_again 1 "$promiscuous"

# again, and with something else of that name between: that is not read for what it is not
ip link del tapl
until_ gone_twice down "$state"
case $MODE in
asan|tsan|cov) ;;	# without a sandbox it is opened anew, whatever it is
*)
	if ip tuntap add tapr mode tun 2>/dev/null && ip link set tapr up; then
		sleep 2.5
		check tap_reopen.other_kind 'running down' "$($CTL status | jq -r .status.state) $(eval "$state")"
		ip link del tapr
	fi ;;
esac
for again in 1 2 3; do
	lib_veth tapl tapr
	until_ back.$again running "$state"
	send
	until_ frames.$again $sent "$frames"
	[ $again = 3 ] || ip link del tapl
	[ $again = 3 ] || until_ gone.$again down "$state"
done
check tap_reopen.counted_all "4 0 0" "$($CTL status | jq -r '.taps[0] | "\(.reopened) \(.dropped.kernel) \(.dropped.interface)"')"

# a stop while it is gone is a stop
ip link del tapl
until_ gone_again down "$state"
kill -TERM $mdfd
i=0
while kill -0 $mdfd 2>/dev/null && [ $i -lt 30 ]; do sleep 0.1; i=$((i + 1)); done
wait $mdfd
check tap_reopen.status 0 $?
check tap_reopen.stops yes "$([ $i -lt 30 ] && echo yes)"
PIDS=

#!/bin/sh
# What mdfd and lemfd have given up when they run: rights, new privileges, system calls, in every thread; what they still do
# then; the user that mdfd becomes; and what the service manager hears of it (sd_notify, watchdog).
. test/lib.sh
if [ "${1:-}" != inside ]; then
	unshare -n true 2>/dev/null || { skip sandbox "no network namespaces"; exit 0; }
	exec unshare -n sh "$0" inside
fi
ip link set lo up
lib_begin sandbox
lib_certs mdf.example lemf.example || { fail sandbox.certs "no certificates"; exit 1; }
CTL="$B/mdfctl -s $W/control"

until_ok() { # command…: waits up to 10 s for it
	i=0
	while ! "$@" >/dev/null 2>&1 && [ $i -lt 200 ]; do sleep 0.05; i=$((i + 1)); done
	[ $i -lt 200 ]
}
conf() { # tap, more lines of mdf: W/mdfd.yaml
	DRAIN=1s lib_conf
	if [ -n "${2:-}" ]; then sed -i "s/^  element_id:.*/&\n  $2/" "$W/mdfd.yaml"; fi
	printf '  - {name: wire, %s, network_function: nf-1}\n' "$1" >>"$W/mdfd.yaml"
}
warrants() { # host, more of the destination
	printf 'destinations:\n  - {did: %s, name: a, address: "%s:%s", peer_name: lemf.example, reconnect: 100ms%s}\nwarrants:\n' \
		"$(lib_uuid 1)" "$1" "$PORT" "${2:+, $2}" >"$W/warrants.yaml"
	: >"$W/warrants"
	lib_warrant 1 'supiimsi: "001010000000001"' 1
	cat "$W/warrants" >>"$W/warrants.yaml"
}
up() { # name
	"$B/mdfd" -c "$W/mdfd.yaml" 2>"$W/$1.log" </dev/null &
	MDFD=$!
	PIDS="$PIDS $MDFD"
	until_ok $CTL status || fail "sandbox.$1" "$(tail -n 2 "$W/$1.log")"
}
down() { # name
	kill "$MDFD"
	wait "$MDFD"
	check "sandbox.$1" 0 $?
	PIDS=$(echo "$PIDS" | sed "s/ $MDFD//")
}
connected() { [ "$($CTL --json queue list | grep -o '"connection":"up"' | grep -c .)" -eq 2 ]; }
# of every thread: rights, new privileges, filter
given_up() {
	sed -n 's/^\(CapPrm\|CapEff\|CapInh\|CapBnd\|CapAmb\|NoNewPrivs\|Seccomp\):\t0*\(.*\)/\1 \2/p' /proc/"$1"/task/*/status |
		sort -u | tr '\n' ' '
}
NOTHING='CapAmb  CapBnd  CapEff  CapInh  CapPrm  NoNewPrivs 1 Seccomp 2 '

lib_lemf lemf.example || { fail sandbox.lemf "lemfd did not start"; exit 1; }
warrants localhost
conf 'interface: lo' 'sandbox: required'
case $MODE in asan|tsan|cov)
	"$B/mdfd" -c "$W/mdfd.yaml" 2>"$W/off.log" </dev/null
	check sandbox.not_built 1 $?
	check sandbox.not_built.told 1 "$(grep -c 'sandbox: required, and not to be had: everything' "$W/off.log")"
	conf 'interface: lo'
	up off
	check sandbox.not_built.status 1 "$($CTL status | grep -c 'without everything')"
	down off.stopped
	skip sandbox.rest "a build of MODE=$MODE has no sandbox"
	exit 0 ;;
esac

# -- in force, in every thread; and everything goes on: a name is resolved, a live tap counts, files are read again --
up on
check sandbox.on '"sandbox":"on"' "$($CTL --json status | grep -o '"sandbox":"[^"]*"')"
until_ok connected
check sandbox.name_resolved 0 $?
check sandbox.mdfd "$NOTHING" "$(given_up "$MDFD")"
if [ "$(find /proc/"$MDFD"/task -mindepth 1 -maxdepth 1 | grep -c .)" -ge 4 ]; then ok sandbox.threads; else fail sandbox.threads "few threads"; fi
check sandbox.lemfd "$NOTHING" "$(given_up "$LEMF_PID")"
check sandbox.dumpable 1 "$([ -O /proc/"$MDFD"/mem ] && ! setpriv --reuid 65534 --clear-groups cat "/proc/$MDFD/environ" >/dev/null 2>&1 && echo 1)"
frames() { $CTL --json tap list | grep -o '"packets":[0-9]*' | cut -d: -f2; }
before=$(frames)
perl -MIO::Socket::INET -e 'IO::Socket::INET->new(Proto => "udp", PeerAddr => "127.0.0.1:2152")->send("0" x 64)'
until_ok sh -c "[ \$($CTL --json tap list | grep -o '\"packets\":[0-9]*' | cut -d: -f2) -gt ${before:-0} ]"
check sandbox.live_tap 0 $?
# new certificates take their place by rename; in a folder that was not named they cannot be read, and that is told
cp "$W/mdf.example.crt" "$W/new.crt" && mv "$W/new.crt" "$W/mdf.example.crt"
kill -HUP "$MDFD"
until_ok grep -q 'reload: done' "$W/on.log"
check sandbox.reload 0 $?
E=$(mktemp -d)	# beside the folders that are named
cp "$W/ca.crt" "$E"
warrants localhost "tls: {ca: $E/ca.crt}"
$CTL reload >"$W/refused" 2>&1
check sandbox.elsewhere 1 "$(cat "$W/refused" | grep -c 'ca.crt: Permission denied')"
warrants 'a.name.that.is.not.there.invalid'
check sandbox.no_such_name 0 "$($CTL reload >/dev/null; echo $?)"
sleep 0.3
check sandbox.alive 0 "$($CTL status >/dev/null; echo $?)"
printf 'destinations:\n  - {did: %s, name: b, address: "127.0.0.1:9", peer_name: b.example}\n' "$(lib_uuid 2)" >"$W/two.yaml"
check sandbox.destination 0 "$($CTL destination add "$W/two.yaml" >/dev/null; echo $?)"
down on.stopped
check sandbox.socket_removed 0 "$(find "$W" -name control | grep -c .)"
check sandbox.verify 0 "$("$B/mdfctl" audit verify "$W/state/audit.log" >/dev/null 2>&1; echo $?)"

# -- after a restart the elsewhere of the configuration is named, and that of a destination which mdfctl added --
warrants localhost "tls: {ca: $E/ca.crt}"
T=$(mktemp -d)
cp "$W/ca.crt" "$T"
conf 'interface: lo' 'sandbox: off'
up without
check sandbox.off.told 1 "$(grep -c 'sandbox: off by the configuration' "$W/without.log")"
check sandbox.off 'Seccomp:	0' "$(grep '^Seccomp:' "/proc/$MDFD/status")"
printf 'destinations:\n  - {did: %s, name: b, address: "127.0.0.1:9", peer_name: b.example, tls: {ca: %s/ca.crt}}\n' "$(lib_uuid 2)" "$T" >"$W/two.yaml"
check sandbox.off.destination 0 "$($CTL destination add "$W/two.yaml" >/dev/null; echo $?)"
down without.stopped
conf 'interface: lo' 'sandbox: required'
up again
until_ok connected
check sandbox.again 0 $?
check sandbox.again.destination 0 "$($CTL destination show "$(lib_uuid 2)" >/dev/null; echo $?)"
check sandbox.again.readable 0 "$(grep -c 'Permission denied' "$W/again.log")"
check sandbox.again.reload 0 "$($CTL reload >/dev/null; echo $?)"
down again.stopped
rm -rf "$T"

# -- as another user: from its first file on; packet sockets and the control socket's group still come --
rm -rf "$W/state"
U=nobody
id $U >/dev/null 2>&1 || U=
P=$(mktemp -d)	# a folder that every user may reach: the tree may lie where root alone may go
if [ -n "$U" ] && chmod 755 "$P" && setpriv --reuid $U --clear-groups test -x "$P"; then
	sed "s,state_dir: state,state_dir: $P/state,; s,control_socket: control,control_socket: $P/run/control," "$W/mdfd.yaml" >"$P/mdfd.yaml"
	sed -i "s/^  element_id:.*/&\n  user: $U\n  control_group: daemon/" "$P/mdfd.yaml"
	cp "$W"/mdf.example.* "$W/ca.crt" "$P"
	sed "s,$E/,," "$W/warrants.yaml" >"$P/warrants.yaml"
	mkdir "$P/run"
	chown $U "$P/run" "$P"/*
	"$B/mdfd" -c "$P/mdfd.yaml" 2>"$W/user.log" </dev/null &
	MDFD=$!
	PIDS="$PIDS $MDFD"
	CTL="$B/mdfctl -s $P/run/control"
	until_ok connected
	check sandbox.user 0 $?
	check sandbox.user.is "$(id -u $U)" "$(awk '/^Uid:/ { print $2 }' "/proc/$MDFD/status")"
	check sandbox.user.rights "$NOTHING" "$(given_up "$MDFD")"
	check sandbox.user.files "$U" "$(find "$P/state" -mindepth 0 -printf '%u\n' | sort -u)"
	check sandbox.user.socket "$U daemon 660" "$(stat -c '%U %G %a' "$P/run/control")"
	kill -HUP "$MDFD"
	until_ok grep -q 'reload: done' "$W/user.log"
	check sandbox.user.reload 0 $?
	down user.stopped
	sed -i "s/user: $U/user: no-such-user/" "$P/mdfd.yaml"
	"$B/mdfd" -c "$P/mdfd.yaml" 2>"$W/user.log" </dev/null
	check sandbox.no_user "1 1" "$? $(grep -c 'mdf.user: there is no user no-such-user' "$W/user.log")"
else
	skip sandbox.user "not root, or no user nobody"
fi
rm -rf "$P" "$E"
CTL="$B/mdfctl -s $W/control"

# -- the service manager: ready, alive while the control loop turns and not while it stands, stopping --
warrants localhost
conf 'interface: lo' 'sandbox: required'
rm -rf "$W/state"
N=$(mktemp -d)
perl test/integration/notify.pl "$N/s" "$W/notify" &
NOTIFY=$!
until_ok grep -q here "$W/notify"
export NOTIFY_SOCKET="$N/s" WATCHDOG_USEC=400000
up notify
heard() { grep -c " $1\$" "$W/notify"; }
until_ok sh -c "[ \$(grep -c WATCHDOG=1 '$W/notify') -ge 5 ]"
check sandbox.watchdog 0 $?
check sandbox.ready 'READY=1' "$(sed -n '2s/^[0-9]* //p' "$W/notify")"
check sandbox.watchdog.half 1 "$(awk '/WATCHDOG=1/ { if (n++ && $1 - t > 390) bad = 1; t = $1 } END { print !bad }' "$W/notify")"
until_ok grep -q ' STATUS=well$' "$W/notify"
check sandbox.state 0 $?
kill -HUP "$MDFD"
until_ok sh -c "[ \$(grep -c ' READY=1\$' '$W/notify') -eq 2 ]"
check sandbox.reloading '1 1' "$(heard RELOADING=1) $(grep -A 3 ' RELOADING=1$' "$W/notify" | grep -c ' READY=1$')"
# the control loop alone is stopped (a debugger's stop of that thread); the others go on
if [ "$(uname -m)" = x86_64 ]; then
	until_ok connected
	timeout 20 perl -e '
		use strict; use warnings;
		my ($pid, $file) = ($ARGV[0] + 0, $ARGV[1]);
		sub n { open(my $f, "<", $file) or die; my $n = grep { /WATCHDOG=1/ } <$f>; return $n }
		if (syscall(101, 16, $pid, 0, 0)) { print "no\n"; exit }
		waitpid($pid, 0x40000000);
		my $n = n();
		select(undef, undef, undef, 1);
		print "during ", n() - $n, "\n";
		syscall(101, 17, $pid, 0, 0);
		select(undef, undef, undef, 1);
		print n() - $n >= 2 ? "after\n" : "never again\n";
	' "$MDFD" "$W/notify" >"$W/stalled" 2>&1
fi
case $(cat "$W/stalled" 2>/dev/null) in
no|'') skip sandbox.watchdog.stall "no debugger may stop a thread here" ;;
*) check sandbox.watchdog.stall 'during 0 after' "$(tr '\n' ' ' <"$W/stalled" | sed 's/ $//')" ;;
esac
down notify.stopped
check sandbox.stopping 1 "$(heard STOPPING=1)"
# a file tap's loop may wait as long as it must
mkfifo "$W/fifo"
exec 9<>"$W/fifo"
printf '\324\303\262\241\002\000\004\000\000\000\000\000\000\000\000\000\377\377\000\000\001\000\000\000' >&9
conf 'file: fifo'
up stream
check sandbox.watchdog.file 1 "$(heard WATCHDOG_USEC=0)"
down stream.stopped
kill $NOTIFY
rm -rf "$N"

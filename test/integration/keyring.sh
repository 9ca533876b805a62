#!/bin/sh
# The keys of the store and of the spool in a keyring of the kernel's: what --check says, a start, a reload in the sandbox, and that
# no file has them.
. test/lib.sh
if [ "${1:-}" != inside ]; then
	command -v keyctl >/dev/null || { skip keyring "no keyctl"; exit 0; }
	keyctl session - true >/dev/null 2>&1 || { skip keyring "no keyrings here"; exit 0; }
	exec keyctl session - sh "$0" inside 2>/dev/null
fi
lib_begin keyring
lib_certs mdf.example lemf.example || { fail keyring.certs "no certificates"; exit 1; }
CTL="$B/mdfctl -s $W/control"
put() { head -c "$2" /dev/urandom | keyctl padd user "openmdf-test-$1" @s >/dev/null; }
is_up() {
	i=0
	while ! $CTL status >/dev/null 2>&1 && [ $i -lt 200 ]; do sleep 0.05; i=$((i + 1)); done
	[ $i -lt 200 ]
}
run() { # name
	"$B/mdfd" -c "$W/mdfd.yaml" 2>"$W/$1.log" </dev/null &
	MDFD=$!
	PIDS=" $MDFD"
	is_up || fail "keyring.$1" "$(tail -n 2 "$W/$1.log")"
}
down() { # name
	kill "$MDFD"
	wait "$MDFD"
	check "keyring.$1" 0 $?
	PIDS=
}

DRAIN=1s lib_conf
sed -i 's/^taps:/taps: []\nspool: {dir: spool, key: "keyring:openmdf-test-spool"}/; s/^  element_id:.*/&\n  state_key: keyring:openmdf-test-state/' "$W/mdfd.yaml"
printf 'destinations: []\nwarrants: []\n' >"$W/warrants.yaml"

"$B/mdfd" -c "$W/mdfd.yaml" --check >"$W/check" 2>&1
check keyring.absent.check 0 $?
check keyring.absent.told 2 "$(grep -c 'mdfd.yaml: warning: for the user who checks: .*keyring:openmdf-test-s.*: no keyring of this process' "$W/check")"
"$B/mdfd" -c "$W/mdfd.yaml" 2>"$W/absent.log" </dev/null
check keyring.absent.start 1 $?
check keyring.absent.start_told 1 "$(grep -c 'state_key keyring:openmdf-test-state: no keyring' "$W/absent.log")"
put state 31
put spool 32
"$B/mdfd" -c "$W/mdfd.yaml" --check >"$W/check" 2>&1
check keyring.short.check 1 $?
check keyring.short.told 1 "$(grep -c 'mdfd.yaml: mdf.state_key keyring:openmdf-test-state: a key has 32 octets' "$W/check")"
put state 32
"$B/mdfd" -c "$W/mdfd.yaml" --check >"$W/check" 2>&1
check keyring.check 0 $?
check keyring.check.quiet 1 "$(grep -c . "$W/check")"

run first
$CTL reload >"$W/reload" 2>&1	# in the sandbox, where a call for a key would end it
check keyring.reload 0 $?
down first.stopped
run again
down again.stopped
check keyring.no_file 0 "$(find "$W" -mindepth 1 -name '*state*.key' -o -name '*spool*.key' -o -name 'keyring*' | grep -c .)"
put state 32
"$B/mdfd" -c "$W/mdfd.yaml" 2>"$W/other.log" </dev/null
check keyring.other 1 $?
check keyring.other.told 1 "$(grep -c 'is not the key that this state_dir was made with' "$W/other.log")"

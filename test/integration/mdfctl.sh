#!/bin/sh
# mdfctl: wrong use and help, the audit log without a service, then every verb against a running mdfd (its tap is a FIFO
# on which nothing comes), a change of the file, what a restart keeps; and its manual pages.
. test/lib.sh
lib_begin mdfctl
CTL="$B/mdfctl -s $W/control"
says() { # name, part, status, command…: the output has the part, the status is that
	n=$1 part=$2 want=$3
	shift 3
	got=$("$@" 2>&1 </dev/null)
	rc=$?
	case $got in *"$part"*) ;; *) fail "mdfctl.$n" "says $(echo "$got" | head -n 3 | tr '\n' ' ')"; return ;; esac
	check "mdfctl.$n" "$want" $rc
}

# -- without a service --
says usage 'usage: mdfctl' 2 "$B/mdfctl"
says help 'audit verify' 0 "$B/mdfctl" help
says help_verb 'mdfctl warrant add new.yaml' 0 "$B/mdfctl" help warrant add
says no_verb 'no such verb' 2 "$B/mdfctl" warrant eat
says option 'unknown option' 2 "$B/mdfctl" --jason status
says missing 'an argument is missing' 2 "$B/mdfctl" warrant show
says too_many 'too many arguments' 2 "$B/mdfctl" reload now
says version "mdfctl " 0 "$B/mdfctl" version
says version_json '{"ok":true,"version":"' 0 "$B/mdfctl" --json version
says no_service "$W/control: No such file" 1 $CTL status
says no_service_json '{"ok":false,"error":"' 1 $CTL --json status
says no_log 'No such file' 1 "$B/mdfctl" audit verify "$W/none.log"
bare=0
for v in 'status' 'warrant list' 'warrant show' 'warrant add' 'warrant end' 'destination list' 'destination show' 'destination add' \
	'destination remove' 'session list' 'tap list' 'queue list' 'audit verify' 'audit show' 'reload' 'version'; do
	# shellcheck disable=SC2086
	"$B/mdfctl" help $v | grep -q 'mdfctl .*'"$v" || bare=$((bare + 1))
done
check mdfctl.examples 0 $bare

# -- with one --
lib_certs mdf.example || { fail mdfctl.certs "no certificates"; exit 1; }
lib_conf
mkfifo "$W/fifo"
lib_tap wire fifo
dest='destinations:
  - {did: 9a1d8a56-5d2c-4c3e-9d5f-0a4b0c6f1e01, name: agency-a, address: "127.0.0.1:9", peer_name: lemf.example}'
warrant() { # LIID, n, end
	printf '  - {liid: %s, xid: %s, delivery: HI2andHI3, start: 2026-01-01T00:00:00Z, end: %s, targets: [supiimsi: "00101000000000%s"], destinations: [9a1d8a56-5d2c-4c3e-9d5f-0a4b0c6f1e01]}\n' \
		"$1" "$(lib_uuid "$2")" "$3" "$2"
}
file() { printf '%s\nwarrants:\n' "$dest"; warrant LI-FILE 1 "$1"; }
file 2040-01-01T00:00:00Z >"$W/warrants.yaml"
up() {
	# with core dumps allowed as far as they go: mdfd is to switch them off itself
	(ulimit -S -c "$(ulimit -H -c)"; exec "$B/mdfd" -v -c "$W/mdfd.yaml" 2>>"$W/mdfd.log" </dev/null) &
	MDFD=$!
	PIDS=$MDFD
	# a capture file's head (microseconds, Ethernet), then silence
	exec 9>"$W/fifo"
	printf '\324\303\262\241\002\000\004\000\000\000\000\000\000\000\000\000\377\377\000\000\001\000\000\000' >&9
	i=0
	while ! $CTL status >/dev/null 2>&1 && [ $i -lt 100 ]; do sleep 0.05; i=$((i + 1)); done
}
down() {
	kill "$MDFD" 2>/dev/null
	exec 9>&-
	wait "$MDFD" 2>/dev/null
	check "mdfctl.$1" 0 $?
	PIDS=
}
up
says status 'warrants' 0 $CTL status
says list 'LI-FILE' 0 $CTL warrant list
says list_json '{"ok":true,"warrants":[{"liid":"LI-FILE"' 0 $CTL --json warrant list
says json_last '{"ok":true' 0 $CTL status --json
says show 'supiimsi 001010000000001' 0 $CTL warrant show LI-FILE
says taps 'wire' 0 $CTL tap list
says queues 'agency-a' 0 $CTL queue list
says sessions 'none' 0 $CTL session list
says not_owner 'only its owner changes it' 1 $CTL warrant end LI-FILE
printf 'warrants:\n' >"$W/new.yaml"
warrant LI-CTL 2 never >>"$W/new.yaml"
printf 'warrants:\n' >"$W/bad.yaml"
warrant 'A B' 3 2020-01-01T00:00:00Z >>"$W/bad.yaml"
says add 'added' 0 $CTL warrant add "$W/new.yaml"
says add_bad "$(realpath "$W")/bad.yaml:2: warrants[0].liid: printable" 1 $CTL warrant add "$W/bad.yaml"
says add_none 'No such file' 1 $CTL warrant add "$W/none.yaml"
says add_stdin '"changed":0' 0 sh -c "$B/mdfctl -s $W/control --json warrant add - <$W/new.yaml"
says added 'LI-CTL' 0 $CTL warrant list
says dest 'lemf.example' 0 $CTL destination show 9a1d8a56-5d2c-4c3e-9d5f-0a4b0c6f1e01
# what is shown is what can be written: a copy of it under another name
$CTL --json destination show 9a1d8a56-5d2c-4c3e-9d5f-0a4b0c6f1e01 | jq '{destinations: [.destinations[0] | del(.owner, .warrants) | .did = "9a1d8a56-5d2c-4c3e-9d5f-0a4b0c6f1e02" | .name = "agency-b" | .rate = "10Mbit/s" | .timers.TIME1 = "5s"]}' \
	>"$W/copy.yaml"
says dest_copy '"destinations_added":1' 0 $CTL --json destination add "$W/copy.yaml"
check mdfctl.dest_same "$(jq -c '.destinations[0]' "$W/copy.yaml")" "$($CTL --json destination show 9a1d8a56-5d2c-4c3e-9d5f-0a4b0c6f1e02 | jq -c '.destinations[0] | del(.owner, .warrants)')"
check mdfctl.dest_audit '{"rate":"10Mbit/s","ts33128_release":"r19v3","timers":{"TIME1":"5s"}}' \
	"$(jq -r 'select(.event == "destination-add" and .fields.name == "agency-b").fields.options' "$W/state/audit.log")"
says dest_used 'only its owner' 1 $CTL destination remove 9a1d8a56-5d2c-4c3e-9d5f-0a4b0c6f1e01
# the file changes: what mdfctl made stays; a bad file changes nothing
file 2041-01-01T00:00:00Z >"$W/warrants.yaml"
says reload '' 0 $CTL reload
says reloaded '2041-01-01' 0 $CTL warrant show LI-FILE
echo 'warrants: [' >"$W/warrants.yaml"
says reload_bad 'not YAML' 1 $CTL reload
says kept '2041-01-01' 0 $CTL warrant show LI-FILE
says audit_show 'warrant-add' 0 $CTL audit show 100
# who gets it is part of what was ordered
if grep '"event":"warrant-add"' "$W/state/audit.log" | grep -q '"destinations":"9a1d8a56-5d2c-4c3e-9d5f-0a4b0c6f1e01"' &&
	grep '"event":"destination-add"' "$W/state/audit.log" | grep -q '"address":"127.0.0.1:9","peer_name":"lemf.example"'; then
	ok mdfctl.audit_act
else
	fail mdfctl.audit_act 'no destinations, or no address'
fi
says audit_live 'good' 0 "$B/mdfctl" audit verify "$W/state/audit.log"
# what was typed in the wrong place is not kept: a number that is no LIID
$CTL warrant show 001010000000009 >/dev/null 2>&1
if grep -q 001010000000009 "$W/state/audit.log"; then fail mdfctl.mistyped 'stands in the audit log'; else ok mdfctl.mistyped; fi
if grep -rqaE '0010100000000|LI-FILE|LI-CTL|agency-a' "$W/state"/mdfd.db*; then fail mdfctl.sealed 'plain in the store'; else ok mdfctl.sealed; fi
# LI128-216
check mdfctl.core '0 0' "$(awk '/^Max core file size/ { print $5, $6 }' "/proc/$MDFD/limits")"
# the log, -v and all: neither who is meant, nor which warrant, nor which agency; destinations go by their DID
if grep -qE '0010100000000|LI-FILE|LI-CTL|agency-a|lemf.example' "$W/mdfd.log"; then fail mdfctl.log 'a secret in the log'; else ok mdfctl.log; fi
if grep -q '9a1d8a56' "$W/mdfd.log"; then ok mdfctl.log_did; else fail mdfctl.log_did 'no destination in the log'; fi
down stopped
cp "$W/state/mdfd.db" "$W/early.db"

# -- again: mdfctl's warrant is still there, and then ends --
file 2041-01-01T00:00:00Z >"$W/warrants.yaml"
up
says restart 'LI-CTL' 0 $CTL warrant list
says end '' 0 $CTL warrant end LI-CTL
says ended 'no warrant has this LIID' 1 $CTL warrant show LI-CTL
down stopped_again

# -- the log, its end cut, its middle changed --
says verify 'the end is the one that the store knows' 0 "$B/mdfctl" audit verify "$W/state/audit.log"
says verify_json '"head":true' 0 "$B/mdfctl" --json audit verify --key "$W/state/audit.pub" "$W/state/audit.log"
mkdir "$W/cut"
cp "$W"/state/* "$W/cut" 2>/dev/null
sed '$d' "$W/state/audit.log" >"$W/cut/audit.log"
says verify_cut 'audit.log' 1 "$B/mdfctl" audit verify "$W/cut/audit.log"
sed '3s/"time":"2/"time":"3/' "$W/state/audit.log" >"$W/cut/audit.log"
says verify_changed 'audit.log:3' 1 "$B/mdfctl" audit verify "$W/cut/audit.log"
# entries that the store does not know yet are waited for, and then are those that it knows, or not
sed '$d' "$W/state/audit.log" >"$W/cut/audit.log"
cp "$W/early.db" "$W/cut/mdfd.db"
(sleep 0.3; cp "$W/state/mdfd.db" "$W/cut/late.db"; mv "$W/cut/late.db" "$W/cut/mdfd.db") &
says verify_late_cut 'audit.log' 1 "$B/mdfctl" audit verify "$W/cut/audit.log"
cp "$W/state/audit.log" "$W/cut/audit.log"
cp "$W/early.db" "$W/cut/mdfd.db"
(sleep 0.3; cp "$W/state/mdfd.db" "$W/cut/late.db"; mv "$W/cut/late.db" "$W/cut/mdfd.db") &
says verify_late 'the end is the one that the store knows' 0 "$B/mdfctl" audit verify "$W/cut/audit.log"

# -- a control socket whose folder is not there is told as that --
printf '\324\303\262\241\002\000\004\000\000\000\000\000\000\000\000\000\377\377\000\000\001\000\000\000' >"$W/empty.pcap"
sed 's,control_socket: control,control_socket: none/control,; s,file: "fifo",file: "empty.pcap",' "$W/mdfd.yaml" >"$W/none.yaml"
says no_folder 'its folder: no such file' 1 "$B/mdfd" -c "$W/none.yaml"
says check.no_folder 'mdf.control_socket: warning: its folder is not there' 0 "$B/mdfd" -c "$W/none.yaml" --check
sed 's,state_dir: .*,state_dir: new/,; s,file: "fifo",file: "empty.pcap",' "$W/mdfd.yaml" >"$W/new.yaml"
check mdfctl.check.new_folder 0 "$("$B/mdfd" -c "$W/new.yaml" --check 2>&1 | grep -c warning)"
chmod 0640 "$W/state/audit.key"
says check.audit_key 'audit.key: others may read it' 1 "$B/mdfd" -c "$W/none.yaml" --check
says no_audit_key 'its mode must be 0600' 1 "$B/mdfd" -c "$W/none.yaml"
chmod 0600 "$W/state/audit.key"
sed 's,^mdf:,mdf:\n  user: nobody-of-that-name\n  control_admin_group: no-group-of-that-name,' "$W/mdfd.yaml" >"$W/names.yaml"
says check.user 'mdf.user: there is no user nobody-of-that-name' 1 "$B/mdfd" -c "$W/names.yaml" --check
says check.group 'mdf.control_admin_group: there is no group no-group-of-that-name' 1 "$B/mdfd" -c "$W/names.yaml" --check

# -- manual pages --
for p in mdfctl.1 mdfd.8 mdfd.yaml.5 lemfd.1 lidump.1; do
	if command -v mandoc >/dev/null; then
		check "mdfctl.man.$p" '' "$(mandoc -Tlint -W warning mediation/pkg/$p 2>&1)"
	else
		skip "mdfctl.man.$p" 'no mandoc'
	fi
done

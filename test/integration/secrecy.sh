#!/bin/sh
# Secrecy: the real programs on generated traffic and on captures from the field, with faults provoked; then everything that the run
# left or showed, other than the streams and what is encrypted, is searched for the subscribers of that run, in text, BCD and
# binary, and for the octets of their packets: none. `mdfctl warrant` shows a warrant's own target to who may ask: it is searched for
# everybody else. RUNS worlds (make secrecy: 10), SEED is the first; the long form takes every 5G capture.
#
# Files elsewhere need no search: landlock lets mdfd and lemfd write only to what is searched here (sandbox.sh).
. test/lib.sh
RUNS=${RUNS:-1}
SEED=${SEED:-1}
lib_begin secrecy
lib_certs mdf.example lemf.example other.example || { fail secrecy.certs "no certificates"; exit 1; }
CTL="$B/mdfctl -s $W/control"
NAI=somebody.secret@operator.example

until_ok() { # command…: waits up to 10 s for it
	i=0
	while ! "$@" >/dev/null 2>&1 && [ $i -lt 200 ]; do sleep 0.05; i=$((i + 1)); done
	[ $i -lt 200 ]
}
# search NAME NEEDLES FILE…
search() {
	sn=$1 list=$2
	shift 2
	found=$(perl test/integration/leaks.pl "$list" "$@" 2>&1)
	rc=$?
	searched=$((searched + $#))
	if [ $rc -eq 0 ]; then ok "$sn"; else fail "$sn" "$(echo "$found" | head -n 5 | tr '\n' ';')"; fi
}
searched=0

# who NAME CAPTURE: W/needles of everybody in it, TARGET (the first), W/targets
who() {
	"$B/corelist" -s "$2" >"$W/sessions" 2>/dev/null
	awk '$1 == "session" { if ($2 ~ /^[0-9]+$/) print "digits", $2; n = split($3, a, ","); for (i = 1; i <= n; i++) if (a[i] ~ /[.:]/) print "address", a[i] }' \
		"$W/sessions" | sort -u >"$W/needles"
	TARGET=$(sed -n 's/^digits //p' "$W/needles" | head -n 1)
	echo "text $NAI" >>"$W/needles"
	perl test/integration/packets.pl needles "$2" | head -n 2000 >>"$W/needles"
}

# config TAP [more of the tap]: mdfd.yaml; warrants on TARGET, its equipment, an address, a NAI, at PORT
config() {
	DRAIN=2s lib_conf
	lib_tap core "$1" "${2:-}"
	echo destinations: >"$W/warrants.yaml"
	lib_dest 1 lemf.example ', reconnect: 200ms'
	sed -i 's/, , reconnect/, reconnect/' "$W/warrants.yaml"
	echo warrants: >"$W/warrants"
	lib_warrant 1 "supiimsi: \"$TARGET\"" 1
	lib_warrant 2 "supinai: \"$NAI\"" 1
	w=3
	for a in $(sed -n 's/^address \([0-9.]*\)$/\1/p' "$W/needles" | tail -n 2); do
		lib_warrant $w "ipv4Address: $a" 1
		w=$((w + 1))
	done
	for d in $(sed -n 's/^digits \(35.*\)/\1/p' "$W/needles" | head -n 1); do lib_warrant $w "peiImei: \"$d\"" 1; done
	cat "$W/warrants" >>"$W/warrants.yaml"
	# what mdfctl warrant may show: these, as they were ordered
	sed -n 's/.*targets: \[{[a-zA-Z0-9]*: "*\([^"}]*\)"*}.*/\1/p' "$W/warrants" >"$W/targets"
	grep -v -F -x -f "$W/targets" "$W/needles" >"$W/others"
	sed 's/.* //' "$W/targets" >"$W/named"
	awk 'NR == FNR { t[$0]; next } !($2 in t)' "$W/named" "$W/needles" >"$W/others"
}

# seen NAME PID: what the system shows of a process
seen() {
	for f in cmdline environ comm stat status limits mountinfo; do cat "/proc/$2/$f" >"$W/shown.$1.$f" 2>/dev/null; done
	cut -d' ' -f2- "/proc/$2/maps" >"$W/shown.$1.maps" 2>/dev/null	# where a mapping lies is a number that may look like anything
	ls -l "/proc/$2/fd" "/proc/$2/cwd" >"$W/shown.$1.fd" 2>/dev/null
	cat /proc/"$2"/task/*/comm >"$W/shown.$1.threads"
}

# every verb, as a table and as JSON; W/ctl.* what anybody sees, W/named.* what shows targets
verbs() {
	for v in status 'session list' 'tap list' 'queue list' 'destination list' "destination show $(lib_uuid 1)" 'audit show 1000' version help; do
		# shellcheck disable=SC2086
		{ $CTL $v; $CTL --json $v; } >"$W/ctl.$1.$(echo "$v" | tr ' /' '__' | cut -c 1-24)" 2>&1
	done
	for v in 'warrant list' 'warrant show LI-1' 'warrant show LI-2'; do
		# shellcheck disable=SC2086
		{ $CTL $v; $CTL --json $v; } >"$W/named.$1.$(echo "$v" | tr ' ' '_')" 2>&1
	done
}

# mistakes: what people mistype and what files may have wrong, each with somebody's identity in it
mistakes() {
	$CTL warrant show "$TARGET" >"$W/ctl.wrong.1" 2>&1
	$CTL warrant end "$TARGET" >"$W/ctl.wrong.2" 2>&1
	$CTL destination show "$TARGET" >"$W/ctl.wrong.3" 2>&1
	$CTL destination remove "$NAI" >"$W/ctl.wrong.4" 2>&1
	$CTL "$TARGET" >"$W/typed.1" 2>&1	# by whom it is shown: who typed it, on their own terminal
	$CTL audit show "$TARGET" >"$W/typed.2" 2>&1
	cp "$W/warrants.yaml" "$W/warrants.good"
	cp "$W/mdfd.yaml" "$W/mdfd.good"
	m=0
	while IFS= read -r bad; do
		m=$((m + 1))
		{ cat "$W/warrants.good"; printf '%s\n' "$bad"; } >"$W/warrants.yaml"
		"$B/mdfd" -v -c "$W/mdfd.yaml" --check >"$W/log.check.$m" 2>&1 &&
			fail "$1.mistake" "mistake $m is none"
		$CTL reload >"$W/ctl.reload.$m" 2>&1
		kill -HUP "$MDFD"
		cp "$W/warrants.yaml" "$W/mistake.add.yaml"
		$CTL warrant add "$W/mistake.add.yaml" >"$W/ctl.add.$m" 2>&1
	done <<-EOF
		  - {liid: LI-9, xid: x, delivery: HI2andHI3, start: now, end: never, targets: [{supiimsi: "${TARGET}x"}], destinations: []}
		  - {liid: LI-9, $TARGET: 1}
		  - {liid: "$TARGET", xid: $(lib_uuid 99), delivery: HI2andHI3, start: 2000-01-01T00:00:00Z, end: never, targets: [{supiimsi: "$TARGET"}], destinations: [$(lib_uuid 1)]}
		  - {liid: LI-9, xid: $TARGET, delivery: "$TARGET", start: "$TARGET", end: "$NAI", targets: [{"$TARGET": "$TARGET"}], destinations: ["$NAI"]}
		  - [$TARGET, "$NAI"
		  $TARGET
		$TARGET: {$NAI: x}
		  - &$TARGET {liid: !$TARGET x}
		  - {liid: LI-9, xid: $(lib_uuid 99), targets: [{supiimsi: "$TARGET", supiimsi: "$TARGET"}], $TARGET
		  - {liid: "$NAI-and-much-longer-than-a-liid-may-be", authorization_country: "$TARGET", targets: [{ipv4Address: "$TARGET"}, {nai: "@"}]}
	EOF
	cp "$W/warrants.good" "$W/warrants.yaml"
	for bad in "$TARGET: x" "taps: [{name: \"$TARGET\", file: x, $TARGET: y}]" "mdf: {operator_id: \"$TARGET and more of it\", drain_timeout: $TARGET, user: $TARGET, sandbox: $TARGET}"; do
		m=$((m + 1))
		printf '%s\n' "$bad" >"$W/mistake.yaml"
		"$B/mdfd" -v -c "$W/mistake.yaml" --check >"$W/log.check.$m" 2>&1 && fail "$1.mistake" "mistake $m is none"
	done
	rm -f "$W"/mistake.*
}

# left NAME: everything that the run left or showed so far
left() {
	search "$1.files" "$W/needles" $(find "$W" -type f ! -name '*.ber' ! -name '*.pcap*' ! -name 'warrants*' ! -name needles ! -name targets \
		! -name named ! -name 'named.*' ! -name others ! -name sessions ! -name 'typed.*' ! -name 'expect*' ! -name 'mistake.*')
	search "$1.warrant_verbs" "$W/others" "$W"/named.*
	[ -n "${KEEP:-}" ] || rm -f "$W"/named.* "$W"/ctl.* "$W"/shown.* "$W"/log.* "$W"/typed.*
}

# live NAME CAPTURE: fed through a FIFO in two halves; between them everything is asked, shown, mistaken; then killed, started again,
# and ended in peace
live() {
	name=$1
	rm -rf "$W/state" "$W/lemf.example" "$W/fifo"
	lib_lemf lemf.example || { fail "$name" "lemfd did not start"; return; }
	mkfifo "$W/fifo"
	config fifo
	exec 9<>"$W/fifo"
	(ulimit -S -c "$(ulimit -H -c)"; exec "$B/mdfd" -v -c "$W/mdfd.yaml" 2>"$W/log.mdfd" </dev/null) &
	MDFD=$!
	PIDS="$PIDS $MDFD"
	size=$(stat -c %s "$2")
	head -c $((size / 2)) "$2" >&9
	until_ok $CTL status || { fail "$name" "$(tail -n 1 "$W/log.mdfd")"; return; }
	i=0
	while [ "$($CTL --json session list | grep -c '"session"')" -eq 0 ] && [ $i -lt 40 ]; do sleep 0.05; i=$((i + 1)); done
	verbs first
	seen mdfd "$MDFD"
	seen lemfd "$LEMF_PID"
	mistakes "$name"
	cp -r "$W/state" "$W/snapshot"	# with what stands in the -wal only
	# the agency goes and comes with another name's certificate: connections fail
	kill "$LEMF_PID"
	wait "$LEMF_PID"
	PIDS=" $MDFD"
	mv "$W/lemf.example.crt" "$W/kept.crt"; mv "$W/lemf.example.key" "$W/kept.key"
	cp "$W/other.example.crt" "$W/lemf.example.crt"; cp "$W/other.example.key" "$W/lemf.example.key"
	cp "$W/lemf.example.log" "$W/log.lemfd.1"
	LISTEN=$PORT lib_lemf lemf.example
	until_ok grep -q 'down: ' "$W/log.mdfd"
	tail -c "+$((size / 2 + 1))" "$2" >&9
	verbs second
	mv "$W/kept.crt" "$W/lemf.example.crt"; mv "$W/kept.key" "$W/lemf.example.key"
	kill -ABRT "$MDFD"
	wait "$MDFD" 2>/dev/null
	check "$name.aborted" 134 $?
	exec 9>&-
	PIDS=" $LEMF_PID"
	lib_end
	left "$name"
	rm -rf "$W/snapshot"
}

# broken NAME CAPTURE: frames of everybody with octets changed and ends cut off
broken() {
	lib_lemf lemf.example || { fail "$1" "lemfd did not start"; return; }
	rm -rf "$W/state"
	perl test/integration/packets.pl broken "$s" "$2" "$W/broken.pcap"
	config broken.pcap
	"$B/mdfd" -v -c "$W/mdfd.yaml" --drain 2>"$W/log.broken" </dev/null
	lib_end
	left "$1"
}

# whole NAME CAPTURE: from its first packet to its last
whole() {
	rm -rf "$W/state" "$W/lemf.example"
	lib_lemf lemf.example || { fail "$1" "lemfd did not start"; return; }
	config "$(realpath "$2")"
	"$B/mdfd" -v -c "$W/mdfd.yaml" --drain 2>"$W/log.whole" </dev/null
	check "$1.status" 0 $?
	lib_end
	if [ "$(cat "$W"/lemf.example/*/hi2.ber 2>/dev/null | wc -c)" -gt 0 ]; then ok "$1.delivered"; else fail "$1.delivered" "nothing: the search is of nothing"; fi
	left "$1"
}

# -- does the search find? Each form, planted where a log would have it --
printf 'digits 001019876543213\naddress 100.64.7.9\naddress fd64:0:0:7::1\ntext %s\noctets 00112233445566778899aabbccddeeff\n' "$NAI" >"$W/needles"
finds() { # name, printf's text
	printf "$2" >"$W/planted"
	if perl test/integration/leaks.pl "$W/needles" "$W/planted" >/dev/null; then fail "secrecy.finds.$1" "does not"; else ok "secrecy.finds.$1"; fi
}
finds text 'mdfd: imsi-001019876543213 seen'
finds bcd 'x\000\001\221\170\126\064\022\363y'
finds bcd_hex 'x 00019178563412f3'
finds suci_hex 'msin 8967452331'
finds address 'peer 100.64.7.9:80'
finds address_binary 'x\144\100\007\011y'
finds address_hex 'addr=64400709'
finds address6 'ue fd64:0:0:7::1'
finds address6_hex 'prefix fd64000000000007'
finds nai "nai $NAI"
finds octets 'x\000\021\042\063\104\125\146\167\210\231\252\273\314\335\356\377'
finds octets_hex '00 11 22 33 44 55 66 77 88 99 aa bb cc dd ee ff'
printf 'nobody: 100.64.7.91, 00101987654321' >"$W/planted"
check secrecy.finds.nothing_else 0 "$(perl test/integration/leaks.pl "$W/needles" "$W/planted" >/dev/null; echo $?)"
rm -f "$W/planted"

# -- generated --
r=0
while [ $r -lt "$RUNS" ]; do
	s=$((SEED + r))
	plain=--plain
	[ $r -eq 0 ] || plain=
	# shellcheck disable=SC2086
	"$B/ligen" --out "$W/made.pcap" $plain --subscribers 4 --sessions 2 --packets 8 --least 60 --seed "$s" 2>"$W/ligen.log"
	who made "$W/made.pcap"
	# the generator's telephone numbers and equipment, by the subscriber's number
	for u in 1 2 3 4; do printf 'digits 31600%06d\ndigits 35%012d\n' $u $u; done >>"$W/needles"
	live "secrecy.live.$s" "$W/made.pcap"
	broken "secrecy.broken.$s" "$W/made.pcap"
	whole "secrecy.whole.$s" "$W/made.pcap"
	r=$((r + 1))
done

# -- from the field --
n=0
for c in "$SHARED"/captures/5g-*.pcap; do
	[ -r "$c" ] || { skip secrecy.field "no captures in $SHARED"; break; }
	[ "$(head -c 4 "$c" | od -An -tx1 | tr -d ' ')" = d4c3b2a1 ] || continue
	"$B/corelist" -s "$c" 2>/dev/null | grep -q '^session [0-9]* .*[1-9] [1-9]' || continue
	[ "$RUNS" -gt 1 ] || [ $n -eq 0 ] || break
	n=$((n + 1))
	who field "$c"
	whole "secrecy.field.$(basename "$c" .pcap)" "$c"
done
if find "$W" . -maxdepth 1 -name 'core*' -type f -size +0 | grep -q .; then fail secrecy.core "a core file"; else ok secrecy.core; fi
echo "$searched files searched"

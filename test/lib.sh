# lib.sh: what the demo and the integration scripts share: throw-away certificates, the two ends, their files. POSIX sh.
# Uses B (the build's folder) and W (a work folder, made by lib_begin).

lib_begin() { # name [folder]
	W=${2:-$B/run/$1}
	rm -rf "$W"
	mkdir -p "$W"
	PIDS=
	trap lib_end EXIT
	trap 'exit 1' INT TERM HUP
}

lib_end() {
	for p in $PIDS; do kill "$p" 2>/dev/null; done
	# what a sanitizer finds, it says in the status
	for p in $PIDS; do wait "$p" 2>/dev/null || fail "$(basename "$W").end" "a service ended with $?"; done
	PIDS=
}

# A veth pair that nobody else speaks on, not even the kernel (neighbour discovery).
lib_veth() { # one end, the other
	ip link add "$1" type veth peer name "$2" 2>/dev/null || return 1
	for lib_if in "$1" "$2"; do
		echo 1 >"/proc/sys/net/ipv6/conf/$lib_if/disable_ipv6" 2>/dev/null
		ip link set "$lib_if" up mtu 9000
	done
}

# The script's first argument. Where there can be a network namespace, the script begins again inside one; LIVE=yes: it has a veth
# pair there, tapl and tapr.
lib_live() {
	if [ "$1" = '' ] && command -v ip >/dev/null && unshare -n true 2>/dev/null; then exec unshare -n sh "$0" inside; fi
	LIVE=
	[ "$1" = inside ] || return 0
	ip link set lo up
	lib_veth tapl tapr && LIVE=yes
	return 0
}

# The same for a script that is nothing without that pair: it is skipped. NAME, the script's first argument
lib_live_only() {
	lib_live "$2"
	[ -n "$LIVE" ] || { skip "$1" "no veth pair in a network namespace"; exit 0; }
}

ok() { echo "ok $1"; }
fail() { echo "FAIL $1: $2"; }
skip() { echo "skipped: $1: $2"; }
# check NAME WANT GOT
check() {
	if [ "$2" = "$3" ]; then ok "$1"; else fail "$1" "want $2, got $3"; fi
}

# One CA, and for each name a certificate that bears it: W/NAME.crt, W/NAME.key.
lib_certs() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 90 -subj "/CN=demo CA" \
		-addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign \
		-keyout "$W/ca.key" -out "$W/ca.crt" 2>/dev/null || return 1
	for n in "$@"; do
		printf 'subjectAltName=DNS:%s\n' "$n" >"$W/ext"
		openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$n" \
			-keyout "$W/$n.key" -out "$W/$n.csr" 2>/dev/null || return 1
		openssl x509 -req -in "$W/$n.csr" -CA "$W/ca.crt" -CAkey "$W/ca.key" -CAcreateserial -days 90 \
			-extfile "$W/ext" -out "$W/$n.crt" 2>/dev/null || return 1
		chmod 600 "$W/$n.key"
	done
	rm -f "$W/ext" "$W"/*.csr
}

# lib_lemf NAME: starts lemfd for NAME (certificate NAME), data in W/NAME, on port LISTEN (any); sets PORT, LEMF_PID.
lib_lemf() {
	rm -f "$W/$1.out" "$W/$1.log"	# the port of an earlier one is not to be read
	"$B/lemfd" --listen "127.0.0.1:${LISTEN:-0}" --cert "$W/$1.crt" --key "$W/$1.key" --ca "$W/ca.crt" --out "$W/$1" --name mdf.example ${LEMF_NAMES:-} \
		>"$W/$1.out" 2>"$W/$1.log" &
	LEMF_PID=$!
	PIDS="$PIDS $LEMF_PID"
	lib_tries=0
	PORT=
	while [ -z "$PORT" ] && [ $lib_tries -lt 200 ]; do
		PORT=$(sed -n 's/.*listening on .*:\([0-9][0-9]*\).*/\1/p' "$W/$1.out" "$W/$1.log" 2>/dev/null | head -n 1)
		[ -n "$PORT" ] || sleep 0.05
		lib_tries=$((lib_tries + 1))
	done
	[ -n "$PORT" ]
}

# lib_conf: the head of W/mdfd.yaml; taps follow with lib_tap.
lib_conf() {
	cat >"$W/mdfd.yaml" <<EOF
mdf:
  operator_id: OP01
  element_id: MDF-1
  delivery_country: NL
  state_dir: state
  control_socket: control
  drain_timeout: ${DRAIN:-30s}
tls: {certificate: mdf.example.crt, key: mdf.example.key, ca: ca.crt}
audit: {file: audit.log, key: audit.key}
warrants: warrants.yaml
taps:
EOF
}

# lib_tap NAME FILE [more keys as YAML flow members]
lib_tap() {
	printf '  - {name: %s, file: "%s", network_functions: {smf: smf-1, upf: upf-1, amf: amf-1}%s}\n' "$1" "$2" \
		"${3:+, $3}" >>"$W/mdfd.yaml"
}

# A UUID that depends on a number only.
lib_uuid() { printf '%08x-0000-4000-8000-%012x' "$1" "$1"; }

# lib_dest N PEER [more keys]: destination N at PORT, appended to W/warrants.yaml (after its line "destinations:").
lib_dest() {
	printf '  - {did: %s, name: agency-%s, address: "127.0.0.1:%s", peer_name: %s, delivery: HI2andHI3%s}\n' \
		"$(lib_uuid "$1")" "$1" "$PORT" "$2" "${3:+, $3}" >>"$W/warrants.yaml"
}

# lib_warrant N TARGET DEST [DELIVERY [START END]]: LIID LI-N, appended to W/warrants (after its line "warrants:").
lib_warrant() {
	printf '  - {liid: LI-%s, xid: %s, authorization_country: NL, delivery: %s, start: %s, end: %s, targets: [{%s}], destinations: [%s]}\n' \
		"$1" "$(lib_uuid $((1000000 + $1)))" "${4:-HI2andHI3}" "${5:-2000-01-01T00:00:00Z}" "${6:-2040-01-01T00:00:00Z}" "$2" \
		"$(lib_uuid "$3")" >>"$W/warrants"
}

# lib_world N OPTIONS: traffic of a seed in W/core, what must come out in W/expect.json, an empty store, an agency, and the
# heads of mdfd.yaml and of W/warrants.yaml; TAP has more keys of the tap. Fails with a word for check N.
lib_world() {
	# shellcheck disable=SC2086
	"$B/ligen" --out "$W/core" --expect "$W/expect.json" $2 2>"$W/ligen.log" ||
		{ fail "$1" "ligen $2: $(tail -n 1 "$W/ligen.log")"; return 1; }
	rm -rf "$W/state" "$W/lemf.example"
	lib_lemf lemf.example || { fail "$1" "lemfd did not start"; return 1; }
	lib_conf
	lib_tap core core "${TAP:-}"
	echo destinations: >"$W/warrants.yaml"
	echo warrants: >"$W/warrants"
}

# lib_drain N OPTIONS: the warrants in W/warrants over that traffic, to its end.
lib_drain() {
	cat "$W/warrants" >>"$W/warrants.yaml"
	"$B/mdfd" -c "$W/mdfd.yaml" --drain 2>"$W/mdfd.log" </dev/null
	lib_rc=$?
	lib_end
	[ $lib_rc -eq 0 ] || { fail "$1" "mdfd ended with $lib_rc: $(tail -n 3 "$W/mdfd.log" | tr '\n' ' '); ligen $2"; return 1; }
}

# No gap and no duplicate at the agency.
lib_whole() { # N
	check "$1.whole" 0 "$(cat "$W"/lemf.example/NL-*/events.jsonl 2>/dev/null | grep -cE '"event": ?"(gap|duplicate)')"
}

# lib_seeds NAME: RUNS runs of run SEED, from SEED on.
lib_seeds() {
	lib_begin "$1"
	lib_certs mdf.example lemf.example || { fail "$1" "no certificates"; exit 1; }
	lib_r=0
	while [ $lib_r -lt "$RUNS" ]; do
		run $((SEED + lib_r))
		lib_r=$((lib_r + 1))
	done
	rm -f "$W/core"
}

# x.lib.sh: mdfd with the listeners of X2 and X3 in shell, its counters, and peers that openssl plays. Uses B and W of lib.sh, and NAME, what the
# script's tests are called.

# x_begin NAME [CERTIFICATE...]: those of the CA in W, or none
x_begin() {
	NAME=$1
	shift
	command -v jq >/dev/null || { skip "$NAME" "no jq"; exit 0; }
	lib_begin "$NAME"
	CTL="$B/mdfctl -s $W/control"
	[ $# -eq 0 ] || lib_certs "$@" || { fail "$NAME" "no certificates"; exit 1; }
}
# x_zoo: certificates good and bad, all of peer.example, in Z
x_zoo() {
	Z=$W/zoo
	"$B/certs" "$Z" peer.example || { fail "$NAME" "no certificates"; exit 1; }
}
hash() { openssl x509 -in "$Z/$1.crt" -outform DER | sha256sum | cut -c1-64; }

# x_lemf AGENCY: anew
x_lemf() { lib_lemf "$1" || { fail "$NAME" "lemfd did not start"; exit 1; }; }
# x_conf KEYS [DRAIN]: W/mdfd.yaml, with KEYS of x2x3 beside listen
x_conf() {
	cat >"$W/mdfd.yaml" <<-END
		mdf: {operator_id: OP01, element_id: MDF-1, delivery_country: NL, state_dir: state, control_socket: control, drain_timeout: ${2:-30s}}
		tls: {certificate: mdf.example.crt, key: mdf.example.key, ca: ca.crt}
		audit: {file: audit.log, key: audit.key}
		warrants: warrants.yaml
		x2x3: {listen: "127.0.0.1:0", $1}
	END
}
# x_up: starts mdfd, from its warrants on: MDFD, and the port where X2 and X3 go (of the last listener): AT
x_up() {
	: >"$W/mdfd.log"
	"$B/mdfd" -c "$W/mdfd.yaml" 2>>"$W/mdfd.log" </dev/null &
	MDFD=$!
	PIDS="$PIDS $MDFD"
	lib_tries=0
	while ! $CTL status >/dev/null 2>&1 && [ $lib_tries -lt 200 ]; do sleep 0.05; lib_tries=$((lib_tries + 1)); done
	AT=$(sed -n 's/.*x2x3: listening on .*, port \([0-9]*\),.*/\1/p' "$W/mdfd.log" | tail -n 1)
	[ -n "$AT" ] || { fail "$NAME" "mdfd did not start: $(tail -n 1 "$W/mdfd.log")"; exit 1; }
}
# x_down [CASE]: everything is delivered when it ends with 0
x_down() {
	kill "$MDFD" 2>/dev/null
	wait "$MDFD"
	check "$NAME${1:+.$1}.end" 0 $?
	PIDS=$(echo "$PIDS" | sed "s/ $MDFD\$//; s/ $MDFD / /")
}
# x_kill: at once
x_kill() {
	kill -9 "$MDFD"
	wait "$MDFD" 2>/dev/null
	PIDS=$(echo "$PIDS" | sed "s/ $MDFD\$//; s/ $MDFD / /")
}
# x_counter SET REASON: SET is door, mediation or content
x_counter() {
	$CTL --json counters | jq -r --arg n "mdfd_poi_$1_total" --arg r "$2" '[.counters[] | select(.name == $n and (.of.reason == $r or .of.kind == $r)) | .value] | add'
}
# x_until CASE WANT COMMAND: within 20 seconds
x_until() {
	i=0
	while got=$(eval "$3" 2>/dev/null); [ "$got" != "$2" ] && [ $i -lt 200 ]; do sleep 0.1; i=$((i + 1)); done
	check "$NAME.$1" "$2" "$got"
}

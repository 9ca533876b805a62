# options.lib.sh: mdfd with a tap that is a FIFO, and agencies of lemfd, for the scripts of a destination's options. After lib_begin NAME, with NAME set; uses W and B.
CTL="$B/mdfctl -s $W/control"
mkfifo "$W/fifo"
# eight subscribers' traffic, and copies of the agency's certificate for lemfd under other names
traffic() { # packets
	"$B/ligen" --plain --dual 0 --only6 0 --subscribers 8 --sessions 4 --packets "$1" --seed 4 --out "$W/core.pcap" --expect "$W/expect.json" 2>/dev/null
	for n in one two three; do for e in crt key; do cp "$W/lemf.example.$e" "$W/$n.$e"; done; done
}
head_of() { # a document's
	rm -rf "$W/state"
	DRAIN=${DRAIN:-20s} lib_conf
	lib_tap core fifo
	echo destinations: >"$W/warrants.yaml"
	echo warrants: >"$W/warrants"
}
warrants() { # DEST, K…: LI-DESTK on subscriber K
	d=$1
	shift
	for k; do lib_warrant $d$k "supiimsi: \"00101000000000$k\"" $d "${KINDS:-HI2andHI3}"; done
}
up() {
	cat "$W/warrants" >>"$W/warrants.yaml"
	"$B/mdfd" -c "$W/mdfd.yaml" 2>"$W/mdfd.log" </dev/null &
	MDFD=$!
	PIDS="$PIDS $MDFD"
	exec 9>"$W/fifo"
	[ "$(until_is 0 sh -c "$CTL status >/dev/null; echo \$?")" = 0 ] || { fail $NAME "mdfd did not start: $(tail -n 1 "$W/mdfd.log")"; exit 1; }
}
feed() { # from, to, of ten parts of the traffic
	size=$(wc -c <"$W/core.pcap")
	head -c $((size * $2 / 10)) "$W/core.pcap" | tail -c +$((size * $1 / 10 + 1)) >&9
}
down() { # NAME
	exec 9>&-
	kill $MDFD
	wait $MDFD
	check "$NAME.$1.delivered" 0 $?
	gone $MDFD
}
gone() { # pid: it has ended, and is none of ours any more
	left=
	for p in $PIDS; do [ "$p" = "$1" ] || left="$left $p"; done
	PIDS=$left
}
until_is() { # WANT COMMAND…, 60 s at most
	want=$1 i=0
	shift
	while [ "$("$@" 2>/dev/null)" != "$want" ] && [ $i -lt 1200 ]; do sleep 0.05; i=$((i + 1)); done
	"$@" 2>/dev/null
}
lemf() { # NAME [options]: PORT, and LEMF_PID
	n=$1
	shift
	LEMF_NAMES="$*" lib_lemf "$n" || { fail $NAME "lemfd did not start: $(tail -n 1 "$W/$n.log")"; exit 1; }
}
end_lemf() { # pid, signal
	kill -"${2:-TERM}" "$1"
	wait "$1" 2>/dev/null
	gone "$1"
}
queued() { $CTL --json queue list | jq "[.queues[] | select(.did == \"$(lib_uuid "$1")\") | .queued_pdus] | add"; } # DEST
state_of() { $CTL --json queue list | jq -r "[.queues[] | select(.did == \"$(lib_uuid "$1")\") | .connection] | unique | join(\" \")"; }

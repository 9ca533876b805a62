#!/bin/sh
# Encrypted payloads (TS 102 232-1 clause 6.2.6, annex G) over real TLS: two agencies with keys and one without get the same; who has
# another key, or none, keeps what it cannot read; a key that changes while records wait; kill -9 with a spool; what --check says.
. test/lib.sh
command -v jq >/dev/null || { skip encryption "no jq"; exit 0; }
lib_begin encryption
lib_certs mdf.example a.example b.example c.example || { fail encryption "no certificates"; exit 1; }
CTL="$B/mdfctl -s $W/control"
openssl rand -hex 32 >"$W/256.key"
openssl rand 24 >"$W/192.key"
openssl rand -hex 32 >"$W/other.key"
chmod 600 "$W"/*.key
"$B/ligen" --plain --dual 0 --only6 0 --subscribers 1 --sessions 2 --packets 400 --seed 4 --out "$W/core.pcap" --expect "$W/expect.json" 2>/dev/null
cc=$(jq -r '.subscribers["001010000000001"] | .from + .to' "$W/expect.json")
T='supiimsi: "001010000000001"'
conf() { # more of mdfd.yaml
	DRAIN=${DRAIN:-20s} lib_conf
	lib_tap n2n3n4 "${1:-core.pcap}"
	echo destinations: >"$W/warrants.yaml"
	echo warrants: >"$W/warrants"
}
# What an agency has, by its own tool: every PDU's payload and number, without what belongs to one agency alone.
said() { # folder, options
	d=$1
	shift
	for f in hi2 hi3; do
		"$B/lidump" --json "$@" "$d/$f.ber" | jq -cS '.pSHeader.sequenceNumber as $n | (.payload.encryptionContainer.encryptedPayload.payload // .payload) | [$n, .]'
	done
}

# -- the same for three: AES-256, AES-192, none
conf
LEMF_NAMES="--payload-key AES-256-CBC:$W/256.key" lib_lemf a.example || { fail encryption "lemfd did not start"; exit 1; }
A=$PORT
lib_dest 1 a.example 'encryption: {type: AES-256-CBC, key: 256.key, tri: true}'
LEMF_NAMES="--payload-key AES-192-CBC,little:$W/192.key" lib_lemf b.example || { fail encryption "lemfd did not start"; exit 1; }
lib_dest 2 b.example 'encryption: {type: AES-192-CBC, key: 192.key, iv_order: little}, connections: shared, time_form: generalized'
lib_lemf c.example || { fail encryption "lemfd did not start"; exit 1; }
lib_dest 3 c.example 'encryption: {type: none}'
for i in 1 2 3; do lib_warrant $i "$T" $i; done
cat "$W/warrants" >>"$W/warrants.yaml"
"$B/mdfd" -c "$W/mdfd.yaml" --check >"$W/check.out" 2>&1
check encryption.check 0 $?
"$B/mdfd" -c "$W/mdfd.yaml" --drain 2>"$W/mdfd.log" </dev/null
check encryption.drained 0 $?
lib_end
said "$W/c.example/NL-OP01-LI-3" >"$W/c.said"
said "$W/a.example/NL-OP01-LI-1" --payload-key "AES-256-CBC:$W/256.key" >"$W/a.said"
said "$W/b.example/NL-OP01-LI-2" --payload-key "AES-192-CBC,little:$W/192.key" >"$W/b.said"
check encryption.content "$cc" "$(grep -c '"cCPayloadSequence"' "$W/c.said")"
check encryption.same.256 same "$(cmp -s "$W/a.said" "$W/c.said" && echo same)"
check encryption.same.192 same "$(cmp -s "$W/b.said" "$W/c.said" && echo same)"
"$B/lidump" --json --payload-key "AES-192-CBC,middle:$W/192.key" "$W/b.example/NL-OP01-LI-2/hi3.ber" >/dev/null 2>&1; check encryption.same.order 1 $?
# HO-PEN-001, HO-PEN-002, HO-PEN-005, HO-PEN-007: what is on the wire
"$B/lidump" --json "$W/a.example/NL-OP01-LI-1/hi3.ber" >"$W/a.json"
check encryption.wire "$cc" "$(jq -c 'select(.payload.encryptionContainer.encryptionType == "aES-256-CBC" and .payload.encryptionContainer.encryptedPayloadType == "part7" and
	.pSHeader.microSecondTimeStamp) | .pSHeader.sequenceNumber' "$W/a.json" | wc -l)"
check encryption.wire.secret 0 "$(grep -c cCPayloadSequence "$W/a.json")"
check encryption.gaps 0 "$(cat "$W"/?.example/NL-*/events.jsonl | grep -cE '"event":"(gap|encrypted|conflict)')"
# HO-PEN-003 by another hand: the IV is the number, four times, and the clear octets begin a SEQUENCE with byteCounter
"$B/lidump" --json "$W/a.example/NL-OP01-LI-1/hi3.ber" | sed -n 5p >"$W/one.json"
NUMBER=$(jq -r .pSHeader.sequenceNumber "$W/one.json")
IV=$(printf '%08x' "$NUMBER")
jq -r .payload.encryptionContainer.encryptedPayload "$W/one.json" | tr -d '" ' | xxd -r -p >"$W/one.sealed" 2>/dev/null
openssl enc -d -aes-256-cbc -nopad -K "$(cat "$W/256.key")" -iv "$IV$IV$IV$IV" -in "$W/one.sealed" -out "$W/one.clear" 2>/dev/null
check encryption.openssl "30 80 08" "$(xxd -p "$W/one.clear" 2>/dev/null | head -c 60 | sed 's/^30\(82....\|81..\|..\)\(80\)\(08\).*/30 \2 \3/')"
# HO-PEN-006: each counter is the one before and the length of its PDU; the first is a time
"$B/lidump" --json --payload-key "AES-256-CBC:$W/256.key" "$W/a.example/NL-OP01-LI-1/hi3.ber" >"$W/a.open"
check encryption.counter 0 "$(perl -ne '/"communicationIdentityNumber": (\d+).*"byteCounter": (\d+)/ or $bad++;	# jq has no integers of 64 bits
	$bad++ if exists $last{$1} ? $2 <= $last{$1} || $2 - $last{$1} > 65536 : $2 & 0xffffffff || abs(($2 >> 32) - time) > 600; $last{$1} = $2; END { print $bad + 0 }' "$W/a.open")"
# HO-PEN-010: nothing of a key in logs, nor where it is kept
check encryption.key.secret 0 "$(cat "$W/mdfd.log" "$W/check.out" "$W"/state/audit.log "$W"/?.example.log | grep -c "$(head -c 16 "$W/256.key")")"

# -- HO-PEN-009: another key, or none: kept as it came, and said
rm -rf "$W/state" "$W"/?.example
conf
LEMF_NAMES="--payload-key AES-256-CBC:$W/other.key" lib_lemf a.example || { fail encryption "lemfd did not start"; exit 1; }
lib_dest 1 a.example 'encryption: {type: AES-256-CBC, key: 256.key, tri: yes}, integrity: {hash: SHA-256, dataPduCount: 20}'
lib_warrant 1 "$T" 1
cat "$W/warrants" >>"$W/warrants.yaml"
"$B/mdfd" -c "$W/mdfd.yaml" --drain 2>"$W/mdfd.log" </dev/null
check encryption.other.drained 0 $?
lib_end
check encryption.other.event 1 "$(grep -c '"event":"encrypted"' "$W/a.example/NL-OP01-LI-1/events.jsonl")"
cat "$W"/a.example/NL-OP01-LI-1/*.ber >"$W/kept.ber"
check encryption.other.kept "$cc" "$("$B/lidump" --json --payload-key "AES-256-CBC:$W/256.key" "$W/kept.ber" | grep -c '"cCPayloadSequence"')"
# HO-INT-014: who comes to the key afterwards finds every check good, on his disk and in lemfd's next run
"$B/lemfd" verify "$W/a.example" NL-OP01-LI-1 --payload-key "AES-256-CBC:$W/256.key" >"$W/verify" 2>&1
check encryption.other.later "0 8 good" "$? $(awk '$1 == "NL-OP01-LI-1" { print $5, $NF }' "$W/verify")"
"$B/lemfd" export "$W/a.example" NL-OP01-LI-1 --payload-key "AES-256-CBC:$W/256.key" --json "$W/later.json" >/dev/null 2>&1
check encryption.other.exported "$cc" "$(grep -c '"cCPayloadSequence"' "$W/later.json")"

# More than memory has room for.
"$B/ligen" --plain --dual 0 --only6 0 --subscribers 1 --sessions 2 --packets 4000 --least 500 --most 900 --seed 4 --out "$W/core.pcap" \
	--expect "$W/expect.json" 2>/dev/null
cc=$(jq -r '.subscribers["001010000000001"] | .from + .to' "$W/expect.json")

# -- mdfd is killed while records wait on disk, and its key changes: what is left goes under the new one
rm -rf "$W/state" "$W"/?.example
cp "$W/256.key" "$W/now.key"
LISTEN=$A
conf
printf 'spool: {dir: spool}\n' >>"$W/mdfd.yaml"
sed -i 's/drain_timeout: .*/drain_timeout: 300ms/' "$W/mdfd.yaml"
PORT=$A
lib_dest 1 a.example 'encryption: {type: AES-256-CBC, key: now.key}, queue: 128KiB, spill: all, reconnect: 100ms'
lib_warrant 1 "$T" 1
cat "$W/warrants" >>"$W/warrants.yaml"
run() {
	"$B/mdfd" -c "$W/mdfd.yaml" 2>>"$W/mdfd.log" </dev/null &
	MDFD=$!
	PIDS="$PIDS $MDFD"
}
queue() { $CTL --json queue list 2>/dev/null | jq -r "[.queues[] | $1] | add" 2>/dev/null; }
until_is() { # WANT COMMAND…
	want=$1 i=0
	shift
	while [ "$("$@" 2>/dev/null)" != "$want" ] && [ $i -lt 300 ]; do sleep 0.1; i=$((i + 1)); done
	[ $i -lt 300 ]
}
tap_ended() { $CTL --json tap list 2>/dev/null | jq -r '.taps[0].state' 2>/dev/null; }
: >"$W/mdfd.log"
run
until_is ended tap_ended || fail encryption.spool "the tap did not end: $(tail -n 1 "$W/mdfd.log")"
check encryption.spool.waits yes "$([ "$(queue .queued_pdus)" -ge "$cc" ] && echo yes)"
sleep 0.3
kill -9 "$MDFD"
wait "$MDFD" 2>/dev/null
PIDS=
check encryption.spool.secret 0 "$(grep -rlaE 'LI-1|AES-256' "$W/state/spool" 2>/dev/null | wc -l)"
head -c 24 "$W/core.pcap" >"$W/none.pcap"
sed -i 's/core.pcap/none.pcap/' "$W/mdfd.yaml"
LEMF_NAMES="--payload-key AES-256-CBC:$W/256.key --payload-key AES-256-CBC:$W/other.key" lib_lemf a.example || { fail encryption "lemfd did not start"; exit 1; }
cp "$W/other.key" "$W/now.key"
run
until_is 0 queue .queued_pdus || fail encryption.spool.delivered "$(queue .queued_pdus) are left"
kill -TERM "$MDFD"
wait "$MDFD"
PIDS=$LEMF_PID
lib_end
cat "$W"/a.example/NL-OP01-LI-1/hi?.ber >"$W/kept.ber"
"$B/lidump" --json --payload-key "AES-256-CBC:$W/other.key" "$W/kept.ber" >"$W/kept.json"
got=$(grep -c '"cCPayloadSequence"' "$W/kept.json")
check encryption.spool.some yes "$([ "$got" -gt $((cc / 4)) ] && [ "$got" -le "$cc" ] && echo yes)"
check encryption.spool.once 0 "$(jq -r 'select(.payload.encryptionContainer.encryptedPayload.payload.cCPayloadSequence) |
	[.pSHeader.communicationIdentifier.communicationIdentityNumber, .pSHeader.sequenceNumber] | @tsv' "$W/kept.json" | sort | uniq -d | wc -l)"

# -- a key changes under a running mdfd, by SIGHUP: what had gone was under the old one, what comes is under the new one; a bad one changes nothing
rm -rf "$W/state" "$W"/?.example
cp "$W/256.key" "$W/now.key"
rm -f "$W/fifo"
mkfifo "$W/fifo"
conf fifo
LISTEN=0
LEMF_NAMES="--payload-key AES-256-CBC:$W/256.key --payload-key AES-256-CBC:$W/other.key" lib_lemf a.example || { fail encryption "lemfd did not start"; exit 1; }
lib_dest 1 a.example 'encryption: {type: AES-256-CBC, key: now.key}, timers: {TIME6: 50ms}'
lib_warrant 1 "$T" 1
cat "$W/warrants" >>"$W/warrants.yaml"
delivered() { queue .delivered_pdus; }
reload() { # says how often it was done
	kill -HUP "$MDFD"
	n=$(($1 + 1))
	until_is "$n" grep -cE 'reload: (done|refused)' "$W/mdfd.log" || fail encryption.reload "not done"
}
: >"$W/mdfd.log"
run
exec 9>"$W/fifo"
head -c 2000000 "$W/core.pcap" >&9
until_is yes eval '[ "$(delivered)" -gt 500 ] && [ "$(queue .queued_pdus)" = 0 ] && echo yes' || fail encryption.reload "nothing is delivered"
cp "$W/other.key" "$W/now.key"
reload 0
before=$(delivered)
tail -c +2000001 "$W/core.pcap" | head -c 2000000 >&9
until_is yes eval '[ "$(delivered)" -gt $((before + 500)) ] && [ "$(queue .queued_pdus)" = 0 ] && echo yes' || fail encryption.reload "nothing more is delivered"
cp "$W/short.key" "$W/now.key" 2>/dev/null || echo 00 >"$W/now.key"
reload 1
tail -c +4000001 "$W/core.pcap" >&9
exec 9>&-
until_is ended tap_ended
kill -TERM "$MDFD"
wait "$MDFD"
check encryption.reload.end 0 $?
PIDS=$LEMF_PID
lib_end
opened() { "$B/lidump" --json --payload-key "AES-256-CBC:$W/$1.key" "$W/a.example/NL-OP01-LI-1/hi3.ber" | grep -c '"cCPayloadSequence"'; }
old=$(opened 256) new=$(opened other)
check encryption.reload.old yes "$([ "$old" -gt 500 ] && echo yes)"
check encryption.reload.new yes "$([ "$new" -gt "$old" ] && echo yes)"
check encryption.reload.all "$cc" $((old + new))
check encryption.reload.refused 1 "$(grep -c 'reload: refused' "$W/mdfd.log")"

# -- what is wrong is said before it matters
bad() { # name, the option, what is said
	conf
	lib_dest 1 a.example "$2"
	lib_warrant 1 "$T" 1
	cat "$W/warrants" >>"$W/warrants.yaml"
	"$B/mdfd" -c "$W/mdfd.yaml" --check >"$W/bad.out" 2>&1
	status=$?
	check "encryption.bad.$1" "yes yes" "$([ $status != 0 ] && echo yes) $(grep -qE "$3" "$W/bad.out" && echo yes || cat "$W/bad.out")"
}
cut -c 1-40 "$W/256.key" >"$W/short.key"
bad absent 'encryption: {type: AES-256-CBC, key: absent.key}' 'destinations\[0\].encryption: .*absent.key: No such file'
bad short 'encryption: {type: AES-256-CBC, key: short.key}' 'is no key of 32 octets'
check encryption.bad.secret 0 "$(grep -c "$(head -c 16 "$W/256.key")" "$W/bad.out")"
bad type 'encryption: {type: DES, key: 256.key}' 'DES|AES-256-CBC'
bad nokey 'encryption: {type: AES-256-CBC}' 'belong together'
bad notype 'encryption: {key: 256.key}' 'type'
exit 0

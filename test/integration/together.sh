#!/bin/sh
# All that can be agreed with an agency at the same time: options negotiated, four connections, a second one beside a backlog, records put
# together, encrypted, hashed and signed; while the agency is away, and mdfd is killed and stopped in the middle of what has waited. What
# lemfd has in the end is whole and proved, and the account says so.
. test/lib.sh
for x in jq openssl; do command -v $x >/dev/null || { skip together "no $x"; exit 0; }; done
lib_begin together
TMPDIR=$W
export TMPDIR
lib_certs mdf.example lemf.example || { fail together "no certificates"; exit 1; }
openssl genpkey -algorithm ED25519 -out "$W/sign.key" 2>/dev/null
openssl pkey -in "$W/sign.key" -pubout -out "$W/sign.pub" 2>/dev/null
openssl rand -hex 32 >"$W/pay.key"
chmod 600 "$W"/*.key
LEMF_NAMES="--signer $W/sign.pub --payload-key AES-256-CBC:$W/pay.key"
D=$W/lemf.example
"$B/ligen" --plain --dual 0 --only6 0 --subscribers 6 --sessions 4 --packets 1500 --least 200 --most 900 --seed 11 --out "$W/core" --expect "$W/expect.json" 2>/dev/null
head -c 24 "$W/core" >"$W/none"
conf() { # tap's file, drain_timeout
	DRAIN=$2 lib_conf
	lib_tap core "$1"
	cat >>"$W/mdfd.yaml" <<END
spool: {dir: spool}
profiles:
  - {name: base, queue: 1MiB, spill: all, reconnect: 100ms, rate: 60Mbit/s, timers: {TIME6: 50ms, TIME3: 31s, TIME5: 31s}, negotiation: yes}
  - {name: proved, inherits: base, integrity: {hash: SHA-256, hashTimeout: 300ms, dataPduCount: 50, sign: sign.key, signTimeout: 1s, hashPduCount: 5}}
  - {name: all, inherits: proved, encryption: {type: AES-256-CBC, key: pay.key, tri: yes}, aggregation: {cc: 8, iri: 2}, lanes: 4,
     backlog: second, backlog_contexts: $3, backlog_over: 256KiB, backlog_late: 500ms, account_message: yes, test_pdu: yes}
END
	echo destinations: >"$W/warrants.yaml"
	lib_dest 1 lemf.example "profile: all"
	: >"$W/warrants"
	for n in 1 2 3 4; do lib_warrant $n "supiimsi: \"00101000000000$n\"" 1; done
	echo warrants: >>"$W/warrants.yaml"
	cat "$W/warrants" >>"$W/warrants.yaml"
}
run() {
	"$B/mdfd" -c "$W/mdfd.yaml" "$@" 2>>"$W/mdfd.log" </dev/null &
	MDFD=$!
	PIDS="$PIDS $MDFD"
}
have() { cat "$D"/*/hi?.ber 2>/dev/null | wc -c; }

for way in keep split; do
	rm -rf "$W/state" "$W/spool.key" "$D"
	: >"$W/mdfd.log"
	LISTEN=
	lib_lemf lemf.example || { fail together "lemfd did not start"; exit 1; }
	LISTEN=$PORT
	kill "$LEMF_PID"
	wait "$LEMF_PID" 2>/dev/null
	PIDS=
	conf core 200ms $way
	"$B/mdfd" -c "$W/mdfd.yaml" --check >"$W/check.out" 2>&1
	check together.$way.check 0 $?
	"$B/mdfd" -c "$W/mdfd.yaml" --drain 2>>"$W/mdfd.log" </dev/null
	lib_lemf lemf.example || { fail together "lemfd did not start"; exit 1; }
	conf none 0s $way
	i=0
	for how in KILL TERM KILL; do
		run
		before=$(have) k=0
		while [ "$(have)" -lt $((before + 200000)) ] && [ $k -lt 600 ]; do sleep 0.01; k=$((k + 1)); done
		i=$((i + 1))
		sleep 0.$((i * 7 % 4))
		kill -$how "$MDFD"
		wait "$MDFD" 2>/dev/null
		PIDS=$LEMF_PID
	done
	conf none 60s $way
	"$B/mdfd" -c "$W/mdfd.yaml" --drain 2>>"$W/mdfd.log" </dev/null
	check together.$way.status 0 $?
	# what became of all: nothing lost, and what a kill leaves open is said as that
	run
	i=0
	while ! "$B/mdfctl" -s "$W/control" status >/dev/null 2>&1 && [ $i -lt 200 ]; do sleep 0.05; i=$((i + 1)); done
	for n in 1 2 3 4; do
		check together.$way.$n.account "true 0" "$("$B/mdfctl" -s "$W/control" --json warrant account LI-$n |
			jq -r '[.accounts[] | .in == .delivered + .waiting + .filtered + .lost + .unsure] as $e | "\($e | all and length > 0) \([.accounts[].lost] | add)"')"
	done
	kill "$MDFD"
	wait "$MDFD" 2>/dev/null
	PIDS=$LEMF_PID
	lib_end
	# each of it did happen
	jq -r 'select(.event == "delivery-up") | .fields | "\(.kind) \(.options) \(.connection)"' "$W/state/audit.log" | sort -u >"$W/ups"
	check together.$way.negotiated agreed "$(cut -d' ' -f2 "$W/ups" | sort -u)"
	check together.$way.lanes 4 "$(grep -c '^HI3 agreed [0-3]$' "$W/ups")"
	check together.$way.second yes "$(grep -q '^HI3 agreed [0-3]+$' "$W/ups" && echo yes)"
	# once each, or again after a kill: it has no number that would say so
	check together.$way.test 4 "$(for f in "$D"/*/events.jsonl; do jq -r .event "$f" | grep -m 1 '^test$'; done | wc -l)"
	check together.$way.encrypted aES-256-CBC "$("$B/lidump" --json "$D/NL-OP01-LI-1/hi3.ber" | jq -r .payload.encryptionContainer.encryptionType | sort -u)"
	for n in 1 2 3 4; do
		d=$D/NL-OP01-LI-$n
		want=$(jq -r ".subscribers[\"00101000000000$n\"] | .from + .to" "$W/expect.json")
		check together.$way.$n.content "$want" "$("$B/lidump" --json --payload-key "AES-256-CBC:$W/pay.key" "$d/hi3.ber" |
			jq -r '.pSHeader as $h | (.payload.encryptionContainer.encryptedPayload.payload // .payload).cCPayloadSequence | "\($h.communicationIdentifier.communicationIdentityNumber) \($h.sequenceNumber) \(length)"' |
			sort -u | tee "$W/pdus" | awk '{ n += $3 } END { print n + 0 }')"
		check together.$way.$n.bundles yes "$(awk '$3 > 1 { n++ } END { if (n) print "yes" }' "$W/pdus")"
		check together.$way.$n.verify good "$("$B/lemfd" verify "$D" NL-OP01-LI-$n $LEMF_NAMES 2>/dev/null | awk -v n=NL-OP01-LI-$n '$1 == n { print $NF }')"
		check together.$way.$n.gaps 0 "$(grep -cE '"event":"(gap|conflict|undecoded|encrypted)"' "$d/events.jsonl")"
	done
	"$B/mdfctl" audit verify --key "$W/state/audit.pub" "$W/state/audit.log" >/dev/null 2>&1
	check together.$way.audit 0 $?
done

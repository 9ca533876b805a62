#!/bin/sh
# Integrity checks end to end: what mdfd hashes and signs, held against what lemfd stored by lemfd itself and by a second implementation
# (integrity.pl); kills and stops in the middle of a backlog; a new key; keys that are no good; a bit, a PDU, a Hash and an order that are not
# as they were.
. test/lib.sh
command -v perl >/dev/null && perl -MDigest::SHA -e 1 2>/dev/null || { skip integrity "no perl with Digest::SHA"; exit 0; }
lib_begin integrity
TMPDIR=$W
export TMPDIR
lib_certs mdf.example lemf.example || { fail integrity "no certificates"; exit 1; }
signer() { # name, what openssl genpkey is to make
	n=$1
	shift
	openssl genpkey "$@" -out "$W/$n.key" 2>/dev/null
	chmod 600 "$W/$n.key"
	openssl pkey -in "$W/$n.key" -pubout -out "$W/$n.pub" 2>/dev/null
}
signer one -algorithm EC -pkeyopt ec_paramgen_curve:P-256
signer two -algorithm ED25519
signer three -algorithm EC -pkeyopt ec_paramgen_curve:P-384
LEMF_NAMES="--signer $W/one.pub --signer $W/two.pub --signer $W/three.pub"
D=$W/lemf.example
F=$D/NL-OP01-LI-1
judged() { # key [hash]: what the second implementation says, but for the number of records
	perl test/integration/integrity.pl "$F" "$W/$1.pub" ${2:+"$2"}
}
sound() { # name, key, hash: nothing is wrong, and there is something
	got=$(judged "$2" "$3")
	check "$1.judged" 'bad=0 absent=0 uncovered=0 twice=0 badsig=0 unsigned=0 gaps=0 odd=0' "${got#* signatures=* }"
	case $got in *' hashes=0 '*|*' signatures=0 '*|records=0*) fail "$1.some" "$got" ;; *) ok "$1.some" ;; esac
	# shellcheck disable=SC2086
	check "$1.verify" good "$("$B/lemfd" verify "$D" NL-OP01-LI-1 $LEMF_NAMES 2>/dev/null | awk '$1 == "NL-OP01-LI-1" { print $NF }')"
	check "$1.events" good "$(jq -r 'select(.event == "integrity").verdict' "$F/events.jsonl" | sort -u)"
}

# -- each algorithm, to the end of a run --------------------------------------------------------------------------------------------
for way in 'one SHA-256' 'two SHA-512, signature_algorithm: yes' 'three SHA-384, hash_algorithm: all, first_number: 1'; do
	k=${way%% *} how=${way#* }
	lib_world integrity.$k "--seed 7 --subscribers 6 --sessions 4 --packets 60" || exit 1
	lib_dest 1 lemf.example "integrity: {hash: $how, dataPduCount: 7, sign: $k.key, hashPduCount: 3}"
	lib_warrant 1 'supiimsi: "001010000000001"' 1
	lib_drain integrity.$k "seed 7" || exit 1
	h=${how%%,*}
	sound integrity.$k "$k" "$h"
	grep -qa 'LI-1' "$W/state/mdfd.db" && fail integrity.$k.secret "the LIID is in the store in clear" || ok integrity.$k.secret
done

cp -r "$D" "$W/whole"

# -- under the agency's key: what is digested is the clear form of annex G, which lemfd makes again (HO-PEN-008) --------------------------
openssl rand -hex 32 >"$W/pay.key"
chmod 600 "$W/pay.key"
keep=$LEMF_NAMES
LEMF_NAMES="$LEMF_NAMES --payload-key AES-256-CBC:$W/pay.key"
lib_world integrity.sealed "--seed 8 --subscribers 6 --sessions 4 --packets 60" || exit 1
lib_dest 1 lemf.example "encryption: {type: AES-256-CBC, key: pay.key, tri: yes}, integrity: {hash: SHA-256, dataPduCount: 7, sign: one.key}"
lib_warrant 1 'supiimsi: "001010000000001"' 1
lib_drain integrity.sealed "seed 8" || exit 1
check integrity.sealed.events good "$(jq -r 'select(.event == "integrity").verdict' "$F/events.jsonl" | sort -u)"
check integrity.sealed.all "$("$B/lidump" --json "$F/hi2.ber" "$F/hi3.ber" | wc -l)" "$(jq -r 'select(.event == "integrity" and .check == "hash").count' "$F/events.jsonl" |
	awk '{ n += $1 } END { print n + 0 }')"
LEMF_NAMES=$keep
rm -rf "$D"
cp -r "$W/whole" "$D"

# -- faults: each is found, and named -----------------------------------------------------------------------------------------------
faulty() { # name, what verify must say, of the copy that was spoilt
	# shellcheck disable=SC2086
	"$B/lemfd" verify "$D" NL-OP01-LI-1 $LEMF_NAMES >"$W/verify" 2>/dev/null
	check "integrity.$1.status" 1 $?
	grep -q -- "$2" "$W/verify" && ok "integrity.$1" || fail "integrity.$1" "$(tail -n 3 "$W/verify" | tr '\n' ' ')"
	rm -rf "$D"
	cp -r "$W/whole" "$D"
}
pdus() { # file, perl that changes @p, its PDUs
	perl -0777 -ne 'my ($at, @p) = (0);
		while ($at < length) {
			my ($l, $k) = (ord substr($_, $at + 1, 1), 0);
			if ($l & 128) { $k = $l & 127; $l = 0; for my $i (1 .. $k) { $l = $l << 8 | ord substr($_, $at + 1 + $i, 1) } }
			push @p, substr($_, $at, 2 + $k + $l);
			$at += 2 + $k + $l;
		}
		'"$2"' print @p' "$1" >"$1.new" && mv "$1.new" "$1"
}
pdus "$F/hi3.ber" 'substr($p[9], -2, 1) ^= "\x04";'
faulty flipped 'bad       HI3 (hash)'
pdus "$F/hi3.ber" 'splice @p, 5, 1;'
faulty lost 'missing   HI3 (hash).* the first is'
pdus "$F/integrity.ber" 'splice @p, 2, 1;'
faulty hash_lost 'gap'
# the contents of two records changed about, each under the other's header: as who forges would
pdus "$F/hi3.ber" 'my ($x, $y) = ("" . substr($p[3], -40), "" . substr($p[4], -40)); die if $x eq $y; substr($p[3], -40) = $y; substr($p[4], -40) = $x;'
faulty swapped 'bad       HI3 (hash)'
# the last of the file is a signature
pdus "$F/integrity.ber" 'substr($p[-1], -12, 1) ^= "\x04";'
faulty signature 'signature'

# -- the agency is away; kills and stops in the middle of the backlog: each record is covered, whatever died ----------------------------
"$B/ligen" --plain --dual 0 --only6 0 --subscribers 1 --sessions 6 --packets $((ROUNDS < 100 ? 1500 : 5000)) --least 200 --most 900 --seed 4 --out "$W/core" --expect "$W/expect.json" 2>/dev/null
head -c 24 "$W/core" >"$W/none"
run() {
	"$B/mdfd" -c "$W/mdfd.yaml" "$@" 2>>"$W/mdfd.log" </dev/null &
	MDFD=$!
	PIDS="$PIDS $MDFD"
}
conf() { # tap's file
	DRAIN=$2 lib_conf
	lib_tap core "$1"
	echo "spool: {dir: spool}" >>"$W/mdfd.yaml"
	echo destinations: >"$W/warrants.yaml"
	lib_dest 1 lemf.example "queue: 1MiB, spill: all, reconnect: 100ms, rate: 40Mbit/s, timers: {TIME6: 50ms, TIME3: 31s, TIME5: 31s}, integrity: {hash: SHA-256, hashTimeout: 300ms, dataPduCount: 50, sign: one.key, signTimeout: 1s, hashPduCount: 5}"
	: >"$W/warrants"
	lib_warrant 1 'supiimsi: "001010000000001"' 1
	echo warrants: >>"$W/warrants.yaml"
	cat "$W/warrants" >>"$W/warrants.yaml"
}
rm -rf "$W/state" "$D" "$W/spool.key"
lib_lemf lemf.example || { fail integrity "lemfd did not start"; exit 1; }
LISTEN=$PORT
kill "$LEMF_PID"
wait "$LEMF_PID" 2>/dev/null
PIDS=
conf core 200ms
: >"$W/mdfd.log"
"$B/mdfd" -c "$W/mdfd.yaml" --drain 2>>"$W/mdfd.log" </dev/null
lib_lemf lemf.example || { fail integrity "lemfd did not start"; exit 1; }
conf none 0s
i=0
for how in KILL TERM KILL KILL; do
	run
	before=$(cat "$F"/hi?.ber 2>/dev/null | wc -c) k=0
	# some of it, and not all: so far, then as it comes
	while [ "$(cat "$F"/hi?.ber 2>/dev/null | wc -c)" -lt $((before + 60000)) ] && [ $k -lt 600 ]; do sleep 0.01; k=$((k + 1)); done
	i=$((i + 1))
	sleep 0.$((i * 7 % 4))
	kill -$how "$MDFD"
	wait "$MDFD" 2>/dev/null
	PIDS=$LEMF_PID
done
conf none 60s
"$B/mdfd" -c "$W/mdfd.yaml" --drain 2>>"$W/mdfd.log" </dev/null
check integrity.kills.status 0 $?
lib_end
got=$(judged one SHA-256)
check integrity.kills 'bad=0 absent=0 uncovered=0' "$(echo "$got" | grep -o 'bad=[0-9]* absent=[0-9]* uncovered=[0-9]*')"
check integrity.kills.signed 'badsig=0 unsigned=0 gaps=0 odd=0' "${got#*twice=* }"
check integrity.kills.all "$(jq -r '.subscribers["001010000000001"] | .from + .to' "$W/expect.json")" \
	"$("$B/lidump" --json "$F/hi3.ber" | jq -r '"\(.pSHeader.communicationIdentifier.communicationIdentityNumber) \(.pSHeader.sequenceNumber)"' | sort -u | wc -l)"
case $got in *' twice=0 '*) fail integrity.kills.again "nothing was sent again, so nothing was in the middle of its way" ;; *) ok integrity.kills.again ;; esac
check integrity.kills.events good "$(jq -r 'select(.event == "integrity").verdict' "$F/events.jsonl" | sort -u)"

# -- keys that are no good are named; nothing begins with them ------------------------------------------------------------------------
bad_key() { # name, what is said
	"$B/mdfd" -c "$W/mdfd.yaml" --check >"$W/check" 2>&1
	check "integrity.key_$1.status" 1 $?
	grep -q "destinations\[0\].integrity.sign: .*$2" "$W/check" && ok "integrity.key_$1" || fail "integrity.key_$1" "$(cat "$W/check")"
}
chmod 644 "$W/one.key"
bad_key mode 'mode must be 0600'
chmod 600 "$W/one.key"
cp "$W/one.key" "$W/keep.key"
openssl genpkey -algorithm RSA -out "$W/one.key" 2>/dev/null
bad_key rsa 'no private key of ECDSA or Ed25519'
rm "$W/one.key"
bad_key absent 'No such file'
cp "$W/keep.key" "$W/one.key"
"$B/mdfd" -c "$W/mdfd.yaml" --check >"$W/check" 2>&1
check integrity.key_good 0 $?

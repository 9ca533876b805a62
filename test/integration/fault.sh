#!/bin/sh
# Each fault of test/fault once (make fault: 200 runs), and the judge of them judged: what a run left is spoilt, and each time it must
# find fault.
. test/lib.sh
SEED=${SEED:-1}
ONLY= RUNS=25 SEED=$SEED JOBS=2 sh test/fault/run.sh
T=$B/run/fault
W=$T/judge

# -- the judge
command -v jq >/dev/null || exit 0
rm -rf "$W"
for what in kill-lemfd kill; do
	RUNS=1 JOBS=1 ONLY=$what sh test/fault/run.sh >"$B/run/$what.out" 2>&1
	grep -q "^ok fault.$what" "$B/run/$what.out" || { fail fault.judge "no run to be judged: $(grep FAIL "$B/run/$what.out")"; exit 1; }
	rm -rf "$B/run/judged.$what"
	cp -r "$T/w0/run" "$B/run/judged.$what"
done
mkdir -p "$W"
R=$B/run/judged.kill-lemfd how=--lossless
judge() { # what is wrong (a name), what it must say
	"$B/fault_check" --seed "$SEED" --truth "$W/truth" --out "$W/out" --warrants "$W/wanted" --said "$W/said" --used "$W/used" $how >"$W/verdict" 2>&1
	rc=$?
	if [ -z "${2:-}" ]; then
		check "fault.judge.$1" 0 $rc
	elif [ $rc -eq 1 ] && grep -q "^fault: .*$2" "$W/verdict"; then
		ok "fault.judge.$1"
	else
		fail "fault.judge.$1" "status $rc: $(head -n 3 "$W/verdict" | tr '\n' ' ')"
	fi
}
anew() {
	rm -rf "$W/out"
	cp -r "$R/lemf.example" "$W/out"
	cp "$R/truth" "$R/wanted" "$R/said" "$R/used" "$W"
	f=$W/out/NL-OP01-LI-1/hi3.ber
	size=$(wc -c <"$f")
	# octets of the first PDU: 30 82 and two octets of length; 30 81 and one
	first=$(od -An -tu1 -N4 "$f" | awk '{ print $2 == 130 ? 4 + 256 * $3 + $4 : $2 == 129 ? 3 + $3 : 2 + $2 }')
}
flip() { # offset: one octet is another
	o=$(od -An -tu1 -j "$1" -N1 "$f")
	printf "$(printf '\\%03o' $((o ^ 1)))" | dd of="$f" bs=1 seek="$1" conv=notrunc 2>/dev/null
}
anew
judge sound
flip $((first - 40))		# in the first packet
judge octet 'content that was not sent'
anew
tail -c +$((first + 1)) "$R/lemf.example/NL-OP01-LI-1/hi3.ber" >"$f"
judge lost 'numbers from 0 on are missing without a word'
anew
head -c $((size - 10)) "$R/lemf.example/NL-OP01-LI-1/hi3.ber" >"$f"
judge torn 'ends within a PDU'
anew
tail -c +$((first + 1)) "$R/lemf.example/NL-OP01-LI-1/hi3.ber" >"$f"
head -c "$first" "$R/lemf.example/NL-OP01-LI-1/hi3.ber" >>"$f"
judge late 'came before a lower one'
check fault.judge.ledger_late 1 "$("$B/lemfd" verify "$W/out" NL-OP01-LI-1 2>/dev/null | grep -c '^    order     hi3.ber')"
anew
sed -i 's/^LI-1 1 /LI-1 2 /' "$W/wanted"
judge whose 'content of somebody else'
anew
cp "$f" "$W/out/NL-OP01-LI-102/hi3.ber"
judge kind 'of a kind that the warrant does not cover'
anew
rm -r "$W/out/NL-OP01-LI-103"
judge stream 'LI-103: [0-9]* packets of session [0-9]* are missing'
anew
awk '$1 == "LI-1" && $2 == "HI3" { print $1, $2, $3, 5, 9; exit }' "$W/used" >>"$W/said"
judge needless 'announced as not issued, and mdfd ran all the time'

R=$B/run/judged.kill how=
anew
judge killed
sed -i '/^LI-1 /d' "$W/said"
judge word 'open when mdfd was killed, and nothing was announced'
anew
awk '$1 == "r" || $1 == "l" { if (n++ > 1) next } { print }' "$R/truth" >"$W/truth"	# as if nobody had been killed: then packets are missing
judge count 'packets of session\|packets were seen and not numbered'
rm -rf "$B"/run/judged.*

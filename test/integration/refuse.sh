#!/bin/sh
# An agency that refuses what it does not expect (lemfd --unexpected NAME=refuse), and our mdfd: the connection ends and comes back, nothing of the
# interception is kept; when it is expected all of it arrives, once.
. test/lib.sh
lib_begin refuse
lib_certs mdf.example lemf.example || { fail refuse "no certificates"; exit 1; }
D=$W/lemf.example

LEMF_NAMES="--expect mdf.example=NL-OP01-LI-1 --unexpected mdf.example=refuse"
lib_world refuse.world "--seed 11 --subscribers 2 --sessions 2 --packets 40" || exit 1
lib_dest 1 lemf.example 'connections: shared, reconnect: 100ms'
for k in 1 2; do lib_warrant $k "supiimsi: \"00101000000000$k\"" 1; done
cat "$W/warrants" >>"$W/warrants.yaml"
"$B/mdfd" -c "$W/mdfd.yaml" --drain 2>"$W/mdfd.log" </dev/null &
MDFD=$!
refused() { grep -c '"event":"unexpected-refused".*"interception":"NL-OP01-LI-2"' "$D/events.jsonl" 2>/dev/null; }
i=0
while [ "$(refused)" -lt 3 ] 2>/dev/null && [ $i -lt 100 ]; do sleep 0.1; i=$((i + 1)); done
check refuse.again_and_again 1 "$(($(refused) >= 3))"
check refuse.reason 1 "$(($(grep -c '"event":"peer-refused".*a PDU of an interception that this peer is not to deliver' "$D/events.jsonl") >= 3))"
check refuse.nothing_kept "" "$(find "$D" -name 'NL-OP01-LI-2*'; cat "$D/other.ber" 2>/dev/null)"
kill -0 $MDFD 2>/dev/null && ok refuse.it_waits || fail refuse.it_waits "mdfd has ended: $(tail -n 2 "$W/mdfd.log")"

# it was a mistake: the order for it was written down late
lib_end
LISTEN=$PORT LEMF_NAMES="--expect mdf.example=NL-OP01-LI-1 --expect mdf.example=NL-OP01-LI-2 --unexpected mdf.example=refuse" lib_lemf lemf.example
wait $MDFD; check refuse.drained 0 $?
lib_end
"$B/lemfd" verify "$D" >"$W/verify" 2>"$W/verify.err"; check refuse.verify 0 $?
check refuse.all_of_both "good good" "$(awk '$1 ~ /LI-/ && $2 > 0 && $3 > 0 { print $NF }' "$W/verify" | xargs)"

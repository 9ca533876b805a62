#!/bin/sh
# The completeness account of a warrant: in = delivered + waiting + filtered + lost + unsure, at each look, whatever happens: an agency that stands
# still, a queue that is full, a purge, a stop, a kill -9. What it calls delivered is at the agency; what is not there, it does not call so.
. test/lib.sh
for x in jq openssl; do command -v $x >/dev/null || { skip account "no $x"; exit 0; }; done
lib_begin account
. test/away.lib.sh
lib_certs mdf.example lemf.example upf-1.example || { fail account "no certificates"; exit 1; }

account() { $CTL --json warrant account "$1"; }	# LIID or XID
of() { account "$1" | jq "[.accounts[] | $2] | add // 0"; }	# LIID WHAT: the sum of all its rows
all_of() { echo $(($(of LI-1 "$1") + $(of LI-2 "$1"))); }	# WHAT: of both
state() { account "$1" | jq -r '[.accounts[].state] | unique | join(" ")'; }
# the sum is right in each row; and how many rows there are
holds() {
	account "$1" | jq -r '[.accounts[] | (.in == .delivered + .waiting + .filtered + .lost + .unsure and .waiting >= 0
		and .filtered == ([.filtered_by[]] | add // 0) and .lost == ([.lost_by[]] | add // 0))] | "\(all) \(length)"'
}
messages() { jq -r 'select(.event == "operator-message") | "\(.priority) \(.text)"' "$W/lemf.example/NL-OP01-$1/events.jsonl" | grep -c "$2"; }	# LIID PATTERN
text_of() { jq -r 'select(.event == "operator-message") | .text' "$W/lemf.example/NL-OP01-$1/events.jsonl" | sed -n 's/^account HI3 \(.*\): .*/\1/p' | tail -n 1; }
closes() { jq -r "select(.event == \"warrant-account\" and .fields.liid == \"$1\" and .who == \"mdfd\") | .fields | \"\(.kind) \(.in) \(.delivered) \(.lost)\"" "$W/state/audit.log" | sort; }

"$B/ligen" --plain --dual 0 --only6 0 --subscribers 2 --sessions 3 --packets $((ROUNDS < 100 ? 1500 : 4000)) --least 200 --most 900 --seed 4 \
	--out "$W/core" 2>/dev/null

# -- nothing is lost: all is delivered, and the agency is told so when the warrant is over
begin 'account_message: yes'
up
warrants 1 2
check account.empty "true 2" "$(holds LI-1)"
feed core
check account.all 0 "$(until_is 0 queue queued_pdus)"
check account.holds "true 2 true 2" "$(holds LI-1) $(holds LI-2)"
check account.delivered "$(stored LI-1) $(stored LI-2)" "$(of LI-1 .delivered) $(of LI-2 .delivered)"
check account.nothing "0 0 0 0 some" "$(of LI-1 .waiting) $(of LI-1 .lost) $(of LI-1 .unsure) $(of LI-1 .filtered) $(some "$(of LI-1 .in)")"
check account.sum "$(queue delivered_pdus)" "$(all_of .delivered)"
check account.octets some "$(some "$(of LI-1 .delivered_octets)" "$(($(of LI-1 .delivered) * 200))")"
xid=$(lib_uuid 1000001)
check account.xid "$(of LI-1 .in)" "$(of "$xid" .in)"
check account.both "$(of LI-1 .in)" "$($CTL --json warrant account LI-1 --xid "$xid" | jq '[.accounts[].in] | add')"
$CTL warrant account LI-1 >"$W/text"
check account.text "1 1" "$(grep -c '^LIID.*DELIVERED.*LOST' "$W/text") $(grep -c "HI3.*open" "$W/text")"
account LI-nobody >/dev/null 2>&1
check account.nobody 1 $?
check account.asked some "$(some "$(jq -c 'select(.event == "warrant-account" and (.who | startswith("uid:")) and .fields.why == "asked for")' "$W/state/audit.log" | wc -l)")"
in=$(of LI-1 .in)
$CTL warrant end LI-1 >/dev/null
check account.closed closed "$(until_is closed state LI-1)"
check account.word 2 "$(until_is 2 messages LI-1 '^2 account HI[23] in=.* lost=0 unsure=0: nothing is lost')"
check account.still "$in $in" "$(of LI-1 .in) $(of LI-1 .delivered)"
check account.audited "$in 2" "$(closes LI-1 | awk '{ n += $2; d += ($2 == $3) } END { print n, d }')"
check account.other "0 open" "$(messages LI-2 'account ') $(state LI-2)"
end account

# -- several connections, and several records in a PDU, which counts as one
begin 'lanes: 2, aggregation: {cc: 8, iri: 4, delay: 200ms}'
up
kill -STOP "$LEMF_PID"
warrants 1 2
feed core
settled >/dev/null
check account.lanes.holds "true 2 true 2" "$(holds LI-1) $(holds LI-2)"
kill -CONT "$LEMF_PID"
check account.lanes.empty 0 "$(until_is 0 queue queued_pdus)"
check account.lanes.delivered "$(stored LI-1) $(stored LI-2)" "$(of LI-1 .delivered) $(of LI-2 .delivered)"
check account.lanes.all "0 0 0" "$(all_of .waiting) $(all_of .lost) $(all_of .unsure)"
$CTL warrant end LI-1 >/dev/null
check account.lanes.closed closed "$(until_is closed state LI-1)"
end account.lanes

# -- an agency that stands still, and no disk: content of X3 that finds no room is lost, and said so; the equation holds meanwhile
SPILL=none
begin 'account_message: yes' 'x2x3: {listen: "127.0.0.1:0", peers: [upf-1.example], full_wait: 0s}'
sed -i '/^taps:/d; /name: core/d' "$W/mdfd.yaml"	# files of packets have another clock
up
at=$(sed -n 's/.*x2x3: listening on .*, port \([0-9]*\),.*/\1/p' "$W/mdfd.log")
sent=$(((ROUNDS < 100 ? 150 : 300) * 64))
send() { # PASSES [more]: content of the task of LI-1, 64 PDUs a pass
	n=$1
	shift
	"$B/lipoi" --to "127.0.0.1:$at" --name mdf.example --cert "$W/upf-1.example.crt" --key "$W/upf-1.example.key" --ca "$W/ca.crt" --xid "$(lib_uuid 1000001)" \
		--nfid upf-1 --ipid cc --make gtpu:1000 --passes "$n" "$@" >"$W/lipoi.said" 2>&1
}
warrants 1
sleep 1
kill -STOP "$LEMF_PID"
send $((sent / 64))
check account.full.sent 0 $?
settled >/dev/null
check account.full.waits "true 2 some some" "$(holds LI-1) $(some "$(of LI-1 .waiting)") $(some "$(of LI-1 '.lost_by.full // 0')")"
check account.full.in "$sent" "$(of LI-1 .in)"
words=$(($(queue queued_pdus) - $(of LI-1 .waiting)))	# to the agency, of what was lost: they are no records
check account.full.queue "0 0 $(queue dropped_pdus)" "$((words < 0)) $((words > 2)) $(of LI-1 .lost)"
$CTL warrant end LI-1 >/dev/null
sleep 2
check account.full.over "over true" "$(account LI-1 | jq -r '.accounts[] | select(.waiting > 0) | .state' | sort -u) $(holds LI-1 | cut -d' ' -f1)"
kill -CONT "$LEMF_PID"
check account.full.closed closed "$(until_is closed state LI-1)"
check account.full.delivered "$(stored LI-1)" "$(of LI-1 .delivered)"
check account.full.sum "$sent" "$(($(of LI-1 .delivered) + $(of LI-1 .lost)))"
check account.full.word "1 1" "$(until_is 1 messages LI-1 '^1 account HI3 .* lost=[1-9].*: full') $(messages LI-1 '^2 account HI2 .* lost=0 unsure=0: nothing')"
# of a warrant of IRI alone content is not for it, and counted as such
warrant_of() { # DELIVERY
	: >"$W/warrants"
	lib_warrant 1 'supiimsi: "001010000000001"' 1 "$1"
	{ echo warrants:; cat "$W/warrants"; } >"$W/more.yaml"
	$CTL warrant add "$W/more.yaml" >/dev/null
}
warrant_of HI2Only
sleep 1
send 2
check account.kind "128 true" "$(until_is 128 of LI-1 '.filtered_by.kind // 0') $(holds LI-1 | cut -d' ' -f1)"
end account.full
SPILL=all

# -- purged while the agency stands still
begin 'account_message: yes'
up
kill -STOP "$LEMF_PID"
warrants 1 2
feed core
settled >/dev/null
$CTL warrant end LI-1 --purge >/dev/null
until_is some eval 'some "$(queue purged_pdus)"' >/dev/null
check account.purge.holds "true 2 true 2" "$(holds LI-1) $(holds LI-2)"
kill -CONT "$LEMF_PID"
check account.purge.closed closed "$(until_is closed state LI-1)"
check account.purge.sum "$(queue purged_pdus)" "$(($(of LI-1 '.lost_by.purged // 0') + $(of LI-1 .unsure)))"
check account.purge.delivered "$(stored LI-1)" "$(of LI-1 .delivered)"
check account.purge.word 1 "$(until_is 1 messages LI-1 '^1 account HI3 .*purged')"
check account.purge.text "in=$(account LI-1 | jq '.accounts[] | select(.kind == "HI3") | .in') delivered=$(account LI-1 | jq '.accounts[] | select(.kind == "HI3") | .delivered')" "$(text_of LI-1 | cut -d' ' -f1,2)"
end account.purge

# -- a stop, with a disk: what waits goes on in the next process, and nothing is unsure
begin
up
kill -STOP "$LEMF_PID"
warrants 1 2
feed core
settled >/dev/null
in=$(all_of .in)
exec 9>&-
kill -TERM $MDFD
wait $MDFD
check account.stop 0 $?
gone $MDFD
check account.kept 0 "$(queue queued_pdus 2>/dev/null || echo 0)"
kill -CONT "$LEMF_PID"
up
check account.goes.on "true 2 true 2" "$(holds LI-1) $(holds LI-2)"
check account.again.empty 0 "$(until_is 0 queue queued_pdus)"
check account.again "$in 0 0 0" "$(all_of .delivered) $(all_of .waiting) $(all_of .lost) $(all_of .unsure)"
check account.again.stored "$(($(stored LI-1) + $(stored LI-2)))" "$(all_of .delivered)"
end account.again

# -- kill -9 while records wait in memory and on disk: each is delivered, or unsure; nothing is called delivered that is not there
begin
up
kill -STOP "$LEMF_PID"
warrants 1 2
feed core
settled >/dev/null
sleep 2
before=$(all_of .in)
kill -KILL $MDFD
gone $MDFD
exec 9>&-
kill -CONT "$LEMF_PID"
sleep 1
up
check account.kill.holds "true 2 true 2" "$(holds LI-1) $(holds LI-2)"
check account.kill.empty 0 "$(until_is 0 queue queued_pdus)"
check account.kill.settled 0 "$(until_is 0 all_of .waiting)"
check account.kill.in some "$(some "$(($(all_of .in) + 1))" "$before")"
came=$(($(stored LI-1) + $(stored LI-2))) said=$(all_of .delivered) unsure=$(($(all_of .unsure) + $(all_of .unsure_more)))
check account.kill.bounds "0 0" "$((said > came)) $((came > said + unsure))"
check account.kill.rest "0 some" "$(all_of .lost) $(some "$(all_of .unsure)")"
$CTL warrant end LI-1 >/dev/null
check account.kill.closed closed "$(until_is closed state LI-1)"
check account.kill.unexplained 0 "$(of LI-1 '.lost_by.unexplained // 0')"
end account.kill

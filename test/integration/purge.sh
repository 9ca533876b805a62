#!/bin/sh
# What is queued of a warrant that ends is purged where that is ordered: by mdfctl, by an ADMF's profile, by suspension. The agency stands
# still, then goes on: of what was purged nothing comes but what TLS had been given, of the other warrant all of it. The same with a kill -9
# right after the answer; then what was purged never comes out of the segments.
. test/lib.sh
. test/x1.lib.sh
for x in jq curl xmllint openssl editcap tshark; do command -v $x >/dev/null || { skip purge "no $x"; exit 0; }; done
lib_begin purge
. test/away.lib.sh
lib_certs mdf.example lemf.example || { fail purge "no certificates"; exit 1; }
issue mdf.example /CN=mdf/UID=MDF-1 DNS:mdf.example
issue admf /CN=admf/UID=ADMF-1 DNS:admf.example,IP:127.0.0.1
x1_schemas

# of each context from 0 on, each number the one after the last; how many are out of that
holes() {
	for f in "$W/lemf.example/NL-OP01-$1"/hi[23].ber; do "$B/lidump" --json "$f" | jq -r "select(.payload.tRIPayload == null) | [\"$f\", .pSHeader.communicationIdentifier.communicationIdentityNumber // \"-\", .pSHeader.sequenceNumber] | @tsv"; done |
		awk '{ k = $1 $2; if ($3 != next_of[k] + 0) bad++; next_of[k] = $3 + 1 } END { print bad + 0 }'
}
purged_of() { jq -s "[.[] | select(.event == \"records-purged\" and .fields.liid == \"$1\") | .fields.pdus | tonumber] | add // 0" "$W/state/audit.log"; }
counter() { $CTL --json counters 2>/dev/null | jq "[.. | objects | select(.name? == \"$1\") | .value] | add // 0"; }

"$B/ligen" --plain --dual 0 --only6 0 --subscribers 2 --sessions 3 --packets $((ROUNDS < 100 ? 1500 : 6000)) --least 200 --most 900 --seed 4 \
	--out "$W/core" 2>/dev/null

# -- mdfctl; the agency stands still
begin
up
kill -STOP "$LEMF_PID"
warrants 1 2
feed core
settled >/dev/null
total=$(($(queue queued_pdus) + $(queue delivered_pdus)))
check purge.wide some "$(some "$(queue disk_pdus)" "$(queue memory_pdus)")"
$CTL warrant end LI-1 --purge >/dev/null
check purge.end 0 $?
check purge.counted some "$(some "$(until_is some eval 'some "$(queue purged_pdus)"' >/dev/null; queue purged_pdus)")"
settled >/dev/null
kill -CONT "$LEMF_PID"
check purge.empty 0 "$(until_is 0 queue queued_pdus)"
gone_=$(queue purged_pdus)
check purge.sum "$total" "$((gone_ + $(queue delivered_pdus)))"
check purge.stored "$(queue delivered_pdus)" "$(($(stored LI-1) + $(stored LI-2)))"
check purge.one "$gone_" "$(purged_of LI-1)"
check purge.other "0 0" "$(holes LI-2) $(purged_of LI-2)"
check purge.prefix "0 some" "$(holes LI-1) $(some "$(stored LI-2)" "$(stored LI-1)")"
check purge.audited "1 1" "$(audited warrant-purge) $(audited warrant-end)"
check purge.metric "$gone_" "$(counter mdfd_delivery_purged_pdus_total)"
check purge.dropped "0 0" "$(queue dropped_pdus) $(queue damaged_pdus)"
# the same LIID, ordered anew at once, is another order
one=$(stored LI-1)
kill -STOP "$LEMF_PID"
warrants 1
$CTL warrant end LI-1 --purge >/dev/null
warrants 1
check purge.anew active "$($CTL --json warrant show LI-1 | jq -r .warrant.state)"
kill -CONT "$LEMF_PID"
end purge
check purge.anew.same some "$(some "$(($(stored LI-1) + 1))" "$one")"

# -- the same, killed right after the answer
begin
up
kill -STOP "$LEMF_PID"
warrants 1 2
feed core
settled >/dev/null
$CTL warrant end LI-1 --purge >/dev/null
kill -KILL $MDFD
gone $MDFD
kill -CONT "$LEMF_PID"
sleep 1
one=$(stored LI-1) two=$(stored LI-2)
up
check purge.kill.empty 0 "$(until_is 0 queue queued_pdus)"
sleep 1
check purge.kill.one "$one" "$(stored LI-1)"
check purge.kill.two some "$(some "$(stored LI-2)" "$two")"
check purge.kill.told some "$(some "$(purged_of LI-1)")"
check purge.kill.silent 0 "$(dump LI-1 | jq -r 'select(.payload.tRIPayload.operatorLeaMessage != null) | 1' | wc -l)"
check purge.kill.damaged 0 "$(queue damaged_pdus)"
end purge.kill

# -- over X1: the ADMF's profile
x1_end() { # NAME end_of_task: of what is queued when the task ends, how much is purged
	begin '' "x1:
  listen: 127.0.0.1:0
  ne_id: MDF-1
  admf_id: ADMF-1
  peers: [admf.example]
  authorization_country: NL
  TIME_P2: ${P2:-1h}
  end_of_task: $2"
	check "$1.check" 1 "$("$B/mdfd" -c "$W/mdfd.yaml" --check 2>/dev/null | grep -c "ADMF-1: end_of_task: $2\$")"
	up
	kill -STOP "$LEMF_PID"
	for k in 1 2; do
		x1 "$1.activate$k" oK "$(x1_msg ActivateTask "$(x1_task $k "$(x1_did 1)" "$(x1_liid "LI-$k")" "$(x1_target supiimsi "00101$(printf %010u $k)")")")"
	done
	feed core
	settled >/dev/null
}
x1_end purge.x1 purge
x1 deactivate oK "$(x1_msg DeactivateTask "$(x1_xid 1)")"
settled >/dev/null
kill -CONT "$LEMF_PID"
check purge.x1.empty 0 "$(until_is 0 queue queued_pdus)"
check purge.x1.one some "$(some "$(purged_of LI-1)")"
check purge.x1.other "0 0" "$(holes LI-2) $(purged_of LI-2)"
check purge.x1.prefix "0 1" "$(holes LI-1) $(audited warrant-purge)"
end purge.x1

x1_end purge.x1.deliver deliver
total=$(($(queue queued_pdus) + $(queue delivered_pdus)))
x1 deactivate.all oK "$(x1_msg DeactivateAllTasks)"
kill -CONT "$LEMF_PID"
check purge.x1.deliver.empty 0 "$(until_is 0 queue queued_pdus)"
check purge.x1.deliver.all "0 $total 0" "$(queue purged_pdus) $(queue delivered_pdus) $(audited warrant-purge)"
end purge.x1.deliver

# the keepalive fail-safe follows the profile; here with a kill after it
P2=8s x1_end purge.silent purge
check purge.silent.purged 2 "$(until_is 2 audited warrant-purge)"
kill -KILL $MDFD
gone $MDFD
kill -CONT "$LEMF_PID"
sleep 1
one=$(stored LI-1) two=$(stored LI-2)
up
check purge.silent.empty 0 "$(until_is 0 queue queued_pdus)"
check purge.silent.stored "$one $two" "$(stored LI-1) $(stored LI-2)"
end purge.silent

# -- suspended and resumed: by the file of warrants, and by mdfctl
"$B/ligen" --out "$W/core" --seed 3 --plain --handover 0 --qos 0 --idle 0 --inactive 0 --deregister 0 --reuse 0 --reject 0 --refuse 0 --n9 0 --several 0 --cp 0 \
	--dual 0 --only6 0 --release 100 --subscribers 1 --sessions 1 --packets 60 2>/dev/null
frames() { tshark -r "$W/core" -Y "$1" -T fields -e frame.number 2>/dev/null; }
set_up=$(frames 'pfcp.msg_type == 53' | head -n 1)
release=$(frames 'pfcp.msg_type == 54' | head -n 1)
part=$(((release - set_up) / 3))
cut_out() { editcap -r -F pcap "$W/core" "$W/$1" "$2"; }
cut_out first "1-$((set_up + part))"
cut_out second "$((set_up + part + 1))-$((set_up + 2 * part))"
cut_out third "$((set_up + 2 * part + 1))-9999"
packets() { tshark -r "$W/$1" -Y 'gtp.message == 0xff' 2>/dev/null | wc -l; }
rest() { tail -c +25 "$W/$1" >"$W/$1.rest"; cat "$W/$1.rest" >"$W/fifo"; }	# one stream has one head
A=$(packets first) C=$(packets second)
D=$(frames 'gtp.message == 0xff' | awk -v from=$((set_up + 2 * part)) -v to="$release" '$1 > from && $1 < to' | wc -l)
content() { "$B/lidump" --json "$W/lemf.example/NL-OP01-$1/hi3.ber" 2>/dev/null | jq -r 'select(.payload.cCPayloadSequence != null) | 1' | wc -l; }
begins() { "$B/lidump" --json "$W/lemf.example/NL-OP01-$1/hi2.ber" | jq -r '.payload.iRIPayloadSequence[]? | select(.iRIType == "iRI-Begin") | 1' | wc -l; }
firsts() { dump "$1" | jq -r 'select(.payload.tRIPayload == null) | select(.pSHeader.sequenceNumber == 0) | 1' | wc -l; }
begin
file() { # suspended: yes or no
	sed -i '/^warrants:/,$d' "$W/warrants.yaml"
	: >"$W/warrants"
	lib_warrant 2 'supiimsi: "001010000000001"' 1
	{ echo warrants:; sed "s/{liid/{suspended: $1, liid/" "$W/warrants"; } >>"$W/warrants.yaml"
}
file no
up
warrants 1
feed first
check suspend.before "$A $A" "$(until_is "$A" content LI-1) $(until_is "$A" content LI-2)"
$CTL warrant suspend LI-1 >/dev/null
check suspend.done 0 $?
file yes
$CTL reload >/dev/null
check suspend.state "suspended suspended" "$(for k in 1 2; do $CTL --json warrant show LI-$k | jq -r .warrant.state; done | xargs)"
$CTL warrant suspend LI-1 >/dev/null 2>&1
check suspend.twice 1 $?
$CTL warrant resume LI-2 >/dev/null 2>&1
check suspend.owner 1 $?
rest second
sleep 1
check suspend.during "$A $A some" "$(content LI-1) $(content LI-2) $(some "$C")"
kill -KILL $MDFD		# it stays suspended
gone $MDFD
exec 9>&-
up
check suspend.kept "suspended suspended" "$(for k in 1 2; do $CTL --json warrant show LI-$k | jq -r .warrant.state; done | xargs)"
kill -KILL $MDFD
gone $MDFD
end_() { kill -TERM "$LEMF_PID"; gone "$LEMF_PID"; }
end_
# resumed within one process, the session is there: a new CIN, numbers from 0, a start of interception; the context without a CIN goes on
begin
file no
up
warrants 1
feed first
until_is "$A" content LI-1 >/dev/null
until_is "$A" content LI-2 >/dev/null
$CTL warrant suspend LI-1 >/dev/null
file yes
$CTL reload >/dev/null
rest second
sleep 1
$CTL warrant resume LI-1 >/dev/null
check resume.done 0 $?
file no
$CTL reload >/dev/null
rest third
check resume.content "$((A + D)) $((A + D))" "$(until_is $((A + D)) content LI-1) $(until_is $((A + D)) content LI-2)"
check resume.begins "2 2" "$(begins LI-1) $(begins LI-2)"
check resume.numbers "5 5" "$(firsts LI-1) $(firsts LI-2)"
check resume.audited "2 2" "$(audited warrant-purge) $(jq -c 'select(.event == "warrant-add" and .fields.suspended == "yes")' "$W/state/audit.log" | wc -l)"
end resume

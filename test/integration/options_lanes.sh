#!/bin/sh
# Connections of a destination of which one goes, from YAML over TLS to lemfd: lanes spread over two agencies one of which is killed, and lanes that are left when they stay
# down. What lemfd stored is read by test/interop/forms.py.
. test/lib.sh
for x in jq python3; do command -v $x >/dev/null || { skip options_lanes "no $x"; exit 0; }; done
NAME=options_lanes
lib_begin $NAME
. test/options.lib.sh
lib_certs mdf.example lemf.example || { fail options_lanes "no certificates"; exit 1; }
export PYTHONDONTWRITEBYTECODE=1
traffic 15

# -- lanes that begin with one agency each: a LIID is at one of them, both have some; when one is killed, its LIIDs go on at the other, after the last that was
#    acknowledged. By chance: contexts of a LIID are at both. What each has, in order; forms.py and awk put it together.
forms() { # a line a record of both: agency, LIID, kind, CIN, number, time
	for a in one two; do
		python3 test/interop/forms.py "$W/$a"/NL-*/hi?.ber
		cat "$W/$a"/NL-*/hi?.ber.json | jq -r --arg a $a '[$a, .liid, .kind, .cin // "none", .number] | @tsv'
	done
}
places() { # AGENCY: how many LIIDs' content is there
	find "$W/$1" -name hi3.ber -size +0c 2>/dev/null | wc -l
}
for how in liid random; do
	rm -rf "$W/one" "$W/two"
	lemf one
	P1=$PORT L1=$LEMF_PID
	lemf two
	P2=$PORT L2=$LEMF_PID
	head_of
	printf '  - {did: %s, name: agency, address: "127.0.0.1:%s", addresses: ["127.0.0.1:%s"], addresses_use: spread, lanes: 2, spread: %s, peer_name: lemf.example, delivery: HI2andHI3, reconnect: 100ms, hi4: no, timers: {TIME6: 50ms}}\n' \
		"$(lib_uuid 1)" "$P1" "$P2" $how >>"$W/warrants.yaml"
	KINDS=
	warrants 1 1 2 3 4 5 6 7 8
	up
	check options_lanes.$how.up "2 of 2 up" "$(until_is '2 of 2 up' state_of 1)"
	feed 0 4
	sleep 0.3
	until_is 0 queued 1 >/dev/null
	# nothing is under way: what it has, it has acknowledged
	kill -STOP $L2
	forms >"$W/before"
	check options_lanes.$how.some "yes" "$([ "$(wc -l <"$W/before")" -gt 100 ] && [ "$(places one)" -gt 1 ] && [ "$(places two)" -gt 1 ] && echo yes)"
	# LIIDs whose content is at both: none, or some
	check options_lanes.$how.both "$([ $how = random ] && echo some || echo none)" "$(awk '$3 == "cc" { print $1, $2 }' "$W/before" | sort -u | cut -d ' ' -f 2 | sort | uniq -d | awk 'END { print NR ? "some" : "none" }')"
	feed 4 7
	sleep 0.2
	kill -KILL $L2
	wait $L2 2>/dev/null
	gone $L2
	feed 7 10
	all=$(jq '[.subscribers[] | .from + .to] | add' "$W/expect.json")
	sleep 0.5
	until_is 0 queued 1 >/dev/null
	down $how
	forms >"$W/$how"
	check options_lanes.$how.all "$all" "$(awk '$3 == "cc"' "$W/$how" | cut -f 2- | sort -u | wc -l)"
	# of each context: numbers from 0 on; the other agency's begin where those of the killed one end, and none is twice
	check options_lanes.$how.once '' "$(sort -t "$(printf '\t')" -k 2,4 -k 5,5n "$W/$how" | awk -F'\t' '{ k = $2 " " $3 " " $4 } k != last { if ($5 != 0) print "begins", $0; last = k; at = 0; a = $1; next }
		{ if ($5 != at + 1) print "number", $0; if ($1 != a && a != "two") print "went to", $0; at = $5; a = $1 }')"
	check options_lanes.$how.moved yes "$(cut -f 1-4 "$W/$how" | sort -u | cut -f 2- | sort | uniq -d | grep -q . && echo yes)"
	check options_lanes.$how.address "1 2" "$(jq -r 'select(.event == "delivery-up") | .fields.address' "$W/state/audit.log" | sort -u | tr '\n' ' ' | sed 's/ $//')"
	end_lemf $L1
done

# -- an agency that takes one connection: contexts of the other lane leave it when it has been down for lane_leave; before that they wait
for a in one two; do rm -rf "${W:?}/$a"; done
lemf one --limit mdf.example=connections=1
P1=$PORT L1=$LEMF_PID
lemf two --limit mdf.example=connections=1
P2=$PORT L2=$LEMF_PID
head_of
for n in 1 2; do
	PORT=$(eval "echo \$P$n")
	lib_dest $n lemf.example "connections: shared, lanes: 2, spread: liid, hi4: no, reconnect: 100ms, timers: {TIME6: 50ms}, lane_leave: $([ $n = 1 ] && echo 300ms || echo 1h)"
	warrants $n 1 2 3 4 5 6 7 8
done
up
check options_lanes.leave.up "1 of 2 up" "$(until_is '1 of 2 up' state_of 1)"
sleep 1
feed 0 10
check options_lanes.leave.all "0" "$(until_is 0 queued 1)"
check options_lanes.leave.places "8" "$(until_is 8 places one)"
sleep 0.5
check options_lanes.stay yes "$([ "$(queued 2)" -gt 0 ] && [ "$(places two)" -lt 8 ] && echo yes)"
end_lemf $L2
LISTEN=$P2 lemf two
L2=$LEMF_PID
check options_lanes.stay.all "0 8" "$(until_is 0 queued 2) $(until_is 8 places two)"
down lane_leave
for at in one two; do
	forms >"$W/left"
	check options_lanes.leave.$at.content "$all" "$(awk -v a=$at '$1 == a && $3 == "cc"' "$W/left" | sort -u | wc -l)"
	check options_lanes.leave.$at.whole 0 "$(cat "$W/$at"/NL-*/events.jsonl | grep -cE '"event": ?"(gap|conflict)"')"
done
end_lemf $L1
end_lemf $L2

#!/bin/sh
# Who a destination is, and what it has from a profile, when that goes wrong under traffic: names that change hands, a DID that becomes another while its agency is away, a
# profile that its agency refuses, an heir that takes back what its parent was given, and destinations made over X1 that no profile fits, or one with a wrong name or form.
# Each fault is at one agency alone, delivers nothing to anybody else, is told, and is mended by a reload: then everybody has all of his.
. test/lib.sh
. test/x1.lib.sh
for x in jq curl openssl; do command -v $x >/dev/null || { skip options_who "no $x"; exit 0; }; done
NAME=options_who
lib_begin $NAME
. test/options.lib.sh
lib_certs mdf.example lemf.example b.example || { fail $NAME "no certificates"; exit 1; }
issue admf /CN=admf/UID=ADMF-1
x1_schemas
traffic 30
AES=TLS_AES_256_GCM_SHA384 CHACHA=TLS_CHACHA20_POLY1305_SHA256
lemf one
ONE=$PORT
lemf two --options decline --tls-min 1.3 --ciphersuites $AES
TWO=$PORT
lemf three
THREE=$PORT THREE_PID=$LEMF_PID
lemf b.example --tls-min 1.3 --ciphersuites $AES
FOUR=$PORT

# -- what there is to say, and may change: a document from these
N1=north N2=south P2=other OTHER=other BASE= OWN=	# names; whose profile the second has; a profile's name, and what the parent and its heir say
DID3=3 WARRANT3=3			# of the third destination, and as its warrant has it
X1_NAME='{name}.example' X1_STRAY= X1_THIRD=form X1_FORM=", tls: {ciphersuites: $CHACHA}"
say() {
	lib_conf
	lib_tap core fifo
	cat >>"$W/mdfd.yaml" <<-EOF
		profiles:
		  - {name: base, reconnect: 100ms, timers: {TIME6: 50ms}$BASE}
		  - {name: own, inherits: base$OWN}
		  - {name: $OTHER, inherits: base}
		  - {name: refused, inherits: base, negotiation: yes, without_acknowledgement: refuse}
		  - {name: form, inherits: base$X1_FORM}
		x1:
		  listen: 127.0.0.1:0
		  ne_id: MDF-1
		  admf_id: ADMF-1
		  authorization_country: NL
		  peers: [admf.example]
		  destination_profiles:
		    - {match: "agenc?", peer_name: "$X1_NAME", profile: own}
		    - {match: third, peer_name: b.example, profile: $X1_THIRD}
		$X1_STRAY
	EOF
	{
		echo destinations:
		dest 1 "$N1" $ONE own
		dest 2 "$N2" $TWO "$P2"
		dest "$DID3" away $THREE own
		dest 4 heir $TWO own
		echo warrants:
		: >"$W/warrants"
		for n in 1 2 4; do lib_warrant $n "supiimsi: \"00101000000000$n\"" $n; done
		lib_warrant 3 'supiimsi: "001010000000003"' "$WARRANT3"
		cat "$W/warrants"
		: >"$W/warrants"
	} >"$W/warrants.yaml"
}
dest() { printf '  - {did: %s, name: %s, address: "127.0.0.1:%s", peer_name: lemf.example, profile: %s}\n' "$(lib_uuid "$1")" "$2" "$3" "$4"; }
hup() { # NAME, WHAT the log comes to say once more
	hup_n=$(grep -c "$2" "$W/mdfd.log")
	say
	kill -HUP $MDFD
	check "$NAME.$1" yes "$(until_is yes more "$hup_n" "$2")"
}
more() { [ "$(grep -c "$2" "$W/mdfd.log")" -gt "$1" ] && echo yes; }
refuse() { # NAME WHY: by SIGHUP, and nothing has changed
	hup "$1" 'refused; nothing has changed'
	check "$NAME.$1.told" 1 "$(grep -c "$2" "$W/mdfd.log" | awk '{ print ($1 > 0) }')"
}
is() { check "$NAME.$1" "$2" "$(until_is "$2" state_of "$3")"; } # NAME STATE DID
name_of() { $CTL --json queue list | jq -r "[.queues[] | select(.did == \"$(lib_uuid "$1")\") | .name] | unique | join(\" \")"; }
told() { jq -r "select(.event == \"$1\" and .fields.did == \"$(lib_uuid "$2")\") | .fields.$3" "$W/state/audit.log" | grep -v '^closed by us$' | sort -u | sed 's/: sslv3 alert.*//'; } # EVENT DID FIELD
content() { "$B/lidump" --json "$W/$1/NL-OP01-$2/hi3.ber" 2>/dev/null | wc -l; } # AGENCY LIID
error() { $CTL --json status | jq -r ".. | objects | select(.destination? == \"$(lib_uuid "$1" | cut -c1-8)\" or .did? == \"$(lib_uuid "$1")\") | .last_error // empty" | sort -u; } # DID
grows() { # NAME AGENCY LIID FROM TO: what is fed reaches it
	grows_n=$(content "$2" "$3")
	feed "$4" "$5"
	check "$NAME.$1" yes "$(until_is yes grown "$2" "$3" "$grows_n")"
}
grown() { [ "$(content "$1" "$2")" -gt "$3" ] && echo yes; }
waiting() { [ "$(queued "$1")" -gt 0 ] && echo yes; } # DID
of() { jq ".subscribers[\"00101000000000$1\"] | .from + .to" "$W/expect.json"; }

rm -rf "$W/state"
DRAIN=5s
say
up
X1PORT=$(sed -n 's/.*X1: listening on port \([0-9]*\).*/\1/p' "$W/mdfd.log")
for n in 1 2 3 4; do is up.$n up $n; done

# -- over X1: a name that its agency does not bear, no profile that fits, a form that its agency refuses; and a DID that nobody has
x1 who.made 'oK oK oK' "$(x1_msg CreateDestination "$(x1_dest 101 X2andX3 $FOUR agency)")" "$(x1_msg CreateDestination "$(x1_dest 102 X2andX3 $FOUR stray)")" \
	"$(x1_msg CreateDestination "$(x1_dest 103 X2andX3 $FOUR third)")"
for n in 5 6 7; do set -- "$@" "$(x1_msg ActivateTask "$(x1_task $n "$(x1_did $((96 + n)))" "$(x1_liid LI-$n)" "$(x1_target supiimsi 00101000000000$n)")")"; done
x1 who.ordered 'oK oK oK' "$@"
x1 who.no_did 2040 "$(x1_msg ActivateTask "$(x1_task 8 "$(x1_did 199)" "$(x1_liid LI-8)" "$(x1_target supiimsi 001010000000008)")")"
feed 0 2
for n in 101 102 103; do check $NAME.x1.$n.waits yes "$(until_is yes waiting $n)"; done
check $NAME.x1.name.why name "$(until_is name told peer-refused 101 check)"
check $NAME.x1.none.why name "$(until_is name told peer-refused 102 check)"
check $NAME.x1.form.why 'the peer ended TLS' "$(until_is 'the peer ended TLS' told delivery-down 103 why)"

# -- names change hands: each DID's agency has what it had, and the other's name
N1=south N2=north
hup swap 'reload: done'
check $NAME.swap.names 'south north' "$(name_of 1) $(name_of 2)"
for n in 1 2; do is swap.up.$n up $n; done
grows swap.goes_on one LI-1 2 3
N1=south N2=south
refuse twice 'name'
N1=south N2=north

# -- a profile that its agency refuses, by what its own clock and TLS can: nobody else is moved
P2=refused
hup profile 'destinations: 0 added, 1 changed'
is profile.down down 2
why='the agency does not accept acknowledgement'
check $NAME.profile.why "$why" "$(until_is "$why" error 2)"
check $NAME.profile.audited "$why" "$(until_is "$why" told delivery-down 2 why)"
have=$(content two LI-2)
grows profile.others one LI-1 3 4
check $NAME.profile.waits yes "$(until_is yes waiting 2)"
check $NAME.profile.nothing "$have" "$(content two LI-2)"
P2=nobody
refuse profile.nobody 'is no profile that stands in mdfd.yaml'
P2=other
hup profile.mended 'destinations: 0 added, 1 changed'
is profile.up up 2
OTHER=others
refuse profiles.name 'is no profile that stands in mdfd.yaml'
OTHER=other
grows profile.goes_on two LI-2 4 5

# -- a parent is given what the agency refuses: one heir goes down with it, the other takes it back
BASE=', negotiation: yes, without_acknowledgement: refuse' OWN=', negotiation: no'
hup inherits 'reload: done'
is inherits.down down 2
is inherits.taken_back up 4
grows inherits.goes_on two LI-4 5 6
check $NAME.inherits.waits yes "$(until_is yes waiting 2)"
BASE=', inherits: own'
refuse inherits.before 'is no profile that stands before this one'
BASE= OWN=
hup inherits.mended 'reload: done'
is inherits.up up 2

# -- a DID becomes another while its agency is away
end_lemf $THREE_PID
is did.away down 3
feed 6 7
check $NAME.did.waits yes "$(until_is yes waiting 3)"
DID3=33
refuse did.nobody 'is not a destination that exists'
WARRANT3=33
hup did 'reload: done'
feed 7 8
check $NAME.did.both 'yes yes' "$(until_is yes waiting 3) $(until_is yes waiting 33)"
check $NAME.did.leaves 'leaves, down' "$(state_of 3)"
PORT=$THREE
LISTEN=$THREE lemf three
is did.gone '' 3
is did.up up 33

# -- what X1's destinations have is mended: the profiles by a reload, which leaves what was made as it is, and the destinations by the ADMF
X1_NAME=b.example X1_STRAY='    - {match: stray, peer_name: b.example, profile: own}' X1_THIRD=nobody
refuse x1.nobody 'is no profile that stands in mdfd.yaml'
X1_THIRD=form X1_FORM=
hup x1.mended 'reload: done'
check $NAME.x1.as_made 'agency.example 127.0.0.1' "$(for n in 101 102; do $CTL --json destination show "$(lib_uuid $n)" | jq -r '.. | .peer_name? // empty'; done | xargs)"
feed 8 10
alarms() { $CTL --json status | jq -r '[.alarms[] | select(.alarm == "destination_down") | .object[:8]] | unique | join(" ")'; }
check $NAME.x1.alarms '00000065 00000066 00000067' "$(until_is '00000065 00000066 00000067' alarms)"
check $NAME.x1.nothing '' "$(cd "$W/b.example" && find . -name '*.ber' -size +0)"
x1 who.modified 'oK oK oK' "$(x1_msg ModifyDestination "$(x1_dest 101 X2andX3 $FOUR agency)")" "$(x1_msg ModifyDestination "$(x1_dest 102 X2andX3 $FOUR stray)")" \
	"$(x1_msg ModifyDestination "$(x1_dest 103 X2andX3 $FOUR third)")"
check $NAME.x1.alarms_end '' "$(until_is '' alarms)"

# -- everybody has all of his, and nothing of others'
while read -r agency n; do check $NAME.all.$n "$(of $n)" "$(until_is "$(of $n)" content $agency LI-$n)"; done <<'EOF'
one 1
two 2
three 3
two 4
b.example 5
b.example 6
b.example 7
EOF
down end
lib_end
for a in one:NL-OP01-LI-1 'two:NL-OP01-LI-2 NL-OP01-LI-4' three:NL-OP01-LI-3 'b.example:NL-OP01-LI-5 NL-OP01-LI-6 NL-OP01-LI-7'; do
	check $NAME.only.${a%%:*} "${a#*:}" "$(cd "$W/${a%%:*}" && echo NL-*)"
	check $NAME.whole.${a%%:*} 0 "$(cat "$W/${a%%:*}"/NL-*/events.jsonl | grep -cE '"event": ?"gap')"
done
check $NAME.log 0 "$(cat "$W/mdfd.log" "$W/state/audit.log" | grep -c '0010100000000')"
check $NAME.audit 0 "$("$B/mdfctl" audit verify "$W/state/audit.log" >/dev/null 2>&1; echo $?)"

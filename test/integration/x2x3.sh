#!/bin/sh
# X2 and X3 from end to end: points of interception (lipoi, which shares nothing with mdfd) over TLS, mdfd in its sandbox, agencies (lemfd); every
# PDU delivered is compared with what was computed from what was sent: content octet for octet, every event that X2 and HI2 share, CINs,
# warrants of one task, ProductIDs, AXRI, windows, numbers that are missing, come twice or begin anew, parallel connections.
# X23-POI-001
. test/lib.sh
. test/x.lib.sh
perl -MJSON::PP -e 1 2>/dev/null || { skip x2x3 "no perl with JSON::PP"; exit 0; }
x_begin x2x3 mdf.example lemf-a.example lemf-b.example upf-1.example smf-1.example
PL=test/integration/x2x3.pl
N=$((${ROUNDS:-100} * 12))
id() { lib_uuid "$1"; }
soon() { echo $(($(date +%s) + 1)); }	# after the order was taken; no clock is set as ahead as this

# mdf WARRANTS: agencies and mdfd anew; AT is where X2 and X3 go
mdf() {
	rm -rf "$W"/state "$W"/lemf-a.example "$W"/lemf-b.example "$W"/mdfd.log
	x_lemf lemf-a.example
	A=$PORT
	x_lemf lemf-b.example
	cat >"$W/warrants.yaml" <<-END
		destinations:
		  - {did: $(id 1), name: agency-a, address: "127.0.0.1:$A", peer_name: lemf-a.example, delivery: HI2andHI3}
		  - {did: $(id 2), name: agency-b, address: "127.0.0.1:$PORT", peer_name: lemf-b.example, delivery: HI2andHI3}
		warrants:
		$1
	END
	x_conf "peers: [upf-1.example, smf-1.example], workers: 3${MORE:-}" 20s
	x_up
}
stop() {
	x_down "$1"
	lib_end
}
warrant() { # number of warrant, of task, destination, delivery [more keys]
	printf '  - {liid: LI-%s, xid: %s, authorization_country: NL, delivery: %s, start: %s, end: %s, targets: [{supiimsi: "00101000000000%s"}], destinations: [%s]%s}\n' \
		"$1" "$(id "1$2")" "$4" "${FROM:-2020-01-01T00:00:00Z}" "${UNTIL:-2037-01-01T00:00:00Z}" "$2" "$(id "$3")" "${5:+, $5}"
}
# head of W/s.yaml; connections u1 to u4 of the UPF, s and i of the SMF, m of the UPF; CONN: more keys of each
head_() {
	{
		echo connections:
		for n in u1 u2 u3 u4 m s i; do
			case $n in u* | m) k=upf-1 ;; *) k=smf-1 ;; esac
			printf '  %s: {to: "127.0.0.1:%s", peer: mdf.example, certificate: %s.example.crt, key: %s.example.key, ca: ca.crt, later: yes%s}\n' $n "$AT" $k $k "${CONN:+, $CONN}"
		done
		printf 'defaults: {nfid: upf-1, ipid: cc%s}\nsteps:\n' "${DEFAULTS:+, $DEFAULTS}"
		for n in ${ON:-u1 u2 u3 u4}; do echo "- connect: {on: $n}"; done
	} >"$W/s.yaml"
}
play() { # NAME: W/s.yaml
	"$B/lipoi" --script "$W/s.yaml" --json --timeout 120s >"$W/report.json" 2>"$W/report.err"
	rc=$?
	check "x2x3.$1.sent" 0 $rc
	[ $rc -eq 0 ] || { cat "$W/report.err"; jq -c .failures "$W/report.json"; } >&2
}
counter() { x_counter "${2:-mediation}" "$1"; }
hi() { # agency LIID 2|3: JSON lines
	f=$W/lemf-$1.example/NL-OP01-$2/hi$3.ber
	[ -e "$f" ] && "$B/lidump" --json "$f"
}
count_() { hi "$@" | wc -l; }
whole() { check "x2x3.$1.whole" 0 "$(cat "$W"/lemf-*.example/NL-*/events.jsonl 2>/dev/null | grep -cE '"event": ?"(gap|duplicate|conflict)')"; }
zero() { # NAME COUNTERS...: all are 0
	n=$1
	shift
	for c in "$@"; do check "x2x3.$n.$c" 0 "$(counter "$c")"; done
}

# X23-DEC-003 X23-MDF-002 X23-MDF-019 X23-MDF-024
# -- content: two warrants of one task, one by its ProductID, eight correlations each over four connections --
mdf "$(warrant 1 1 1 HI2andHI3; warrant 2 1 2 HI2andHI3; warrant 3 3 1 HI3Only "product_id: $(id 33)"; warrant 4 4 2 HI2Only)"
head_
perl $PL make "${SEED:-1}" $N "$(soon)" "$W/s.yaml" "$W/want" "$(id 11)" "$(id 33)"
play content
zero content unknown_xid x3_lost x3_duplicate restarts second_sender not_open malformed format outside_window
stop content
whole content
for a in a:LI-1 a:LI-3 b:LI-2; do hi "${a%:*}" "${a#*:}" 3; done >"$W/hi3.json"
perl $PL got "$W/hi3.json" >"$W/got"
check x2x3.content "good $(($(grep -c "^$(id 11)" "$W/want") * 2 + $(grep -c "^$(id 33)" "$W/want")))" \
	"$(perl $PL judge "$W/want" "$W/got" "$(id 11)=LI-1" "$(id 11)=LI-2" "$(id 33)=LI-3")"
check x2x3.content.point 'upf-1 cc' "$(cut -f 9,10 "$W/got" | sort -u | tr '\t' ' ')"
check x2x3.content.hi2only '' "$(hi b LI-4 3)"
# the judge sees one octet that is another
sed '7s/[0-9a-f]\t/x\t/' "$W/want" >"$W/spoilt"
check x2x3.content.judge 1 "$(perl $PL judge "$W/spoilt" "$W/got" "$(id 11)=LI-1" "$(id 11)=LI-2" "$(id 33)=LI-3" | grep -c 'other content\|has no CIN')"

# X23-DEC-009 X23-DEC-023
# -- events: each that X2 and HI2 share, with the octets that were sent; those that HI2 has no form for are counted; content with the CIN of its session --
mdf "$(warrant 1 1 1 HI2andHI3; warrant 2 1 2 HI2andHI3)"
rounds=$((1 + ${ROUNDS:-100} / 50))
ON="s i u1" DEFAULTS="xid: $(id 11)" head_
"$B/xirigen" hex "${SEED:-1}" $rounds r19v3 >"$W/events"
awk '{ printf "- pdu: {on: %s, type: x2, nfid: smf-1, ipid: iri, correlation: %s, payload: \"%s\"}\n", $1 % 2 ? "s" : "i", $1, $2 }' "$W/events" >>"$W/s.yaml"
cat >>"$W/s.yaml" <<-END
	- keepalive: {on: [s, i], repeat: 2}
	- expect: {on: [s, i], ack: all}
	- pdu: {on: s, type: x2, nfid: smf-1, ipid: iri, payload: 300c81050413130301a203bf6400}
	- pdu: {on: s, type: x2, nfid: smf-1, ipid: iri, payload: 300c81050413130301a203bf6500}
	- pdu: {on: s, type: x2, nfid: smf-1, ipid: iri, payload: ff}
	- pdu: {on: s, type: x2, format: radius, nfid: smf-1, ipid: iri, payload: 0401}
	- pdu: {on: u1, type: x3, correlation: 6, payload: {udp: {from: "10.45.0.2:1", to: "192.0.2.1:2", data: {text: hello}}}}
END
play events
x_until events.unmappable '2 1 1' 'echo $(counter unmappable) $(counter malformed) $(counter format)'
x_until events.alarms 'format malformed unmappable' "\$CTL --json status | jq -r '[.alarms[] | select(.alarm == \"poi\") | .object] | sort | join(\" \")'"
zero events unknown_xid x2_lost x2_duplicate restarts second_sender not_open unknown_event
stop events
whole events
for a in a:LI-1 b:LI-2; do
	n=events.${a#*:}
	"$B/xirigen" check "${SEED:-1}" $rounds r19v3 "$W/lemf-${a%:*}.example/NL-OP01-${a#*:}/hi2.ber" >"$W/check" 2>&1
	check "x2x3.$n" "0 $(wc -l <"$W/events") records" "$? $(tail -n 1 "$W/check" | sed 's/ records.*/ records/')"
	cin() { jq -r .pSHeader.communicationIdentifier.communicationIdentityNumber; }
	s=$(hi "${a%:*}" "${a#*:}" 2 | jq -c 'select([.. | objects | select(has("pDUSessionEstablishment"))] | length > 0)' | cin | sort -u)
	check "x2x3.$n.cin" "1 $s" "$(hi "${a%:*}" "${a#*:}" 3 | cin | awk '{ n++; c = $1 } END { print n + 0, c }')"
	# a session's events share its CIN, another session has another one
	check "x2x3.$n.cins" '' "$(hi "${a%:*}" "${a#*:}" 2 | jq -r '[(.pSHeader.communicationIdentifier.communicationIdentityNumber // "none"),
		(.payload.iRIPayloadSequence[0].iRIContents.threeGPP33128DefinedIRI.event | keys[0])] | @tsv' |
		awk -F '\t' '$1 != "none" && (($1 in of) && of[$1] != $2) { print $1 ": " of[$1] " and " $2 } { of[$1] = $2 }' | head -n 1)"
	# HO-M33-005, HO-M33-006: [10] and [9]; never [6]
	check "x2x3.$n.short" 0 "$(hi "${a%:*}" "${a#*:}" 2 | jq -c 'select(.pSHeader.interceptionPointID)' | wc -l)"
	check "x2x3.$n.point" 'smf-1 iri' "$(hi "${a%:*}" "${a#*:}" 2 | jq -r '[.pSHeader.networkFunctionIdentifier, .pSHeader.extendedInterceptionPointID] | @tsv' | sort -u |
		perl -ne 'print join(" ", map { pack "H*", $_ } split), "\n"')"
done

# X23-DEC-025
# -- an IMS call: SIP is its IRI; RTP and MSRP get their headers back; one CIN --
mdf "$(warrant 1 1 1 HI2andHI3)"
ON="i m" head_
perl $PL rtp "${SEED:-1}" $((N / 10)) "$(soon)" "$W/s.yaml" "$W/want" "$(id 11)"
play ims
zero ims unknown_xid x3_lost malformed format not_open
stop ims
whole ims
hi a LI-1 3 >"$W/hi3.json"
perl $PL got "$W/hi3.json" >"$W/got"
# IPv4 and UDP or TCP headers, of these addresses and ports, around the RTP or MSRP that was sent
awk -F '\t' -v OFS='\t' '{ print $4, $5, substr($6, 25, 24), substr($6, substr($6, 19, 2) == "06" ? 81 : 57), $8 }' "$W/got" >"$W/got.rtp"
perl -F'\t' -lane 'BEGIN { sub e { my ($a, $p) = split /:/, $_[0]; return (unpack("H*", pack "C4", split /\./, $a), sprintf "%04x", $p) } }
	my ($f, $fp) = e($F[1]); my ($t, $tp) = e($F[2]);
	print join "\t", $F[0], "iMSCCPDU", "$f$t$fp$tp", $F[3], $F[4]' "$W/want" >"$W/want.rtp"
check x2x3.ims "$((N / 10 + 5)) $(md5sum <"$W/want.rtp")" "$(wc -l <"$W/got.rtp") $(md5sum <"$W/got.rtp")"
check x2x3.ims.cin "iMSMessage 1" "$(hi a LI-1 2 | jq -r '.payload.iRIPayloadSequence[0].iRIContents.threeGPP33128DefinedIRI.event | keys[0]' | sort -u) $({ hi a LI-1 2; hi a LI-1 3; } |
	jq -r .pSHeader.communicationIdentifier.communicationIdentityNumber | sort -u | wc -l)"
check x2x3.ims.sdp "1" "$(cut -f 7 "$W/got" | grep -c .)"

# X23-DEC-024 X23-DEC-028
# -- who has no order gets nothing; windows; AXRI --
ended=$(FROM=2020-01-01T00:00:00Z UNTIL=2021-01-01T00:00:00Z warrant 5 5 1 HI2andHI3)
future=$(FROM=2036-01-01T00:00:00Z warrant 6 6 1 HI2andHI3)
soon=$(UNTIL=$(date -u -d '+40 seconds' +%Y-%m-%dT%H:%M:%SZ) warrant 7 7 1 HI2andHI3)
MORE=', max_skew: 2m' mdf "$(warrant 1 1 1 HI2andHI3; warrant 2 2 2 HI2andHI3; echo "$ended"; echo "$future"; echo "$soon")"
ON="u1 s" head_
ip='payload: {udp: {from: "10.45.0.2:1", to: "192.0.2.1:2", data: {text: hello}}}'
ev='nfid: smf-1, ipid: iri, payload: 302481050413130301a21ba219810101820101a311810f303031303130313233343536373839'
cat >>"$W/s.yaml" <<-END
	- pdu: {on: u1, type: x3, xid: $(id 19), repeat: 3, $ip}
	- pdu: {on: s, type: x2, xid: $(id 19), repeat: 2, $ev}
	- pdu: {on: u1, type: x3, xid: $(id 16), $ip}
	- pdu: {on: s, type: x2, xid: $(id 16), $ev}
	- pdu: {on: u1, type: x3, xid: $(id 17), correlation: 1, shift: -2h, $ip}
	- pdu: {on: u1, type: x3, xid: $(id 17), correlation: 1, $ip}
	- pdu: {on: u1, type: x3, xid: $(id 17), correlation: 1, shift: 41s, $ip}
	- pdu: {on: s, type: x2, xid: $(id 17), correlation: 1, shift: -2h, $ev}
	- pdu: {on: s, type: x2, xid: $(id 17), correlation: 1, $ev}
	- pdu: {on: s, type: x2, xid: $(id 17), correlation: 1, shift: 41s, $ev}
	- pdu: {on: s, type: x2, xid: $(id 11), correlation: 1, axri: [{xid: $(id 12), correlation: 7}, {xid: $(id 19), correlation: 7, sequence: 9}], $ev}
	- pdu: {on: u1, type: x3, xid: $(id 11), correlation: 1, axri: [{xid: $(id 12), correlation: 7, sequence: 0}], $ip}
END
play nobody
x_until nobody.unknown 6 'counter unknown_xid'
x_until nobody.outside 4 'counter outside_window'
check x2x3.nobody.not_in_force some "$([ "$(counter not_in_force)" -gt 0 ] && echo some)"
x_until nobody.alarm unknown_xid "\$CTL --json status | jq -r '.alarms[] | select(.alarm == \"poi\") | .object'"
stop nobody
check x2x3.nobody.others '' "$(ls -d "$W"/lemf-*.example/NL-OP01-LI-[56] 2>/dev/null)"
check x2x3.nobody.window '1 1' "$(count_ a LI-7 2) $(count_ a LI-7 3)"
check x2x3.nobody.axri '1 1 1 1' "$(count_ a LI-1 2) $(count_ a LI-1 3) $(count_ b LI-2 2) $(count_ b LI-2 3)"

# X23-MDF-001 X23-MDF-003 X23-MDF-004 X23-MDF-005 X23-MDF-006 X23-MDF-007 X23-MDF-014
# -- numbers: a gap, a duplicate, a start anew; contexts that differ in one thing only; a connection that is another; X2 and X3 --
mdf "$(warrant 1 1 1 HI2andHI3; warrant 2 2 2 HI2andHI3)"
ON="u1 u2" DEFAULTS="xid: $(id 11)" CONN='keepalive: off' head_
for n in 0 1 2 3 4; do
	for k in 'correlation: 1' 'correlation: 2' "correlation: 1, xid: $(id 12)" 'correlation: 1, domain_id: nl' 'correlation: 1, nfid: upf-2' 'correlation: 1, ipid: cc-2'; do
		echo "- pdu: {on: u1, type: x3, $k, $ip}"
		echo "- pdu: {on: u1, type: x2, $k, payload: 302481050413130301a21ba219810101820101a311810f303031303130313233343536373839}"
	done
	[ $n = 2 ] && echo '- reconnect: {on: u1}'
done >>"$W/s.yaml"
cat >>"$W/s.yaml" <<-END
	- pdu: {on: u1, type: x3, correlation: 9, sequence: 4294967294, $ip}
	- pdu: {on: u1, type: x3, correlation: 9, repeat: 3, $ip}
	- pdu: {on: u1, type: x3, correlation: 10, sequence: none, repeat: 5, $ip}
	- keepalive: {on: u1, sequence: 77}
	- expect: {on: u1, ack: 77}
END
play numbers.none
zero numbers.none x2_lost x3_lost x2_duplicate x3_duplicate restarts unknown_xid
ON="u1 u2" DEFAULTS="xid: $(id 11)" CONN='keepalive: off' head_
T=$(soon)
t() { echo "time: $((T + $1 - 1)).25"; }
cat >>"$W/s.yaml" <<-END
	- pdu: {on: u1, type: x3, correlation: 20, sequence: 0, $(t 1), $ip}
	- pdu: {on: u1, type: x3, correlation: 20, sequence: 1, $(t 2), $ip}
	- pdu: {on: u1, type: x3, correlation: 20, sequence: 3, $(t 3), $ip}
	- pdu: {on: u1, type: x3, correlation: 20, sequence: 3, $(t 3), $ip}
	- pdu: {on: u1, type: x3, correlation: 21, sequence: 5, $(t 4), $ip}
	- pdu: {on: u1, type: x3, correlation: 21, sequence: 6, $(t 5), $ip}
	- pdu: {on: u1, type: x3, correlation: 21, sequence: 0, $(t 6), $ip}
	- pdu: {on: u1, type: x3, correlation: 21, sequence: 1, $(t 7), $ip}
	- pdu: {on: u1, type: x2, correlation: 20, sequence: 0, $(t 1), payload: 302481050413130301a21ba219810101820101a311810f303031303130313233343536373839}
	- pdu: {on: u1, type: x2, correlation: 20, sequence: 4, $(t 2), payload: 302481050413130301a21ba219810101820101a311810f303031303130313233343536373839}
	- pdu: {on: u1, type: x2, correlation: 20, sequence: 4, $(t 2), payload: 302481050413130301a21ba219810101820101a311810f303031303130313233343536373839}
	- keepalive: {on: u1, sequence: 78}
	- expect: {on: u1, ack: 78}
END
play numbers
x_until numbers.counted '1 1 3 1 1' 'echo $(counter x3_lost) $(counter x3_duplicate) $(counter x2_lost) $(counter x2_duplicate) $(counter restarts)'
x_until numbers.alarms 'x2_lost x3_lost' "\$CTL --json status | jq -r '[.alarms[] | select(.alarm == \"poi\") | .object] | sort | join(\" \")'"
stop numbers
# what came twice was delivered once, and everything else
check x2x3.numbers.delivered '68 10' "$(($(count_ a LI-1 2) + $(count_ a LI-1 3))) $(($(count_ b LI-2 2) + $(count_ b LI-2 3)))"

# -- one context over four connections, at once: numbers come in another order and none is missing; a new sender keeps the CIN --
mdf "$(warrant 1 1 1 HI2andHI3)"
DEFAULTS="xid: $(id 11), correlation: 3" head_
cat >>"$W/s.yaml" <<-END
	- pdu: {on: [u1, u2, u3, u4], type: x3, repeat: $((N * 2)), number_at: 28, payload: {udp: {from: "10.45.0.2:1", to: "192.0.2.1:2", data: {fill: {octets: 200}}}}}
END
play parallel
zero parallel x3_duplicate second_sender unknown_xid
stop parallel
whole parallel
check x2x3.parallel "$((N * 2)) 1" "$(hi a LI-1 3 | jq -r '[.pSHeader.communicationIdentifier.communicationIdentityNumber,
	.payload.cCPayloadSequence[0].cCContents.threeGPP33128DefinedCC.pDU.extendedUPFCCPDU.payload.uPFIPCC[56:64]] | @tsv' | sort -u |
	awk '{ c[$1] = 1; n++ } END { for (k in c) m++; print n, m }')"
mdf "$(warrant 1 1 1 HI2andHI3)"
ON="u1 u2" DEFAULTS="xid: $(id 11), correlation: 3" head_
cat >>"$W/s.yaml" <<-END
	- pdu: {on: u1, type: x3, repeat: 5, $ip}
	- keepalive: {on: u1}
	- expect: {on: u1, ack: all}
	- pdu: {on: u2, type: x3, nfid: upf-2, repeat: 5, $ip}
	- keepalive: {on: u2}
	- expect: {on: u2, ack: all}
END
play sender.new
zero sender.new x3_lost second_sender
ON="u1 u2" DEFAULTS="xid: $(id 11), correlation: 3" head_
echo "- loop: {times: 5, steps: [{pdu: {on: u1, type: x3, nfid: upf-1, $ip}}, {wait: 50ms}, {pdu: {on: u2, type: x3, nfid: upf-2, $ip}}, {wait: 50ms}]}" >>"$W/s.yaml"
play sender.second
x_until sender.second some '[ "$(counter second_sender)" -gt 0 ] && echo some'
stop sender
check x2x3.sender.cin 1 "$(hi a LI-1 3 | jq .pSHeader.communicationIdentifier.communicationIdentityNumber | sort -u | wc -l)"
check x2x3.sender.points 'upf-1 upf-2' "$(hi a LI-1 3 | jq -r .pSHeader.networkFunctionIdentifier | sort -u | perl -ne 'chomp; print pack("H*", $_), " "' | sed 's/ $//')"

# -- a second warrant on a live session: told where it stands, then its content; over a restart the CINs are those that were --
mdf "$(warrant 1 1 1 HI2andHI3)"
ON="s u1" DEFAULTS="xid: $(id 11), correlation: 6" head_
"$B/xirigen" hex 7 1 r19v3 | awk '$1 == 6 { print $2; exit }' >"$W/begin"
cat >>"$W/s.yaml" <<-END
	- pdu: {on: s, type: x2, nfid: smf-1, ipid: iri, payload: "$(cat "$W/begin")"}
	- keepalive: {on: s}
	- expect: {on: s, ack: all}
	- pdu: {on: u1, type: x3, repeat: 3, $ip}
END
play second.first
warrant 2 1 2 HI2andHI3 >>"$W/warrants.yaml"
check x2x3.second.added 0 "$($CTL reload >"$W/out" 2>&1; echo $?)"
sleep 1.1	# what is sent from now on was captured after the order
ON=u1 DEFAULTS="xid: $(id 11), correlation: 6" head_
echo "- pdu: {on: u1, type: x3, sequence: 3, repeat: 2, $ip}" >>"$W/s.yaml"
play second.second
zero second x3_lost x3_duplicate restarts start_not_made
x_down second.stopped
x_up
ON=u1 DEFAULTS="xid: $(id 11), correlation: 6" head_
echo "- pdu: {on: u1, type: x3, sequence: 5, repeat: 4, $ip}" >>"$W/s.yaml"
play second.third
zero second.restart x3_lost x3_duplicate restarts unknown_xid
stop second
whole second
cins() { { hi "$1" "$2" 2; hi "$1" "$2" 3; } | jq -r .pSHeader.communicationIdentifier.communicationIdentityNumber | sort -u | wc -l; }
told() { hi "$1" "$2" 2 | jq -r '.payload.iRIPayloadSequence[0] | [.iRIType, (.iRIContents.threeGPP33128DefinedIRI.event | keys[0])] | @tsv' | tr '\t\n' '  '; }
check x2x3.second.first 'iRI-Begin pDUSessionEstablishment  9 1' "$(told a LI-1) $(count_ a LI-1 3) $(cins a LI-1)"
check x2x3.second.other 'iRI-Begin startOfInterceptionWithEstablishedPDUSession  6 1' "$(told b LI-2) $(count_ b LI-2 3) $(cins b LI-2)"

# -- the same after a kill, for a warrant that comes then: what began, and a registration, are told by who reported them; CIN and numbers go on --
mdf "$(warrant 1 1 1 HI2andHI3)"
ON="s u1" DEFAULTS="xid: $(id 11)" head_
"$B/xirigen" hex 7 1 r19v3 | awk '$1 == 1 { print $2; exit }' >"$W/registration"
cat >>"$W/s.yaml" <<-END
	- pdu: {on: s, type: x2, nfid: amf-1, ipid: reg, payload: "$(cat "$W/registration")"}
	- pdu: {on: s, type: x2, nfid: smf-1, ipid: iri, correlation: 6, payload: "$(cat "$W/begin")"}
	- keepalive: {on: s}
	- expect: {on: s, ack: all}
	- pdu: {on: u1, type: x3, correlation: 6, repeat: 3, $ip}
END
play killed.first
x_until killed.there '2 3' 'echo $(count_ a LI-1 2) $(count_ a LI-1 3)'
x_kill
x_up
warrant 2 1 2 HI2andHI3 >>"$W/warrants.yaml"
check x2x3.killed.added 0 "$($CTL reload >"$W/out" 2>&1; echo $?)"
sleep 1.1
ON=u1 DEFAULTS="xid: $(id 11), correlation: 6" head_
echo "- pdu: {on: u1, type: x3, sequence: 3, repeat: 2, $ip}" >>"$W/s.yaml"
play killed.second
zero killed start_not_made unknown_xid x3_duplicate
stop killed
points() { hi "$1" "$2" 2 | jq -r '.pSHeader | "\(.networkFunctionIdentifier) \(.extendedInterceptionPointID)"' | perl -ne 'print join(" ", map { pack("H*", $_) } split), " "' | sed 's/ $//'; }
check x2x3.killed.first '1 5' "$(hi a LI-1 3 | jq .pSHeader.communicationIdentifier.communicationIdentityNumber | sort -u | wc -l) $(count_ a LI-1 3)"
check x2x3.killed.other 'iRI-Begin startOfInterceptionWithEstablishedPDUSession iRI-Report startOfInterceptionWithRegisteredUE ' "$(hi b LI-2 2 | jq -c '.payload.iRIPayloadSequence[0] | [.iRIType, (.iRIContents.threeGPP33128DefinedIRI.event | keys[0])]' | sort | jq -r @tsv | tr '\t\n' '  ')"
check x2x3.killed.by 'amf-1 reg smf-1 iri' "$(points b LI-2 | tr ' ' '\n' | paste -d' ' - - | sort | tr '\n' ' ' | sed 's/ $//')"

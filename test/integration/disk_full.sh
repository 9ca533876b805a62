#!/bin/sh
# The order of sacrifice on a file system that is really full (TS 102 232-1 clause 6.3.3, HO-BUF-006): the agency is away, content fills the spool's
# disk, and somebody else takes what is left of it. IRI that comes has content's place, also from memory at a stop, and a start on the full disk; the agency gets all
# IRI. Content that went is counted, in the account, in the audit log, alarmed, told to the ADMF and to the agency: the numbers that it
# misses, and no others.
. test/lib.sh
. test/x1.lib.sh
if [ "${1:-}" != inside ]; then
	for tool in curl openssl jq; do command -v $tool >/dev/null || { skip disk_full "no $tool"; exit 0; }; done
	[ "$(id -u)" = 0 ] && unshare -m true 2>/dev/null || { skip disk_full "no mount namespaces"; exit 0; }
	exec unshare -m sh "$0" inside
fi
lib_begin disk_full
mkdir "$W/small" "$W/admf"
mount -t tmpfs -o size=6m tmpfs "$W/small" || { skip disk_full "no tmpfs"; exit 0; }
CTL="$B/mdfctl -s $W/control"
lib_certs mdf.example lemf.example nf.example || { fail disk_full "no certificates"; exit 1; }
issue() { # NAME SUBJECT SAN
	printf 'subjectAltName=%s\n' "$3" >"$W/ext"
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "$2" -keyout "$W/$1.key" -out "$W/$1.csr" 2>/dev/null &&
		openssl x509 -req -in "$W/$1.csr" -CA "$W/ca.crt" -CAkey "$W/ca.key" -CAcreateserial -days 90 -extfile "$W/ext" -out "$W/$1.crt" 2>/dev/null
	chmod 600 "$W/$1.key"
}
issue mdf.example /CN=mdf/UID=MDF-1 DNS:mdf.example
issue admf /CN=admf/UID=ADMF-1 DNS:admf.example,IP:127.0.0.1
"$B/x1admf" 127.0.0.1:0 "$W/admf.crt" "$W/admf.key" "$W/ca.crt" mdf.example "$W/admf" >"$W/admf.out" 2>"$W/admf.log" &
PIDS="$PIDS $!"
until_() { # NAME WANT COMMAND: within 60 seconds
	i=0
	while got=$(eval "$3" 2>/dev/null); [ "$got" != "$2" ] && [ $i -lt 600 ]; do sleep 0.1; i=$((i + 1)); done
	check "disk_full.$1" "$2" "$got"
}
until_ admf 1 'grep -c listening "$W/admf.out"'
lib_lemf lemf.example || { fail disk_full "lemfd did not start"; exit 1; }
cat >"$W/mdfd.yaml" <<END
mdf: {operator_id: OP01, element_id: MDF-1, delivery_country: NL, state_dir: state, control_socket: control, drain_timeout: 100ms}
tls: {certificate: mdf.example.crt, key: mdf.example.key, ca: ca.crt}
audit: {file: audit.log, key: audit.key}
spool: {dir: ../small}
x2x3: {listen: "127.0.0.1:0", peers: [nf.example], full_wait: 0s}
x1:
  listen: 127.0.0.1:0
  ne_id: MDF-1
  admf_id: ADMF-1
  admf_url: https://127.0.0.1:$(sed -n 's/listening on port //p' "$W/admf.out")/
  authorization_country: NL
  peers: [admf.example]
  destination_profiles:
    - {peer_name: lemf.example, queue: 128KiB, spill: all, spill_limit: 4MiB, reconnect: 200ms, hi4: no, account_message: yes}
END
up() {
	: >"$W/mdfd.log"
	"$B/mdfd" -c "$W/mdfd.yaml" 2>"$W/mdfd.log" </dev/null &
	MDFD=$!
	PIDS="$PIDS $MDFD"
	until_ "$1" 1 '$CTL status >/dev/null; grep -c "x2x3: listening on" "$W/mdfd.log"'
	X1PORT=$(sed -n 's/.*X1: listening on port \([0-9]*\).*/\1/p' "$W/mdfd.log")
	AT=$(sed -n 's/.*x2x3: listening on .*, port \([0-9]*\),.*/\1/p' "$W/mdfd.log")
}
forget() { # a child that has ended
	PIDS=$(echo "$PIDS " | sed "s/ $1 / /; s/ \$//")
}
stop_() { # NAME STATUS
	kill -TERM "$MDFD"
	wait "$MDFD"
	check "disk_full.$1" "$2" $?
	forget "$MDFD"
}
send() { # NAME COUNT WHAT: so many PDUs of a session
	printf 'connections:\n  s: {to: "127.0.0.1:%s", peer: mdf.example, certificate: nf.example.crt, key: nf.example.key, ca: ca.crt}\ndefaults: {nfid: nf-1, ipid: i, xid: %s, correlation: 5}\nsteps:\n- pdu: {on: s, repeat: %s, %s}\n- keepalive: {on: s}\n- expect: {on: s, ack: all}\n' \
		"$AT" "$(lib_uuid 1)" "$2" "$3" >"$W/s.yaml"
	"$B/lipoi" --script "$W/s.yaml" --json --timeout 60s >"$W/report.json" 2>"$W/report.err"
	check "disk_full.$1.sent" 0 $?
}
IRI='type: x2, payload: 300e81050413130301a205a703810105'
CC="type: x3, payload: {udp: {from: \"10.45.0.2:1\", to: \"192.0.2.1:2\", data: {hex: \"$(printf '%01600d' 7)\"}}}"
HI="$W/lemf.example/NL-OP01-A"
queue() { $CTL --json queue list | jq -r ".queues[] | select(.kind == \"HI$1\") | $2"; }
numbers() { "$B/lidump" --json "$HI/hi$1.ber" 2>/dev/null | jq -r 'select(.payload.tRIPayload == null) | .pSHeader.sequenceNumber'; }
account() { $CTL --json warrant account A | jq -r ".accounts[] | select(.kind == \"HI$1\") | $2"; }
alarmed() { $CTL --json status | jq "[.alarms[] | select(.alarm == \"$1\")] | length"; }
some() { [ "${1:-0}" -gt "${2:-0}" ] && echo some || echo none; }
iri() { echo "$(some "$(queue 2 .queued_pdus)" $(($1 - 1))) $(queue 2 .dropped_pdus)"; }	# so many at the least: with what the agency is to be told
cc() { some "$(queue 3 '.queued_pdus + .dropped_pdus')" $(($1 - 1)); }
fill() { # NAME: somebody else takes all that the disk has yet
	cat /dev/zero >>"$W/small/else" 2>/dev/null
	check "disk_full.$1" 0 "$(stat -f -c %a "$W/small")"
}

up up
x1 ordered 'oK oK' "$(x1_msg CreateDestination "$(x1_dest 101 X2andX3 "$PORT" lemf)")" \
	"$(x1_msg ActivateTask "$(x1_task 1 "$(x1_did 101)" "$(x1_liid A)")")"
send before.iri 3 "$IRI"
send before.cc 20 "$CC"
until_ before '3 20' 'echo $(numbers 2 | wc -l) $(numbers 3 | wc -l)'
kill "$LEMF_PID"
wait "$LEMF_PID"
forget "$LEMF_PID"

# -- content alone: it leaves a part of the disk to IRI. Somebody else has of it, too --
head -c 1572864 /dev/zero >"$W/small/else"
send cc 10000 "$CC"
until_ cc.full 'full on' 'echo $(queue 3 .disk) $(queue 2 .disk)'
until_ cc.alarm some 'some $(alarmed spool_full)'
until_ cc.dropped some 'some $(queue 3 .dropped_pdus)'
dropped=$(queue 3 .dropped_pdus)
# -- the part is somebody else's: not an octet is free. IRI takes content's place, many times its own memory --
fill taken
send iri 3000 "$IRI"
until_ iri.queued 'some 0' 'iri 3000'
check disk_full.iri.on_disk some "$(some "$(queue 2 .disk_octets)" 524288)"
check disk_full.iri.cc some "$(some "$(queue 3 .dropped_pdus)" "$dropped")"
until_ iri.all some 'cc 10000'
check disk_full.left some "$(some "$(queue 3 .disk_octets)" 524288)"	# no more than was needed
until_ iri.account some 'account 3 ".in == .delivered + .waiting + .filtered + .lost + .unsure and .lost_by.disk == $(queue 3 .dropped_pdus)" | sed s/true/some/'
# -- he leaves: it takes records again, those that waited for it first --
kept=$(queue 3 .disk_octets)
rm "$W/small/else"
until_ freed some 'some $(queue 3 .disk_octets) $((kept + 524288))'
send freed.cc 50 "$CC"
until_ freed.came some 'cc 10050'
# -- full again, and a stop, and a start on the full disk, which orders of content nothing --
fill again
send again.iri 500 "$IRI"
until_ again.queued 'some 0' 'iri 3500'
stop_ stop 3	# content in memory has no place any more
cat /dev/zero >>"$W/small/else" 2>/dev/null
up start
until_ start.queued 'some 0' 'iri 3500'
send start.iri 1500 "$IRI"
until_ start.iri 'some 0' 'iri 5000'

# -- the agency is back: all IRI, and content but for what went --
LISTEN=$PORT lib_lemf lemf.example || { fail disk_full.back "lemfd did not start"; exit 1; }
until_ empty '0 0' 'echo $(queue 2 .queued_pdus) $(queue 3 .queued_pdus)'
send after.cc 5 "$CC"
until_ after.empty '0 0' 'echo $(queue 2 .queued_pdus) $(queue 3 .queued_pdus)'
lost=$(account 3 .lost)
until_ iri.whole '5003 0' 'numbers 2 | sort -nu | awk "{ if (\$1 != n + 0) bad++; n = \$1 + 1 } END { print NR, bad + 0 }"'
until_ cc.came "$((20 + 10000 + 50 + 5 - lost))" 'numbers 3 | sort -nu | wc -l'
until_ account.iri 'true 0' "account 2 '\"\\(.in == .delivered + .waiting + .filtered + .lost + .unsure) \\(.lost)\"'"
until_ account.cc "true $lost" "account 3 '\"\\(.in == .delivered + .waiting + .filtered + .lost + .unsure) \\(.lost_by.disk + .lost_by.gone)\"'"
x1 over oK "$(x1_msg DeactivateTask "$(x1_xid 1)")"
until_ told.account 1 "jq -r 'select(.event == \"operator-message\") | .text' '$HI/events.jsonl' | grep -cE '^account HI3 .* lost=$lost '"
until_ x1.text some 'some $(cat "$W"/admf/*.xml | grep -c ReportTaskIssueRequest)'
stop_ end 0
lib_end
"$B/mdfctl" audit verify --key "$W/state/audit.pub" "$W/state/audit.log" >/dev/null 2>&1
check disk_full.audit 0 $?
check disk_full.audit.full some "$(some "$(grep -c spool-full-begin "$W/state/audit.log")")"
# -- holes where the audit log has them, as many; the agency knows how many from its account, and which of those that went before the stop --
numbers 3 | sort -nu | awk '{ if ($1 > n + 0) print n + 0, $1 - 1; n = $1 + 1 }' >"$W/holes"
jq -r 'select(.event == "records-lost" and .fields.kind == "HI3" and .fields.liid == "A") | .fields | "\(.from) \(.to) \(.records)"' "$W/state/audit.log" >"$W/audited"
jq -r 'select(.event == "operator-message") | .text' "$HI/events.jsonl" | sed -n 's/^lost HI3 cin=[0-9]* from=\([0-9]*\) to=\([0-9]*\) records=\([0-9]*\): .*/\1 \2 \3/p' >"$W/told"
outside() { # FILE: numbers of holes that are in none of its ranges; ranges of it that do not begin and end in a hole
	awk 'NR == FNR { from[n] = $1; to[n++] = $2; next } { r[m] = $1; e[m++] = $2 } END { for (i = 0; i < n; i++) { for (k = from[i]; k <= to[i]; k++) {
		hole[k]; in_one = 0; for (j = 0; j < m; j++) in_one += k >= r[j] && k <= e[j]; out += !in_one } }
		for (j = 0; j < m; j++) bad += !(r[j] in hole) + !(e[j] in hole); print out + 0, bad + 0 }' "$W/holes" "$1"
}
sum() { awk '{ n += $3 } END { print n + 0 }' "$1"; }
check disk_full.holes "$lost" "$(awk '{ n += $2 - $1 + 1 } END { print n + 0 }' "$W/holes")"
check disk_full.holes.audited "0 0 $lost" "$(outside "$W/audited") $(sum "$W/audited")"
check disk_full.holes.told "0 some" "$(outside "$W/told" | cut -d' ' -f2) $(some "$(sum "$W/told")" "$((dropped - 1))")"
check disk_full.iri.lost 0 "$(jq -r 'select(.event == "records-lost" and .fields.kind == "HI2") | 1' "$W/state/audit.log" | wc -l)"
check disk_full.undelivered 1 "$(grep -c records-undelivered "$W/state/audit.log")"

#!/bin/sh
# The order of sacrifice (TS 102 232-1 clause 6.3.3, HO-BUF-006): an agency is away, no disk, a small queue. Content goes first, the newest of it;
# then IRI; checks of integrity never. Each drop is counted, in the audit log, in the warrant's account, told to the ADMF over X1 and to the
# agency when it is back, whose numbers have holes where it was said that they have, and nowhere else.
. test/lib.sh
. test/x1.lib.sh
for tool in curl xmllint openssl jq; do command -v $tool >/dev/null || { skip sacrifice "no $tool"; exit 0; }; done
lib_begin sacrifice
CTL="$B/mdfctl -s $W/control"
lib_certs mdf.example lemf.example nf.example || { fail sacrifice "no certificates"; exit 1; }
issue mdf.example /CN=mdf/UID=MDF-1 DNS:mdf.example
issue admf /CN=admf/UID=ADMF-1 DNS:admf.example,IP:127.0.0.1
x1_schemas
mkdir "$W/admf"
"$B/x1admf" 127.0.0.1:0 "$W/admf.crt" "$W/admf.key" "$W/ca.crt" mdf.example "$W/admf" >"$W/admf.out" 2>"$W/admf.log" &
PIDS="$PIDS $!"
i=0
while ! grep -q listening "$W/admf.out" 2>/dev/null && [ $i -lt 100 ]; do sleep 0.05; i=$((i + 1)); done
lib_lemf lemf.example || { fail sacrifice "lemfd did not start"; exit 1; }
cat >"$W/mdfd.yaml" <<END
mdf: {operator_id: OP01, element_id: MDF-1, delivery_country: NL, state_dir: state, control_socket: control, drain_timeout: 10s}
tls: {certificate: mdf.example.crt, key: mdf.example.key, ca: ca.crt}
audit: {file: audit.log, key: audit.key}
x2x3: {listen: "127.0.0.1:0", peers: [nf.example], full_wait: 0s}
x1:
  listen: 127.0.0.1:0
  ne_id: MDF-1
  admf_id: ADMF-1
  admf_url: https://127.0.0.1:$(sed -n 's/listening on port //p' "$W/admf.out")/
  authorization_country: NL
  peers: [admf.example]
  destination_profiles:
    - {peer_name: lemf.example, queue: 128KiB, spill: none, reconnect: 200ms, hi4: no, account_message: yes, integrity: {hash: SHA-256, hashTimeout: 6s}}
END
"$B/mdfd" -c "$W/mdfd.yaml" 2>"$W/mdfd.log" </dev/null &
MDFD=$!
PIDS="$PIDS $MDFD"
i=0
while ! $CTL status >/dev/null 2>&1 && [ $i -lt 200 ]; do sleep 0.05; i=$((i + 1)); done
X1PORT=$(sed -n 's/.*X1: listening on port \([0-9]*\).*/\1/p' "$W/mdfd.log")
AT=$(sed -n 's/.*x2x3: listening on .*, port \([0-9]*\),.*/\1/p' "$W/mdfd.log")
until_() { # NAME WANT COMMAND: within 20 seconds
	i=0
	while got=$(eval "$3" 2>/dev/null); [ "$got" != "$2" ] && [ $i -lt 200 ]; do sleep 0.1; i=$((i + 1)); done
	check "sacrifice.$1" "$2" "$got"
}
send() { # NAME COUNT STEP: so many PDUs of a session
	printf 'connections:\n  s: {to: "127.0.0.1:%s", peer: mdf.example, certificate: nf.example.crt, key: nf.example.key, ca: ca.crt}\ndefaults: {nfid: nf-1, ipid: i, xid: %s, correlation: 5}\nsteps:\n- pdu: {on: s, repeat: %s, %s}\n- keepalive: {on: s}\n- expect: {on: s, ack: all}\n' \
		"$AT" "$(lib_uuid 1)" "$2" "$3" >"$W/s.yaml"
	"$B/lipoi" --script "$W/s.yaml" --json --timeout 60s >"$W/report.json" 2>"$W/report.err"
	check "sacrifice.$1.sent" 0 $?
}
IRI='type: x2, payload: 300e81050413130301a205a703810105'
CC="type: x3, payload: {udp: {from: \"10.45.0.2:1\", to: \"192.0.2.1:2\", data: {hex: \"$(printf '%01600d' 7)\"}}}"
HI="$W/lemf.example/NL-OP01-A"
queue() { $CTL --json queue list | jq -r ".queues[] | select(.kind == \"HI$1\") | .$2"; }
numbers() { "$B/lidump" --json "$HI/hi$1.ber" 2>/dev/null | jq -r 'select(.payload.tRIPayload == null) | .pSHeader.sequenceNumber'; }
came() { echo "$(numbers 2 | wc -l) $(numbers 3 | wc -l)"; }
account() { $CTL --json warrant account A | jq -r ".accounts[] | select(.kind == \"HI$1\") | $2"; }
told() { # KIND: the first, the last and the sum of what the agency was told that it will not get
	jq -r 'select(.event == "operator-message") | .text' "$HI/events.jsonl" | sed -n "s/^lost HI$1 cin=[0-9]* from=\([0-9]*\) to=\([0-9]*\) records=\([0-9]*\): .*/\1 \2 \3/p" |
		awk 'NR == 1 || $1 < first { first = $1 } NR == 1 || $2 > last { last = $2 } { n += $3 } END { print first, last, n }'
}
some() { [ "${1:-0}" -gt "${2:-0}" ] && echo some || echo none; }
reports() { cat "$W"/admf/*.xml 2>/dev/null | grep -o -e "$1" | wc -l; }

x1 ordered 'oK oK' "$(x1_msg CreateDestination "$(x1_dest 101 X2andX3 "$PORT" lemf)")" \
	"$(x1_msg ActivateTask "$(x1_task 1 "$(x1_did 101)" "$(x1_liid A)")")"
send before.iri 3 "$IRI"
send before.cc 20 "$CC"
until_ before '3 20' came
kill "$LEMF_PID"
wait "$LEMF_PID"
PIDS=$(echo "$PIDS" | sed "s/ $LEMF_PID\$//; s/ $LEMF_PID / /")

# -- content alone: it fills what is its own, the rest of it finds no room; nothing of IRI goes for it --
send cc 300 "$CC"
until_ cc.dropped some "some \$(queue 3 dropped_pdus) 100"
check sacrifice.cc.iri "0 0" "$(queue 2 dropped_pdus) $(queue 2 queued_pdus)"
cc=$(queue 3 queued_pdus) dropped=$(queue 3 dropped_pdus)
until_ x1.cc some 'some $(reports "xsi:type=\"ReportTaskIssueRequest\"") 0'
# -- IRI in what is its own: content stays --
send iri 300 "$IRI"
until_ iri.queued 300 'queue 2 queued_pdus'
check sacrifice.iri.cc "$cc $dropped 0" "$(queue 3 queued_pdus) $(queue 3 dropped_pdus) $(queue 2 dropped_pdus)"
# -- and beyond: content gives way, and no IRI is lost --
send more 450 "$IRI"
until_ more.queued 750 'queue 2 queued_pdus'
check sacrifice.more.iri 0 "$(queue 2 dropped_pdus)"
until_ more.cc some 'some $(queue 3 dropped_pdus) $((dropped + 20))'
check sacrifice.more.left "$((cc + dropped))" "$(($(queue 3 queued_pdus) + $(queue 3 dropped_pdus)))"
# -- until there is nothing that could give way: IRI is lost --
send most 700 "$IRI"
until_ most.dropped some 'some $(queue 2 dropped_pdus) 100'
check sacrifice.most.cc some "$(some 28 "$(queue 3 queued_pdus)")"	# a sixteenth, and what it has been told of
until_ most.octets 1 'echo $(($(queue 2 queued_octets) + $(queue 3 queued_octets) < 2 * 131072 + 8192))'
check sacrifice.nothing.else 0 "$(grep -cE '"event":"gap"' "$HI/events.jsonl")"
# -- the Hash of what had gone out finds room all the same --
until_ hashes '1 1' 'echo $(queue 2 hashes) $(queue 3 hashes)'

# -- it is back --
iri_lost=$(queue 2 dropped_pdus) cc_lost=$(queue 3 dropped_pdus)
LISTEN=$PORT lib_lemf lemf.example || { fail sacrifice.back "lemfd did not start"; exit 1; }
until_ empty '0 0' 'echo $(queue 2 queued_pdus) $(queue 3 queued_pdus)'
send after.cc 5 "$CC"
send after.iri 5 "$IRI"
until_ came "$((3 + 300 + 450 + 700 + 5 - iri_lost)) $((20 + 300 + 5 - cc_lost))" came
check sacrifice.counted "$iri_lost $cc_lost" "$(queue 2 dropped_pdus) $(queue 3 dropped_pdus)"
for k in 2 3; do
	lost=$([ $k = 2 ] && echo "$iri_lost" || echo "$cc_lost")
	until_ account.$k "true $lost $lost" "account $k '\"\\(.in == .delivered + .waiting + .filtered + .lost + .unsure) \\(.lost) \\(.lost_by.full)\"'"
	until_ told.$k some "some \$(jq -r 'select(.event == \"operator-message\") | .text' '$HI/events.jsonl' | grep -c '^lost HI$k cin=[0-9]* from=[0-9]* to=[0-9]* records=[0-9]*: there was no room for them') 0"
done
x1 over oK "$(x1_msg DeactivateTask "$(x1_xid 1)")"
until_ told.account 2 "jq -r 'select(.event == \"operator-message\") | .text' '$HI/events.jsonl' | grep -cE '^account HI(2 .* lost=$iri_lost|3 .* lost=$cc_lost) '"
for k in 2 3; do until_ told.sum.$k "$([ $k = 2 ] && echo "$iri_lost" || echo "$cc_lost")" "told $k | cut -d' ' -f3"; done
check sacrifice.x1.text some "$(some "$(reports '>NonTerminatingFault<.*records were lost: the audit log has which')")"
for f in "$W"/admf/*.xml; do x1_valid "$f"; done
check sacrifice.x1.valid 0 "$INVALID"
kill -TERM $MDFD
wait $MDFD
check sacrifice.stop 0 $?
PIDS=$(echo "$PIDS" | sed "s/ $MDFD\$//; s/ $MDFD / /")
lib_end
"$B/mdfctl" audit verify --key "$W/state/audit.pub" "$W/state/audit.log" >/dev/null 2>&1
check sacrifice.audit 0 $?

# -- numbers in order, and holes where the audit log has them, all of them: what came before the outage and the oldest of it are there --
for k in 2 3; do
	numbers $k | awk -v n=0 '{ if ($1 < n) bad = 1; if ($1 > n) print n, $1 - 1; n = $1 + 1 } END { if (bad) print "not in order" }' >"$W/holes.$k"
	jq -r "select(.event == \"records-lost\" and .fields.kind == \"HI$k\" and .fields.liid == \"A\" and .fields.why == \"no-room\") | .fields | \"\(.from) \(.to)\"" \
		"$W/state/audit.log" >"$W/audited.$k"
	check sacrifice.holes.$k "$(cat "$W/audited.$k")" "$(cat "$W/holes.$k")"
	check sacrifice.holes.sum.$k "$([ $k = 2 ] && echo "$iri_lost" || echo "$cc_lost")" "$(awk '{ n += $2 - $1 + 1 } END { print n + 0 }' "$W/holes.$k")"
done
# the agency was told of as many, and of no number that it has
for k in 2 3; do
	check sacrifice.told.holes.$k "$(cat "$W/audited.$k") $(awk '{ print $2 - $1 + 1 }' "$W/audited.$k")" "$(told $k)"
done
check sacrifice.first.cc 20 "$(head -n 1 "$W/holes.3" | awk '{ print ($1 > 20) * 20 }')"
check sacrifice.verify "$((iri_lost + cc_lost)) 4 0 0" "$("$B/lemfd" verify "$W/lemf.example" NL-OP01-A 2>/dev/null | awk '$1 == "NL-OP01-A" { print $6, $10, $11, $12 }')"	# missing, proved, bad, open
check sacrifice.hashed "$(cat "$W"/holes.* | wc -l) 0" "$(grep -cE '"event": ?"gap"' "$HI/events.jsonl") $(jq -r 'select(.event == "integrity" and .verdict != "good") | 1' "$HI/events.jsonl" | wc -l)"
# -- and nothing says whose they were, nor what was in them --
check sacrifice.secret 0 "$(grep -cE '001010000000001|10\.45\.0\.2|192\.0\.2\.1' "$W/mdfd.log" "$W"/admf/*.xml "$W/state/audit.log" | awk -F: '{ n += $2 } END { print n }')"
check sacrifice.secret.told 0 "$(jq -r 'select(.event == "operator-message") | .text' "$HI/events.jsonl" | grep -cE '001010|10\.45|192\.0|LI-|XID')"

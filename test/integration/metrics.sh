#!/bin/sh
# The metrics of a running mdfd: over a unix socket, over loopback, and over TLS with client certificates (HTTP/1.1 and HTTP/2);
# they parse, agree with mdfctl, and name nobody. And mdfctl status: certificates near their end, destinations that are down.
. test/lib.sh
command -v curl >/dev/null || { skip metrics "no curl"; exit 0; }
lib_begin metrics
CTL="$B/mdfctl -s $W/control"
lib_certs mdf.example lemf.example prom.example other.example || { fail metrics "no certificates"; exit 1; }
cp "$W/mdf.example.crt" "$W/long.crt"

# -- a world: traffic of a file, one target, an agency, and one that is never there
"$B/ligen" --out "$W/core" --expect "$W/expect.json" --subscribers 6 --sessions 1 --packets 20 --plain 2>"$W/ligen.log" ||
	fail metrics.ligen "$(tail -n 1 "$W/ligen.log")"
who=$(jq -r '[.subscribers | to_entries[] | select(.value.sessions > 0)][0].key' "$W/expect.json")
lib_lemf lemf.example || { fail metrics "lemfd did not start"; exit 1; }
lib_conf
lib_tap core core
echo 'metrics: {listen: "unix:metrics"}' >>"$W/mdfd.yaml"
echo destinations: >"$W/warrants.yaml"
lib_dest 1 lemf.example
PORT=9 lib_dest 2 lemf.example
echo warrants: >"$W/warrants"
lib_warrant 1 "supiimsi: \"$who\"" 1
cat "$W/warrants" >>"$W/warrants.yaml"

up() {
	: >"$W/mdfd.log"
	"$B/mdfd" -c "$W/mdfd.yaml" 2>"$W/mdfd.log" </dev/null &
	MDFD=$!
	PIDS="$PIDS $MDFD"
	i=0
	while ! $CTL status >/dev/null 2>&1 && [ $i -lt 200 ]; do sleep 0.05; i=$((i + 1)); done
}
down() {
	kill -TERM $MDFD
	wait $MDFD
	check "metrics.$1" "$2" $?
	PIDS=$LEMF_PID
}
until_() { # NAME WANT COMMAND: within 20 seconds
	i=0
	while got=$(eval "$3" 2>/dev/null); [ "$got" != "$2" ] && [ $i -lt 200 ]; do sleep 0.1; i=$((i + 1)); done
	check "metrics.$1" "$2" "$got"
}

# A parser of this test's own: every line is HELP, TYPE or a sample; a family's lines stand together, HELP and TYPE first and once;
# counters, and only they, end in _total; no series comes twice; labels are those that we allow.
parse() {
	awk '
	function bad(why) { print NR ": " why ": " $0; bads++ }
	/^# HELP / { if ($3 in help) bad("HELP twice"); help[$3] = 1; family = $3; if (NF < 4) bad("no text"); next }
	/^# TYPE / {
		if ($3 != family || $3 in type) bad("TYPE");
		type[$3] = $4
		if ($4 != "counter" && $4 != "gauge") bad("type")
		if (($4 == "counter") != ($3 ~ /_total$/)) bad("name")
		next
	}
	{
		if (!match($0, /^[a-z_]+/)) { bad("name"); next }
		name = substr($0, 1, RLENGTH); rest = substr($0, RLENGTH + 1)
		if (name != family) bad("not with its family")
		if (match(rest, /^\{[^}]*\}/)) {
			labels = substr(rest, 2, RLENGTH - 2); rest = substr(rest, RLENGTH + 1)
			while (labels != "") {
				if (!match(labels, /^(tap|destination|kind|reason|sender|version)="[^"]*"(,|$)/)) { bad("label " labels); break }
				labels = substr(labels, RLENGTH + 1)
			}
		}
		if (rest !~ /^ [0-9.e+-]+$/) bad("value")
		series = substr($0, 1, length($0) - length(rest))
		if (series in seen) bad("series twice")
		seen[series] = 1; n++
	}
	END { if (n < 100) print "only " n + 0 " series"; if (!bads && n >= 100) print "good" }' "$1"
}
value() { awk -v s="$1" 'index($0, s " ") == 1 { print $NF }' "$W/m"; }
get() { curl -sS -o "$W/m" -w '%{http_version} %{http_code} %{content_type}' "$@" 2>"$W/curl.err"; }
code() { curl -s -o /dev/null -w '%{http_version} %{http_code}' "$@" 2>/dev/null; }

# -- a unix socket
up
until_ drained true '$CTL --json status | jq -r .status.delivered'
until_ ended ended '$CTL --json tap list | jq -r ".taps[0].state"'
U="--unix-socket $W/metrics"
check metrics.unix '1.1 200 text/plain; version=0.0.4; charset=utf-8' "$(get $U http://mdf/metrics)"
check metrics.mode 660 "$(stat -c %a "$W/metrics")"
check metrics.parses good "$(parse "$W/m" | head -n 3)"
if command -v promtool >/dev/null; then
	if promtool check metrics <"$W/m" >"$W/promtool" 2>&1; then ok metrics.promtool; else fail metrics.promtool "$(head -n 3 "$W/promtool" | tr '\n' ' ')"; fi
else
	skip metrics.promtool "no promtool"
fi
check metrics.frames "$($CTL --json tap list | jq '.taps[0].packets')" "$(value 'mdfd_tap_packets_total{tap="core"}')"
check metrics.gpdu "$($CTL --json tap list | jq '.taps[0].parsed.gpdu')" "$(value 'mdfd_tap_frames_total{tap="core",kind="gpdu"}')"
# a counter has one name: what status says, tap list and queue list say, too; and why a tap drops is called as in the metrics
same() { # NAME, their lists' names, what changes between two looks
	$CTL --json status | jq -c "[.$2[] | del($4)]" >"$W/short"
	$CTL --json ${3%s} list | jq -c "[.$3[] | del($4)]" >"$W/long"
	check "$1" true "$(jq -s '(.[0] | length) > 0 and (.[1] | length) == (.[0] | length) and (.[0] as $a | .[1] | contains($a))' "$W/short" "$W/long")"
}
same metrics.taps taps taps .packets_per_second,.octets_per_second
same metrics.queues destinations queues .failures,.last_error,.oldest_seconds
check metrics.drops "$(sed -n 's/^mdfd_tap_dropped_packets_total{tap="core",reason="\([a-z_]*\)"}/\1/p' "$W/m" | sort)" \
	"$($CTL --json status | jq -r '.taps[0].dropped | to_entries[] | "\(.key) \(.value)"' | sort)"
check metrics.sessions "$($CTL --json status | jq '.sessions.known')" "$(value mdfd_sessions)"
check metrics.delivered "$($CTL --json queue list | jq '[.queues[] | select(.kind == "HI3")][0].delivered_pdus')" \
	"$(value 'mdfd_delivery_delivered_pdus_total{destination="00000001",kind="HI3"}')"
[ "$(value 'mdfd_delivery_delivered_pdus_total{destination="00000001",kind="HI3"}')" -gt 0 ] && ok metrics.some || fail metrics.some "nothing was delivered"
check metrics.up '1 0' "$(value 'mdfd_delivery_up{destination="00000001",kind="HI2"}') $(value 'mdfd_delivery_up{destination="00000002",kind="HI2"}')"
check metrics.address '1 0' "$(value 'mdfd_delivery_address{destination="00000001",kind="HI2"}') $(value 'mdfd_delivery_address{destination="00000002",kind="HI2"}')"
check metrics.counters '' "$($CTL --json counters | jq -r '.counters[].name' | sort -u | comm -3 - "$(awk '/^# TYPE/ { print $3 }' "$W/m" | sort -u >"$W/names"; echo "$W/names")")"
check metrics.meaning 0 "$($CTL --json counters | jq '[.counters[] | select(.means == "")] | length')"
# every counter of the tables is there, under its name
for t in core/core.tbl:X:core mediate.tbl:COUNT:mediation; do
	table=mediation/${t%%:*} rest=${t#*:}
	check "metrics.table.${rest#*:}" '' "$(sed -n "s/^${rest%%:*}(\([a-z0-9_]*\),.*/mdfd_${rest#*:}_\1_total/p" "$table" | while read -r m; do grep -q "^$m " "$W/m" || echo "$m"; done)"
done
check metrics.table.tap_drop '' "$(sed -n 's/^DROP(\([a-z0-9_]*\),.*/\1/p' mediation/tap_drop.tbl | while read -r m; do grep -q "reason=\"$m\"" "$W/m" || echo "$m"; done)"
check metrics.table.flow '' "$(sed -n 's/^FLOW_WHY(\([a-z0-9_]*\),.*/\1/p' mediation/tap/flow.tbl | while read -r m; do grep -q "kind=\"$m\"" "$W/m" || echo "$m"; done)"

# -- nobody is named: not the target, not another subscriber, no LIID, no agency; nor in the log
$CTL status >"$W/status"
$CTL counters >"$W/counters"
jq -r '.subscribers | keys[]' "$W/expect.json" | cut -c 6- >"$W/secret"	# without MCC and MNC: however they are written
printf 'LI-1\nagency-\nlemf.example\n' >>"$W/secret"
for f in m counters mdfd.log; do
	check "metrics.names_nobody.$f" '' "$(grep -F -f "$W/secret" "$W/$f" | head -n 2)"
done
head -n -3 "$W/secret" >"$W/people"
check metrics.names_nobody.status '' "$(grep -F -f "$W/people" "$W/status" | head -n 2)"

# -- wrong use
check metrics.method '1.1 405' "$(code $U -X PUT -d x http://mdf/metrics)"
check metrics.path '1.1 404' "$(code $U http://mdf/other)"
check metrics.head '1.1 200' "$(code $U -I http://mdf/metrics)"
check metrics.refusals 2 "$(get $U http://mdf/metrics >/dev/null; value mdfd_http_rejected_total)"

# -- what mdfctl status says of a destination that is not there
until_ alarm 'no connection: connect: connection refused' \
	'$CTL --json status | jq -r "[.alarms[] | select(.alarm == \"destination_down\" and .object == \"00000002 HI2\")][0].text"'
check metrics.not_well false "$($CTL --json status | jq .status.well)"
$CTL status >"$W/status"
check metrics.screen 2 "$(grep -cE '^mdfd .* 2 ALARMS$|^ALARM destination 00000002 HI2: no connection' "$W/status")"
check metrics.action 1 "$(grep -A 2 '^ALARM destination 00000002 HI2' "$W/status" | grep -c 'see the reason, the network, and ask the agency')"
check metrics.gauge 2 "$(get $U http://mdf/metrics >/dev/null; value 'mdfd_alarms{reason="destination_down"}')"
check metrics.logged 1 "$(grep -c 'alarm: destination_down 00000002 HI2' "$W/mdfd.log")"
down unix_end 0
check metrics.removed no "$([ -e "$W/metrics" ] && echo yes || echo no)"

# -- TLS: only with a client certificate of a name that is allowed
PORT9=$((20000 + $$ % 20000))
sed -i '/^metrics:/d' "$W/mdfd.yaml"
echo "metrics: {listen: \"127.0.0.1:$PORT9\", peers: [prom.example]}" >>"$W/mdfd.yaml"
# a certificate that ends in ten days is an alarm, its successor the end of it
openssl req -key "$W/mdf.example.key" -new -subj /CN=mdf.example 2>/dev/null | openssl x509 -req -CA "$W/ca.crt" -CAkey "$W/ca.key" -days 10 \
	-extfile /dev/fd/3 -out "$W/mdf.example.crt" 3<<X 2>/dev/null
subjectAltName=DNS:mdf.example
X
up
S="--cacert $W/ca.crt --connect-to mdf.example:443:127.0.0.1:$PORT9 https://mdf.example/metrics"
P="--cert $W/prom.example.crt --key $W/prom.example.key"
check metrics.tls2 '2 200 text/plain; version=0.0.4; charset=utf-8' "$(get $P --http2 $S)"
check metrics.tls2_parses good "$(parse "$W/m" | head -n 3)"
check metrics.tls1 '1.1 200 text/plain; version=0.0.4; charset=utf-8' "$(get $P --http1.1 $S)"
check metrics.tls1_parses good "$(parse "$W/m" | head -n 3)"
check metrics.method2 '2 405' "$(code $P --http2 -X DELETE $S)"
for v in 1.1 2; do
	# a body that is not taken is answered while it is still being sent; over HTTP/2 it needs no length
	check "metrics.length$v" "$v $([ $v = 2 ] && echo 405 || echo 411)" "$(head -c 2000000 /dev/zero | code $P --http$v -X POST -H 'Expect:' -T - $S)"
	check "metrics.long$v" "$v 405" "$(head -c 500000 /dev/zero | code $P --http$v -H 'Expect:' --data-binary @- $S)"
done
check metrics.no_cert '0 000' "$(code $S)"
check metrics.wrong_name '0 000' "$(code --cert "$W/other.example.crt" --key "$W/other.example.key" $S)"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=prom.example -keyout "$W/self.key" -out "$W/self.crt" 2>/dev/null
check metrics.wrong_ca '0 000' "$(code --cert "$W/self.crt" --key "$W/self.key" $S)"
check metrics.no_tls '0.9 000' "$(curl -s -o /dev/null -w '0.9 %{http_code}' "http://127.0.0.1:$PORT9/metrics")"
check metrics.old_tls '0 000' "$(code $P --tls-max 1.1 $S)"
until_ refused_audited yes '$CTL audit show 200 | grep -q "client-refused.*listener metrics" && echo yes'
check metrics.refused_alarm 1 "$($CTL --json status | jq '[.alarms[] | select(.alarm == "client_refused")] | length')"
# many at once, over HTTP/2 and over connections of their own; a sanitizer's build gets fewer, since each has seconds to come
n=$((ROUNDS < 100 ? 40 : 200))
check metrics.parallel $n "$(curl -s $P --http2 --parallel --parallel-max 50 --cacert "$W/ca.crt" --connect-to "mdf.example:443:127.0.0.1:$PORT9" -o /dev/null \
	-w '%{http_code}\n' 'https://mdf.example/metrics?[1-'$n']' 2>/dev/null | grep -c '^200$')"
until_ ends 'own certificate: ends on' '$CTL --json status | jq -r "[.alarms[] | select(.alarm == \"certificate_ends\")][0] | \"\(.object): \(.text)\"" | cut -c 1-24'
cp "$W/long.crt" "$W/mdf.example.crt"
$CTL reload >/dev/null
until_ ends_no_more 0 '$CTL --json status | jq "[.alarms[] | select(.alarm == \"certificate_ends\")] | length"'
# and the listener shows the new one
until_ renewed yes 'openssl s_client -connect 127.0.0.1:$PORT9 </dev/null 2>/dev/null | openssl x509 -checkend 2000000 >/dev/null && echo yes'
check metrics.after_renewal '2 200' "$(code $P $S)"
down tls_end 0

# -- the configuration
faults() { # NAME PART metrics
	sed -i '/^metrics:/d' "$W/mdfd.yaml"
	echo "metrics: $3" >>"$W/mdfd.yaml"
	"$B/mdfd" -c "$W/mdfd.yaml" --check >"$W/check" 2>&1
	if [ $? -eq 1 ] && grep -q -- "$2" "$W/check"; then ok "metrics.$1"; else fail "metrics.$1" "$(tail -n 1 "$W/check")"; fi
}
faults open_to_all 'peers: needed' '{listen: "0.0.0.0:9100"}'
faults open_to_others 'peers: needed' '{listen: "192.0.2.1:9100"}'
faults unix_peers 'a unix socket is guarded by its rights' '{listen: "unix:metrics", peers: [a]}'
faults no_listen 'listen' '{peers: [a]}'
faults bad_listen 'listen: unix:PATH or ADDRESS:PORT' '{listen: "localhost:9100"}'
faults bad_tls 'metrics.tls: .*absent.crt' '{listen: "127.0.0.1:9100", peers: [a], tls: {certificate: absent.crt, key: absent.key}}'

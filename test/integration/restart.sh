#!/bin/sh
# mdfd is killed at random instants while it reads traffic from a FIFO, and, where there are network namespaces, from a veth pair, some of it
# with an agency that does not answer, and started again on the same store. At the end each number of each context is at the agency or was announced as not issued,
# none is there with other octets; a clean stop announces nothing. KILLS (10), SEED.
. test/lib.sh
lib_live "${1:-}"
[ -n "$LIVE" ] || skip restart.live "no veth pair in a network namespace"
command -v jq >/dev/null || { skip restart "no jq"; exit 0; }
lib_begin restart
lib_certs mdf.example lemf.example || { fail restart "no certificates"; exit 1; }
KILLS=${KILLS:-$((ROUNDS < 100 ? 3 : 8))}
SEED=${SEED:-1}
CTL="$B/mdfctl -s $W/control"
D=$W/lemf.example

rand() { SEED=$(((SEED * 1103515245 + 12345) & 2147483647)); R=$((SEED / 65536 % $1)); }	# sets R
up() {
	"$B/mdfd" -c "$W/mdfd.yaml" 2>>"$W/mdfd.log" </dev/null &
	MDFD=$!
	PIDS="$PIDS $MDFD"
}
feed() {
	if grep -q tapr "$W/mdfd.yaml"; then to="--interface tapl --rate 20000"; else to="--out $W/fifo"; fi
	# shellcheck disable=SC2086
	"$B/ligen" $to --seed "$1" --subscribers 40 --sessions 6 --packets 300 --dual 0 --only6 0 --step 2000 2>/dev/null &
	FEED=$!
}
ready() {
	i=0
	while ! $CTL status >/dev/null 2>&1 && [ $i -lt 100 ]; do sleep 0.05; i=$((i + 1)); done
}
gone() { # pid: it has ended, and is none of ours any more
	wait "$1" 2>/dev/null
	left=
	for p in $PIDS; do [ "$p" = "$1" ] || left="$left $p"; done
	PIDS=$left
}
events() { cat "$D"/NL-*/events.jsonl; }
audit() { jq -c "select(.event == \"$1\")" "$W/state/audit.log"; }

lib_lemf lemf.example || { fail restart "lemfd did not start"; exit 1; }
lib_conf
echo '  - {name: core, interface: tapr, network_functions: {smf: smf-1, upf: upf-1, amf: amf-1}}' >>"$W/mdfd.yaml"
mv "$W/mdfd.yaml" "$W/mdfd.live"
lib_conf
mkfifo "$W/fifo"
lib_tap core fifo
cp "$W/mdfd.yaml" "$W/mdfd.file"
echo destinations: >"$W/warrants.yaml"
lib_dest 1 lemf.example 'reconnect: 100ms, queue: 128MiB'	# a full one drops, which is another matter
echo warrants: >"$W/warrants"
lib_warrant 1 'ipv4Cidr: 100.64.0.0/10' 1
for k in 2 3 4 5; do lib_warrant $k "supiimsi: \"00101$(printf %010u $k)\"" 1; done
cat "$W/warrants" >>"$W/warrants.yaml"

k=0
while [ $k -lt "$KILLS" ]; do
	cp "$W/mdfd.file" "$W/mdfd.yaml"
	[ -z "$LIVE" ] || [ $((k % 2)) -eq 1 ] || cp "$W/mdfd.live" "$W/mdfd.yaml"
	up
	[ -z "$LIVE" ] || [ $((k % 2)) -eq 1 ] || ready	# a file tap waits for the feeder, and the feeder for it
	feed $((100 + k))
	ready
	rand 60
	sleep "$(printf '0.%02d' "$R")"
	if [ $((k % 4)) -ge 2 ]; then	# what is queued from here on is lost; the store learns what was delivered, and no more
		kill -STOP $LEMF_PID
		rand 50
		sleep "$(printf '1.%02d' $((20 + R)))"
	fi
	kill -KILL $MDFD
	gone $MDFD
	kill -CONT $LEMF_PID
	kill $FEED 2>/dev/null
	wait $FEED 2>/dev/null
	k=$((k + 1))
done

# the last life reads all of its traffic and ends as it is told to
cp "$W/mdfd.file" "$W/mdfd.yaml"
up
feed 99
wait $FEED
i=0
while [ "$($CTL --json status 2>/dev/null | jq -c '[.status.delivered, .numbers.to_announce]')" != '[true,0]' ] && [ $i -lt 300 ]; do
	sleep 0.1
	i=$((i + 1))
done
$CTL --json status >"$W/status.json"
check restart.told '[true,0]' "$(jq -c '[.status.delivered, .numbers.to_announce]' "$W/status.json")"
check restart.alarm "$(jq '.numbers.not_issued > 0' "$W/status.json")" "$(jq 'any(.alarms[]; .alarm == "numbers_not_issued")' "$W/status.json")"
kill -TERM $MDFD
wait $MDFD
check restart.stop 0 $?
gone $MDFD
before=$(audit numbers-not-issued | wc -l)
if [ "$before" -gt 0 ]; then ok restart.announced; else fail restart.announced "nothing was lost: the kills came too late"; fi

# a clean stop leaves nothing to say
up
ready
"$B/ligen" --out "$W/fifo" --seed 98 --subscribers 1 --sessions 1 --packets 1 2>/dev/null
kill -TERM $MDFD
wait $MDFD
gone $MDFD
check restart.clean "$before" "$(audit numbers-not-issued | wc -l)"
"$B/mdfctl" audit verify --key "$W/state/audit.pub" "$W/state/audit.log" >/dev/null 2>&1
check restart.audit 0 $?
lib_end

# every announcement is at the agency, with the audit log's own numbers
audit numbers-not-issued | jq -r '.fields | "\(.liid) \(.kind) \(if .cin == "" then "-" else .cin end) \(.from) \(.to)"' | sort -u >"$W/audited"
for d in "$D"/NL-OP01-*; do
	jq -r --arg l "${d##*NL-OP01-}" 'select(.event == "not-issued") | "\($l) \(.hi | ascii_upcase) \(.cin // "-") \(.from) \(.to)"' "$d/events.jsonl"
done | sort -u >"$W/said"
check restart.said 0 "$(comm -3 "$W/audited" "$W/said" | wc -l)"

# none twice with other octets; no gap is left without a word
check restart.twice 0 "$(events | grep -cE '"event":"(conflict|repeat)"')"
for d in "$D"/NL-OP01-*; do
	for h in hi2 hi3; do
		[ ! -e "$d/$h.ber" ] || "$B/lidump" --summary "$d/$h.ber" | awk -v l="${d##*NL-OP01-}" '$3 == "HI2" || $3 == "HI3" { print l, $3, $5, $6 }'
	done
done >"$W/have"
# a number is on a line of `have`, or in a range of `said`: per context from 0 to the highest that either names, or that the
# audit log says of content
audit interception-end | jq -r '.fields | select(.cc != "0") | "\(.liid) HI3 \(.cin) \(.cc)"' >"$W/used"
awk 'FILENAME ~ /used$/ { k = $1 " " $2 " " $3; if (!(k in top) || $4 - 1 > top[k]) top[k] = $4 - 1; next }
	FILENAME ~ /said$/ { k = $1 " " $2 " " $3; r[k] = r[k] " " $4 "-" $5; if (!(k in top) || $5 + 0 > top[k]) top[k] = $5 + 0; next }
	{ k = $1 " " $2 " " $3; if ((k, $4) in have) twice++; have[k, $4] = 1; if (!(k in top) || $4 + 0 > top[k]) top[k] = $4 + 0 }
	END {
		for (k in top) {
			n = split(r[k], s, " ")
			for (i = 0; i <= top[k]; i++) {
				if ((k, i) in have) continue
				for (j = 1; j <= n; j++) { split(s[j], e, "-"); if (i >= e[1] && i <= e[2]) { i = e[2] + 0; break } }
				if (j > n) { missing++; print "missing", k, i | "cat >&2" }
			}
			contexts++
		}
		print missing + 0, twice + 0
		if (contexts < 10) print "only", contexts, "contexts"
	}' "$W/said" "$W/used" "$W/have" >"$W/verdict" 2>"$W/missing"
check restart.complete "0 0" "$(cat "$W/verdict")"

# each interception that began and did not end in its own life had numbers leased, and so was announced; but for one that was
# killed between the audit log and the store: nothing of it went out
audit interception-begin | jq -r '.fields | "\(.liid) HI3 \(.cin)"' | sort >"$W/begun"
audit interception-end | jq -r '.fields | "\(.liid) HI3 \(.cin)"' | sort >"$W/ended"
cut -d ' ' -f 1-3 "$W/said" | grep ' HI3 ' | sort -u >"$W/told"
comm -23 "$W/begun" "$W/ended" >"$W/open"
comm -23 "$W/open" "$W/told" >"$W/untold"
check restart.open 0 "$(awk 'FILENAME ~ /untold$/ { u[$1 " " $3] = 1; next } ($1 " " $3) in u { n++ } END { print n + 0 }' "$W/untold" "$W/have")"
# those that go on in the next life and end there had numbers announced, too
if [ "$(wc -l <"$W/told")" -ge "$KILLS" ]; then ok restart.told_all; else fail restart.told_all "$(wc -l <"$W/told") announced"; fi

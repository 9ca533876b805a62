#!/bin/sh
# make demo: one warrant, end to end, told in plain words: a capture of a 5G core, its subscribers, a warrant on one of
# them, mdfd and an agency's lemfd over TLS, what was delivered, and the proof that it is whole. Needs no judge: sh, awk,
# sed, openssl and our programs. B, CAPTURE and TARGET come from the Makefile; everything written lies in build/demo.
set -u
. test/lib.sh
CAPTURE=${CAPTURE:-} TARGET=${TARGET:-}
ROWS=40 # records and contexts of content that the tables show

step() { printf '\n== %s\n' "$*"; }
tell() { printf '   %s\n' "$*"; }
die() {
	printf '\ndemo: %s\n' "$1" >&2
	shift
	for l in "$@"; do printf '      %s\n' "$l" >&2; done
	exit 1
}
BAD=0
holds() { # what, command…: says whether it holds
	what=$1
	shift
	if "$@"; then printf '   ok      %s\n' "$what"; else
		printf '   FAILED  %s\n' "$what"
		BAD=$((BAD + 1))
	fi
}

# -- the capture ------------------------------------------------------------------------------------------------------
# CAPTURE is a file, or the files of several taps of one run with "+" or blanks between them. Sets the arguments' list
# FILES, a line a file.
files() {
	if [ -e "$CAPTURE" ]; then list=$CAPTURE; else list=$(echo "$CAPTURE" | tr '+ ' '\n\n' | sed '/^$/d'); fi
	dir=
	FILES=
	while IFS= read -r f; do
		# the second of a pair may leave out the folder of the first
		[ -e "$f" ] || [ -z "$dir" ] || [ ! -e "$dir/$f" ] || f=$dir/$f
		[ -e "$f" ] || die "no such file: $f" "Give a capture of N2, N3 and N4: make demo CAPTURE=/path/core.pcap"
		[ -f "$f" ] && [ -r "$f" ] || die "cannot be read as a file: $f"
		dir=$(dirname "$f")
		FILES="$FILES$(realpath "$f")
"
	done <<-EOF
		$list
	EOF
}

# Runs a command with FILES as its last arguments.
with_files() {
	while IFS= read -r f; do
		[ -z "$f" ] || set -- "$@" "$f"
	done <<-EOF
		$FILES
	EOF
	"$@"
}

# -- the subscribers --------------------------------------------------------------------------------------------------
# Sums the sessions (lines "session WHO ADDRESSES ENDED FROM TO OPENED") of each subscriber, in order of appearance.
by_subscriber() {
	sed -n '/^session/p' "$W/sessions" | sort -s -n -k 7 | awk '{
		if (!($2 in n)) { who[++k] = $2; at[$2] = $3 }
		else if (index("," at[$2] ",", "," $3 ",") == 0) at[$2] = at[$2] "," $3
		n[$2]++; e[$2] += $4; f[$2] += $5; t[$2] += $6
	} END { for (i = 1; i <= k; i++) print who[i], at[who[i]], n[who[i]], e[who[i]], f[who[i]], t[who[i]] }'
}

# What a warrant on WANT must give: "sessions ended from to", of a subscriber or of an address.
expected() {
	awk -v want="$1" '$1 == "session" && ($2 == want || $2 == "ip:" want || index("," $3 ",", "," want ",")) {
		n++; e += $4; f += $5; t += $6
	} END { print n + 0, e + 0, f + 0, t + 0 }' "$W/sessions"
}

# -- what was delivered -----------------------------------------------------------------------------------------------
records() {
	awk -v rows=$ROWS '$3 == "HI2" && n++ < rows {
		printf "   %-9s %-32s  %-27s  %5s  %6s\n", $7, $8, $2, $5, $6
	} END { if (n > rows) printf "   … and %d more\n", n - rows }' "$W/delivered"
}
content() {
	awk -v rows=$ROWS '$3 == "HI3" {
		k = $5 " " $7
		if (!(k in n)) { key[++keys] = k; first[k] = $2 }
		n[k]++; o[k] += $9; last[k] = $2
	} END {
		for (i = 1; i <= keys && i <= rows; i++) {
			split(key[i], a, " "); k = key[i]
			d = a[2] == "from" ? "from the target" : a[2] == "to" ? "to the target" : a[2]
			printf "   %5s  %-15s  %8d  %10d  %-27s  %s\n", a[1], d, n[k], o[k], first[k], last[k]
		}
		if (keys > rows) printf "   … and %d more\n", keys - rows
		if (!keys) print "   (none)"
	}' "$W/delivered"
}
# One count of the delivered records: field 7 (or 8) equals.
count() { awk -v kind="$1" -v field="$2" -v what="$3" '$3 == kind && $field == what { n++ } END { print n + 0 }' "$W/delivered"; }
contexts_whole() { # in each stream and context the numbers are 0, 1, 2 …
	awk '$3 ~ /^HI[23]$/ { if ($6 != next_[$3 " " $5]++) bad = 1 } END { exit bad }' "$W/delivered"
}
no_events() { [ -s "$1" ] && ! grep -qE '"event":"[a-z_-]*(gap|duplicate|conflict|repeat|undecoded)' "$1"; }
only_ours() { [ "$(cd "$W/lemf.example" && ls -d -- */ 2>/dev/null)" = "NL-OP01-LI-1/" ]; }
same() { [ "$1" = "$2" ]; }

# =====================================================================================================================
for p in mdfd lemfd lidump mdfctl ligen corelist; do
	[ -x "$B/$p" ] || die "$B/$p is not built; run: make demo"
done
files_wanted=$CAPTURE
[ -z "$CAPTURE" ] || files
lib_begin demo "$(dirname "$B")/demo"
echo "OpenMDF demo: one warrant, from a capture of a 5G core to the agency. All files are in $W."

step "1. Certificates"
lib_certs mdf.example lemf.example || die "openssl could not make the certificates"
tell "A throw-away CA, and a certificate for the mediation function (mdf.example) and the agency (lemf.example)."

step "2. The capture"
if [ -z "$files_wanted" ]; then
	"$B/ligen" --out "$W/core.pcap" --subscribers 3 --sessions 2 --packets 12 --plain --handover 70 --qos 70 --expect "$W/made.json" >/dev/null 2>"$W/ligen.log" ||
		die "the traffic generator failed: $(cat "$W/ligen.log")"
	CAPTURE=$W/core.pcap
	files
	tell "No CAPTURE= was given: made one with our traffic generator (N2, N3 and N4 of three subscribers)."
fi
with_files "$B/corelist" -s >"$W/sessions" 2>"$W/corelist.log" ||
	die "not a capture that can be read: $(sed 's/^corelist: //' "$W/corelist.log")"
printf '%s' "$FILES" | sed 's/^/   /'
read -r PACKETS FIRST LAST <<EOF
$(sed -n 's/^capture //p' "$W/sessions")
EOF
tell "$PACKETS packets, $FIRST to $LAST"

step "3. Its subscribers"
by_subscriber >"$W/subscribers"
[ -s "$W/subscribers" ] || die "no subscriber was found in the capture." \
	"A session shows where N4 (PFCP, UDP port 8805) or N2 (NGAP over SCTP) announces it; is that in the capture?"
{
	echo "subscriber addresses sessions ended from to"
	cat "$W/subscribers"
} | awk -v rows=$ROWS 'NR <= rows + 1 { printf "   %-20s %-36s %8s %6s %8s %8s\n", $1, $2, $3, $4, $5, $6 }
	END { if (NR > rows + 1) printf "   … and %d more\n", NR - rows - 1 }'
tell "(from and to: packets of content that the target sends and receives)"
WANT=${TARGET:-$(head -n 1 "$W/subscribers" | cut -d ' ' -f 1)}
WANT=${WANT#imsi-}
WANT=${WANT#ip:}
case $WANT in
*[!0-9a-fA-F.:]*) KEY=supinai ;;
*:*) KEY=ipv6Address ;;
*.*) KEY=ipv4Address ;;
*) KEY=supiimsi ;;
esac
read -r SESSIONS ENDED FROM TO <<EOF
$(expected "$WANT")
EOF
[ "$SESSIONS" -gt 0 ] || die "the target $WANT is not in the capture." "Take one of the table above, a subscriber or an address:" \
	"  make demo${files_wanted:+ CAPTURE=\"$files_wanted\"} TARGET=$(head -n 1 "$W/subscribers" | cut -d ' ' -f 1)"

step "4. The warrant"
# whole seconds that hold the capture: from its first instant to after its last
START=$(echo "$FIRST" | sed 's/\.[0-9]*Z/Z/')
END=$(echo "$LAST" | sed 's/\.[0-9]*Z/.999999Z/')
lib_lemf lemf.example || die "lemfd did not start: $(tail -n 1 "$W/lemf.example.log")"
DRAIN=60s lib_conf
i=0
while IFS= read -r f; do
	[ -z "$f" ] || lib_tap "tap$((i += 1))" "$f"
done <<EOF
$FILES
EOF
echo destinations: >"$W/warrants.yaml"
lib_dest 1 lemf.example "timers: {TIME6: 200ms}"
: >"$W/warrants"
lib_warrant 1 "$KEY: \"$WANT\"" 1 HI2andHI3 "$START" "$END"
{
	echo warrants:
	cat "$W/warrants"
} >>"$W/warrants.yaml"
rm -f "$W/warrants"
tell "LI-1 on $KEY $WANT, HI2 and HI3,"
tell "from $START to $END: the capture's own times."
tell "$W/mdfd.yaml and $W/warrants.yaml are what an operator would write."
"$B/mdfd" -c "$W/mdfd.yaml" --check >"$W/check.log" 2>&1 || die "mdfd refuses the configuration:" "$(cat "$W/check.log")"
tell "mdfd --check finds no fault in them."

step "5. Interception"
tell "The agency's lemfd listens on 127.0.0.1:$PORT."
tell "mdfd --drain reads the capture and delivers over TLS, each PDU acknowledged …"
"$B/mdfd" -c "$W/mdfd.yaml" --drain 2>"$W/mdfd.log" </dev/null
RC=$?
case $RC in
0) tell "… all is delivered and acknowledged." ;;
3) tell "… but not all was delivered in time (status 3)." ;;
*) tell "… but it failed (status $RC)." ;;
esac
# its log only when there is something to worry about: errors, or warnings other than our own closing
if [ $RC -ne 0 ] || grep -q '^<[0-3]>' "$W/mdfd.log"; then sed 's/^<[0-7]>/   mdfd: /' "$W/mdfd.log" | tail -n 20; fi
lib_end

step "6. What the agency has"
D=$W/lemf.example/NL-OP01-LI-1
mkdir -p "$D"
touch "$D/hi2.ber" "$D/hi3.ber"
DECODED=0
"$B/lidump" --summary "$D/hi2.ber" "$D/hi3.ber" >"$W/delivered" 2>"$W/lidump.log" || DECODED=1
printf '   %-9s %-32s  %-27s  %5s  %6s\n' "record" "event (HI2)" "time of interception" "CIN" "number"
records
echo
printf '   %5s  %-15s  %8s  %10s  %-27s  %s\n' CIN "content (HI3)" packets octets first last
content
tell "(CIN: the number of the session; all of it: $B/lidump --tree $D/hi2.ber)"

step "7. Verified"
IRI=$(count HI2 3 HI2) CC=$(count HI3 3 HI3)
holds "mdfd delivered everything and had every PDU acknowledged" same $RC 0
holds "every PDU decodes: $IRI of HI2, $CC of HI3" same $DECODED 0
holds "no gap and no duplicate: in each context the numbers run from 0 without a hole" contexts_whole
holds "lemfd's events tell of no gap, duplicate or PDU that it could not read" no_events "$D/events.jsonl"
holds "sessions begun: $(count HI2 8 pDUSessionEstablishment) of $SESSIONS" same "$(count HI2 8 pDUSessionEstablishment)" "$SESSIONS"
holds "sessions ended: $(count HI2 8 pDUSessionRelease) of $ENDED" same "$(count HI2 8 pDUSessionRelease)" "$ENDED"
holds "content from the target: $(count HI3 7 from) of $FROM packets" same "$(count HI3 7 from)" "$FROM"
holds "content to the target: $(count HI3 7 to) of $TO packets" same "$(count HI3 7 to)" "$TO"
if [ -z "$files_wanted" ] && [ $KEY = supiimsi ]; then
	holds "the traffic generator's own account of the target says the same" same "$SESSIONS $ENDED $FROM $TO" \
		"$(sed -n "s/^\"$WANT\": [^0-9]*\([0-9]*\)[^0-9]*\([0-9]*\)[^0-9]*\([0-9]*\)[^0-9]*\([0-9]*\).*/\1 \2 \3 \4/p" "$W/made.json")"
fi
holds "nothing of any other subscriber: $IRI + $CC PDUs, one interception" only_ours
AUDIT=$("$B/mdfctl" audit verify --key "$W/state/audit.pub" "$W/state/audit.log" 2>&1)
AUDITED=$?
holds "audit log: $AUDIT" same $AUDITED 0

tell "(What should come is counted by $B/corelist from the capture: our own reading of it, without warrant or delivery.)"

step "Next"
tell "A capture of your own:  make demo CAPTURE=/path/core.pcapng       (several taps: CAPTURE=\"n2n4.pcap n3.pcap\")"
tell "Another subscriber:     make demo CAPTURE=/path/core.pcapng TARGET=001010000000001     (IMSI or address)"
tell "A live interface:       in $W/mdfd.yaml replace the tap's 'file: …' by 'interface: eth1', set the"
tell "                        warrant's start and end in $W/warrants.yaml, then start both ends, mdfd as root:"
tell "  $B/lemfd --listen 127.0.0.1:$PORT --cert $W/lemf.example.crt --key $W/lemf.example.key --ca $W/ca.crt --out $W/live --name mdf.example"
tell "  $B/mdfd -c $W/mdfd.yaml"
if [ $BAD -ne 0 ]; then
	printf '\ndemo: %d of the verifications FAILED; see %s/mdfd.log and %s/lemf.example.log\n' $BAD "$W" "$W" >&2
	exit 1
fi
printf '\ndemo: every verification holds.\n'

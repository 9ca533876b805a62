#!/bin/sh
# lemfd report, export and verify: what mdfd delivered, and PDUs with hashes and with hostile text, read again. The pages are held against
# lidump with jq, and where there is a headless Chromium, looked at in it.
. test/lib.sh
lib_begin report
TMPDIR=$W
export TMPDIR
lib_certs mdf.example lemf.example || { fail report "no certificates"; exit 1; }
D=$W/lemf.example

# says FILE PATTERN
says() { grep -qF -- "$2" "$1"; }
holds() { # name, command…
	n=report.$1
	shift
	if "$@"; then ok "$n"; else fail "$n" "$*"; fi
}
not() { ! "$@"; }
# The data in a page: of all, of each record.
data() { sed -n 's,^<script type="application/json" id="data">\(.*\)</script>$,\1,p' "$1"; }
records() { grep -o '<script type="application/json" id="r[0-9]*">[^<]*</script>' "$1" | sed 's/^[^>]*>//; s,</script>$,,'; }

# -- what mdfd delivers -------------------------------------------------------------------------------------------------
lib_world report.world "--seed 7 --subscribers 8 --sessions 4 --packets 12" || exit 1
for k in 1 2 3; do
	lib_dest $k lemf.example
	lib_warrant $k "supiimsi: \"00101000000000$k\"" $k
done
lib_drain report.world "seed 7" || exit 1

# -- made ones: a gap, hashes, hostile text -------------------------------------------------------------------------------
# as they lie in lemfd's files; what lemfd makes of such PDUs when they come, lemfd.sh and test_lemf_check.c show
made() { # folder, LIID as events have it
	mkdir -p "$D/$1"
	printf '{"time":"2026-02-06T10:00:00.000000Z","event":"interception","country":"NL","operator":"OP01","liid":"%s"}\n' "$2" >"$D/$1/events.jsonl"
}
made NL-OP01-GAP GAP
"$B/pdus" iris:GAP:1:40 iri:GAP:1:44 iri:GAP:1:44 >"$D/NL-OP01-GAP/hi2.ber"
made NL-OP01-GOOD GOOD
"$B/pdus" iris:GOOD:1:40 >"$D/NL-OP01-GOOD/hi2.ber"
"$B/pdus" ccs:GOOD:1:60 >"$D/NL-OP01-GOOD/hi3.ber"
"$B/pdus" irihash:GOOD:1:40 cchash:GOOD:1:60 >"$D/NL-OP01-GOOD/integrity.ber"
cp -r "$D/NL-OP01-GOOD" "$D/NL-OP01-FLIP"
size=$(wc -c <"$D/NL-OP01-FLIP/hi3.ber")
printf '\001' | dd of="$D/NL-OP01-FLIP/hi3.ber" bs=1 seek=$((size - 1)) conv=notrunc 2>/dev/null
H=NL-OP01-%3C%2Fscript%3E
made $H '%3C%2Fscript%3E'
"$B/pdus" 'iris:</script>:1:2' >"$D/$H/hi2.ber"
{
	printf '{"time":"2026-02-06T10:00:00.000001Z","event":"operator-message","number":0,"text":"</script><script>alert(1)</script><img src=x onerror=alert(2)>\342\200\250\377"}\n'
	printf '{"time":"2026-02-06T10:00:00.000002Z","event":"peer","connection":1,"address":"192.0.2.1:1","subject":"CN=\\"><b onclick=alert(3)>","sha256":"00"}\n'
	printf 'no JSON at all <b>\n'
} >>"$D/$H/events.jsonl"
find "$D" -type f | sort | xargs sha256sum >"$W/before"

# -- verify -----------------------------------------------------------------------------------------------------------------
"$B/lemfd" verify "$D" >"$W/verify" 2>"$W/verify.err"; check report.verify 1 $?
for k in 1 2 3; do check "report.verify_LI-$k" good "$(awk -v n="NL-OP01-LI-$k" '$1 == n { print $NF }' "$W/verify")"; done
check report.verify_hashes "2 good" "$(awk '$1 == "NL-OP01-GOOD" { print $10, $NF }' "$W/verify")"
holds verify_flip says "$W/verify" 'bad       HI3 (hash), element MDF-1, CIN 1, number 0: of 0 to 59'
holds verify_gap says "$W/verify" 'gap       HI2, element MDF-1, CIN 1: 40 to 43'
holds verify_twice says "$W/verify" 'repeat    HI2, element MDF-1, CIN 1: number 44 at offsets'
"$B/lemfd" verify "$D" NL-OP01-GOOD NL-OP01-LI-1/ --json >"$W/verify.json" 2>/dev/null; check report.verify_good 0 $?
check report.verify_json 'good good' "$(jq -r .totals.verdict "$W/verify.json" | xargs)"
check report.verify_finding '{"finding":"gap","hi":"hi2","element":"MDF-1","cin":1,"from":40,"to":43}' \
	"$("$B/lemfd" verify "$D" NL-OP01-GAP --json 2>/dev/null | jq -c '.findings[] | select(.finding == "gap")')"

# -- export -----------------------------------------------------------------------------------------------------------------
for k in 1 2 3; do
	f=$D/NL-OP01-LI-$k
	"$B/lemfd" export "$D" NL-OP01-LI-$k --json "$W/all.jsonl" --pcap "$W/all.pcapng" 2>"$W/export.err"; check report.export_LI-$k 0 $?
	"$B/lidump" "$f/hi2.ber" "$f/hi3.ber" "$f/other.ber" | sort >"$W/want"
	sort "$W/all.jsonl" >"$W/got"
	holds export_same_LI-$k cmp -s "$W/want" "$W/got"
	check report.export_times_LI-$k "" "$(jq -r '.pSHeader.microSecondTimeStamp | .seconds * 1000000 + .microSeconds' "$W/all.jsonl" | sort -nc 2>&1)"
	"$B/lidump" --pcap - "$f/hi3.ber" >"$W/want.pcapng"
	if command -v tshark >/dev/null; then
		check report.export_packets_LI-$k "$(tshark -r "$W/want.pcapng" 2>/dev/null | wc -l)" "$(tshark -r "$W/all.pcapng" 2>/dev/null | wc -l)"
	fi
done
check report.export_mode 600 "$(stat -c %a "$W/all.jsonl")"
"$B/lemfd" export "$D" NL-OP01-GAP NL-OP01-FLIP --json - >"$W/gap.jsonl" 2>"$W/export.err"; check report.export_gap 1 $?
holds export_names_gap says "$W/export.err" 'NL-OP01-GAP: HI2, element MDF-1, CIN 1: missing 40 to 43'
holds export_names_flip says "$W/export.err" 'NL-OP01-FLIP: HI3 (hash), element MDF-1, CIN 1: not as they were sent: 0 to 59'
check report.export_numbers "$(seq 0 39 | xargs) 44 44" "$(jq -r 'select(.pSHeader.lawfulInterceptionIdentifier == "474150") | .pSHeader.sequenceNumber' "$W/gap.jsonl" | xargs)"

# -- report -----------------------------------------------------------------------------------------------------------------
(umask 022; "$B/lemfd" report "$D" --out "$W/pages" 2>"$W/report.err"); check report.status 0 $?
check report.pages "7 600" "$(find "$W/pages" -name 'NL-*.html' | wc -l) $(find "$W/pages" -type f -exec stat -c %a {} + | sort -u)"
for k in 1 2 3; do
	f=$D/NL-OP01-LI-$k page=$W/pages/NL-OP01-LI-$k.html
	records "$page" | jq -c .pdu | sort >"$W/got"
	"$B/lidump" "$f/hi2.ber" "$f/hi3.ber" "$f/other.ber" | jq -c . >"$W/all"
	sort "$W/all" >"$W/want"
	if [ "$(wc -l <"$W/want")" -le 600 ]; then check report.data_LI-$k 0 "$(comm -13 "$W/want" "$W/got" | wc -l)"; fi
	check report.records_LI-$k "$("$B/lidump" "$f/hi2.ber" | wc -l)" "$(records "$page" | jq -r 'select(.file == "hi2.ber") | .offset' | sort -u | wc -l)"
	check report.head_LI-$k "LI-$k OP01 NL $("$B/lidump" "$f/hi3.ber" | wc -l)" "$(data "$page" | jq -r '"\(.liid) \(.operator) \(.country) \(.content)"')"
	check report.sha256_LI-$k "$(sha256sum <"$f/hi2.ber" | cut -d' ' -f1)" "$(data "$page" | jq -r '.totals.files[] | select(.file == "hi2.ber").sha256')"
	records "$page" | jq -r 'select(.file == "hi2.ber") | "\(.offset) \(.hex)"' | sort -n | cut -d' ' -f2 | tr -d '\n' >"$W/hex"
	holds octets_LI-$k sh -c "od -An -v -tx1 '$f/hi2.ber' | tr -d ' \n' | cmp -s - '$W/hex'"
done
check report.gap '[{"finding":"gap","hi":"hi2","element":"MDF-1","cin":1,"from":40,"to":43}]' "$(data "$W/pages/NL-OP01-GAP.html" | jq -c .gaps)"
check report.flip 'bad 0-59 good 0-39' "$(data "$W/pages/NL-OP01-FLIP.html" | jq -r '(.checks + .good)[] | "\(.verdict) \(.from)-\(.to)"' | xargs)"
holds index says "$W/pages/index.html" '<a href="NL-OP01-%253C%252Fscript%253E.html">'

# hostile text stays text: the page has no more scripts than its own, and none of the elements that were tried
page="$W/pages/$H.html"
check report.hostile_scripts $(($(records "$page" | wc -l) + 2)) "$(grep -o '<script' "$page" | wc -l)"
check report.hostile_elements 0 "$(grep -cE '<img|<b |<b>|<!--' "$page")"
check report.hostile_data '</script><script>alert(1)</script><img src=x onerror=alert(2)>' "$(data "$page" | jq -r '.events[] | select(test("operator-message"))' |
	sed 's/.*"text":"//; s/>[^>]*$/>/')"
holds hostile_utf8 iconv -f UTF-8 -t UTF-8 -o /dev/null "$page"
# no network: nothing is fetched, and the policy forbids it
for page in "$W/pages"/*.html; do
	n=$(basename "$page" .html)
	if sed 's,<script type="application/json"[^<]*</script>,,g' "$page" | grep -qiE '[ "]src=|url\(|@import|<link|<img|<iframe|<object|<embed|https?:'; then
		case $n in "$H") ok "report.network_$n (text of others)" ;; *) fail "report.network_$n" "it refers to something" ;; esac
	else
		ok "report.network_$n"
	fi
	holds "policy_$n" says "$page" "content=\"default-src 'none'; base-uri 'none'; form-action 'none'; style-src 'sha256-"
done

# the evidence is not touched, nor written to
find "$D" -type f | sort | xargs sha256sum >"$W/after"
holds untouched cmp -s "$W/before" "$W/after"
for out in "$D" "$D/NL-OP01-GAP" "$D/new" "$D/NL-OP01-GAP/../new"; do
	"$B/lemfd" report "$D" --out "$out" 2>"$W/report.err"
	check "report.refused_$(basename "$out")" "1 1" "$? $(grep -c 'nothing is written' "$W/report.err")"
done
"$B/lemfd" export "$D" NL-OP01-GAP --json "$D/x" 2>/dev/null; check report.export_refused "1 no" "$? $([ -e "$D/x" ] && echo yes || echo no)"
check report.nothing_made "$(wc -l <"$W/before")" "$(find "$D" -type f | wc -l)"
check report.nothing_left 0 "$(find "$W/pages" "$W" -maxdepth 1 -name '.*.new' | wc -l)"
"$B/lemfd" report "$D" --out "$W/full/of/nothing" 2>/dev/null; check report.no_folder 1 $?
"$B/lemfd" verify "$D" '../lemf.example' 2>/dev/null >&2; check report.no_slash 1 $?

# -- while lemfd writes to it -------------------------------------------------------------------------------------------------
lib_lemf lemf.example || fail report.beside "lemfd did not start"
"$B/lemfd" verify "$D" NL-OP01-GOOD >/dev/null 2>&1; check report.beside 0 $?
lib_end

# -- how it is used -------------------------------------------------------------------------------------------------------------
for c in report export verify; do
	holds help_$c says "$(f=$W/help; "$B/lemfd" $c --help >"$f"; echo "$f")" "usage: lemfd $c DIR"
	"$B/lemfd" $c 2>/dev/null; check "report.usage_$c" 2 $?
	"$B/lemfd" $c "$D" --nonsense 2>/dev/null; check "report.option_$c" 2 $?
done
"$B/lemfd" export "$D" NL-OP01-GAP 2>/dev/null; check report.usage_no_file 2 $?
"$B/lemfd" verify "$W/none" 2>/dev/null; check report.no_dir 1 $?
"$B/lemfd" verify "$D" NL-OP01-GOOD --payload-key "AES-256-CBC:$W/none" 2>/dev/null; check report.no_key_file 1 $?
"$B/lemfd" verify "$D" NL-OP01-GOOD --signer "$W/mdf.example.crt" >/dev/null 2>&1; check report.signer 0 $?
printf '%064d' 1 >"$W/payload.key"
"$B/lemfd" verify "$D" NL-OP01-GOOD --payload-key "AES-256-CBC:$W/payload.key" >/dev/null 2>&1; check report.payload_key 0 $?
"$B/lemfd" --help >"$W/help"
holds help says "$W/help" 'lemfd report | export | verify DIR'

# -- in a browser ---------------------------------------------------------------------------------------------------------------
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome)
if [ -z "$browser" ]; then
	skip report.browser "no Chromium"
	exit 0
fi
look() { # page, options: its DOM in W/dom, what its console said in W/console
	f=$(realpath "$1" | sed 's/%/%25/g')
	shift
	timeout 60 "$browser" --headless --no-sandbox --disable-gpu --user-data-dir="$W/chromium" --virtual-time-budget=5000 --enable-logging=stderr \
		--window-size=1300,3000 "$@" "file://$f" >"$W/dom" 2>"$W/console"
}
for n in NL-OP01-LI-1 NL-OP01-GAP NL-OP01-FLIP "$H"; do
	look "$W/pages/$n.html" --dump-dom
	want=$(grep -c '<tr class="kept"' "$W/pages/$n.html")
	check "report.browser_rows_$n" "data-ready=\"$want\"" "$(grep -o 'data-ready="[0-9]*"' "$W/dom")"
	check "report.browser_buttons_$n" "$want" "$(grep -o '>Show</button>' "$W/dom" | wc -l)"
	check "report.browser_console_$n" "" "$(grep CONSOLE "$W/console")"
done
# the drill-down of a record: its tree and its octets
page=$W/pages/NL-OP01-LI-1.html
cp "$page" "$W/drill.html"
timeout 60 "$browser" --headless --no-sandbox --disable-gpu --user-data-dir="$W/chromium" --virtual-time-budget=5000 --dump-dom \
	"file://$(realpath "$W")/drill.html#r2" >"$W/dom" 2>/dev/null
holds browser_tree says "$W/dom" '<span class="key">sequenceNumber</span>: '
want=$(records "$page" | sed -n 3p | jq -r .hex | cut -c1-16 | sed 's/../& /g; s/ $//')
holds browser_octets says "$W/dom" "  $want  "
# order and filter: a copy without the policy and with a script that uses them
sed '/http-equiv="Content-Security-Policy"/d; /^<\/body>/d; /^<\/html>/d' "$page" >"$W/drive.html"
cat >>"$W/drive.html" <<'EOT'
<script>
const numbers = () => [...document.querySelectorAll("#table tbody tr")].map(r => Number(r.cells[4].textContent));
const use = (id, value) => { const e = document.getElementById(id); e.value = value; e.dispatchEvent(new Event("input")); };
const shown = () => [...document.querySelectorAll("#table tbody tr")].filter(r => !r.hidden).length;
const button = document.querySelectorAll("#table th [role=button]")[4];
button.click();
const up = numbers().every((x, i, a) => i === 0 || a[i - 1] <= x);
button.click();
const down = numbers().every((x, i, a) => i === 0 || a[i - 1] >= x);
use("type", "BEGIN");
const begins = shown();
use("type", "");
use("find", "PDUSESSIONRELEASE");
document.body.dataset.test = [up, down, begins, shown()].join(" ");
</script>
EOT
look "$W/drive.html" --dump-dom
n() { records "$page" | jq -c "select(.file == \"hi2.ber\") | .pdu.payload.iRIPayloadSequence[] | $1" | grep -c true; }
check report.browser_tools "true true $(n '.iRIType == "iRI-Begin"') $(n '.iRIContents.threeGPP33128DefinedIRI.event | has("pDUSessionRelease")')" \
	"$(sed -n 's/.*data-test="\([^"]*\)".*/\1/p' "$W/dom")"
look "$page" --screenshot="$W/page.png"
holds browser_picture [ "$(wc -c <"$W/page.png")" -gt 20000 ]

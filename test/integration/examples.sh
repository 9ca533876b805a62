#!/bin/sh
# What the README and the manual pages give as examples is typed as it stands: certificates, mdfd.yaml and warrants.yaml of the README, with a
# capture in the place of the interface; what an agency does with what it got; the files of mediation/pkg with all that is commented out in them;
# documents within the text. Countries' rules: countries.sh.
. test/lib.sh
command -v jq >/dev/null || { skip examples "no jq"; exit 0; }
lib_begin examples
TMPDIR=$(cd "$W" && pwd)
export TMPDIR
bin=$(cd "$B" && pwd)
top=$(pwd)
PATH=$bin:$PATH

# Blocks of the README between two lines, without their indentation.
readme() { awk -v from="$1" -v to="$2" 'index($0, from) == 1 { on = 1; next } on && index($0, to) == 1 { exit } on && /^       / { print substr($0, 8) }' README.md; }
# Examples of a manual page: the lines of .Dl and of displays behind .Sh EXAMPLES that begin with that program, as the shell reads them.
manual() { awk '/^\.Sh / { on = $2 == "EXAMPLES" } on { sub(/^\.Dl (\$ )?/, ""); gsub(/\\e/, "\\"); print }' "$top/mediation/pkg/$1" | grep "^$2"; }

readme '2. Certificates' '3. `mdfd.yaml`' >"$W/certs.sh"
readme '3. `mdfd.yaml`' '4. `warrants.yaml`' >"$W/mdfd.yaml"
readme '4. `warrants.yaml`' '5. `mdfd' >"$W/warrants.yaml"
check examples.readme.found yes "$([ "$(wc -l <"$W/certs.sh")" -gt 5 ] && grep -q ^mdf: "$W/mdfd.yaml" && grep -q ^warrants: "$W/warrants.yaml" && echo yes)"
(cd "$W" && sh -e certs.sh) >"$W/certs.log" 2>&1
check examples.readme.certificates "0 ok ok" "$? $(cd "$W" && for c in mdf lemf-a; do openssl verify -CAfile li-ca.crt $c.crt 2>&1 | sed "s/^$c.crt: //i; s/OK/ok/"; done | tr '\n' ' ' | sed 's/ $//')"
(cd "$W" && mdfd -c mdfd.yaml --check) >"$W/check.out" 2>&1
check examples.readme.check "0 1" "$? $(grep -c ': good$' "$W/check.out")"

# -- what comes of it: an agency, and a capture of today instead of eth1 --------------------------------------------------------------
ligen --plain --dual 0 --only6 0 --subscribers 1 --sessions 2 --packets 50 --seed 4 --out "$W/core.pcap" --expect "$W/expect.json" 2>/dev/null
(cd "$W" && exec lemfd --listen 127.0.0.1:0 --cert lemf-a.crt --key lemf-a.key --ca li-ca.crt --name mdf.example --out received >lemfd.out 2>lemfd.log) &
PIDS=$!
for i in $(seq 100); do grep -q listening "$W/lemfd.out" 2>/dev/null && break; sleep 0.05; done
port=$(sed -n 's/.*listening on .*:\([0-9]*\).*/\1/p' "$W/lemfd.out")
sed -i "s/interface: eth1/file: core.pcap/; s|/var/lib/mdfd|state|; s|/run/mdfd/control|control|" "$W/mdfd.yaml"
sed -i "s/192.0.2.10:50001/127.0.0.1:$port/; s/start: 2026/start: 2000/; s/end: 2027/end: 2040/" "$W/warrants.yaml"
(cd "$W" && eval "$(manual mdfd.8 mdfd | sed 's/$/ || exit/')") >"$W/mdfd.log" 2>&1
check examples.readme.delivered "0 $(jq -r '.subscribers["001010000000001"] | .from + .to' "$W/expect.json")" \
	"$? $(lidump --json "$W/received/NL-OP01-LI-2026-0001/hi3.ber" | wc -l)"
(cd "$W/state" && eval "$(manual mdfctl.1 'mdfctl audit verify')") >"$W/audit.out" 2>&1
check examples.mdfctl.audit 0 $?
lib_end
# of the others, in the folder that lemfd wrote: nobody has signed here, and what is kept elsewhere is kept there, too
manual lemfd.1 'lemfd [a-z]' | sed 's/ --signer mdf-sign.pem//; s|/mnt/safe/||' >"$W/lemfd.sh"
n=0
while read -r line; do
	n=$((n + 1))
	(cd "$W" && eval "$line") >"$W/lemfd.$n.out" 2>&1
	check "examples.lemfd.$n.$(echo "$line" | cut -d' ' -f2)" 0 $?
done <"$W/lemfd.sh"
check examples.lemfd.files yes "$(cd "$W" && ls reports/*.html case.jsonl case.pcapng >/dev/null && echo yes)"
ln -s "received" "$W/lemf"
{ manual lidump.1 lidump; lidump --help | sed -n '/^examples:/,$s/^  \(lidump\)/\1/p' | grep -v 'x2x3\|payload-key'; } | sort -u >"$W/lidump.sh"
n=0
while read -r line; do
	n=$((n + 1))
	case $line in *tshark*) command -v tshark >/dev/null || { skip examples.lidump.$n "no tshark"; continue; } ;; esac
	d=$W/received/NL-OP01-LI-2026-0001
	case $line in *lemf/*) d=$W ;; esac
	(cd "$d" && eval "$line") >"$W/lidump.out" 2>"$W/lidump.err"
	check examples.lidump.$n "0 yes" "$? $([ -s "$W/lidump.out" ] && echo yes)"
done <"$W/lidump.sh"
check examples.lidump.some yes "$([ $n -ge 3 ] && echo yes)"

# -- the files of the package, and all that is commented out in them -------------------------------------------------------------------
P=$W/pkg
mkdir "$P"
cp "$W"/mdf.* "$W"/li-ca.crt "$P"
openssl genpkey -algorithm ed25519 -out "$P/sign.key" 2>/dev/null
openssl rand -hex 32 >"$P/agency-a.key"
chmod 600 "$P"/*.key
openssl x509 -in "$P/mdf.crt" -noout >/dev/null 2>&1 || fail examples.pkg "no certificate"
cp mediation/pkg/mdfd.yaml mediation/pkg/warrants.yaml "$P"
loads() { # name
	mdfd -c "$P/mdfd.yaml" --check >"$W/check.out" 2>&1
	check "examples.$1" "0 " "$? $(grep -v ': good$\|its folder is not there\|end_of_task: ' "$W/check.out")"
}
loads pkg
# users and groups that are not there, and what a later example takes the place of
sed -E 's/^( *)# ([a-zA-Z_0-9]+:|- |  )/\1\2/; /^ *(user|control_group|control_admin_group|crl|state_key|start_empty|resume_within):/d' mediation/pkg/mdfd.yaml >"$P/mdfd.yaml"
loads pkg.all
# a comment behind the value is one of its own: each line alone
grep -nE '^    # [a-z_]+: ' mediation/pkg/warrants.yaml | cut -d: -f1 >"$W/lines"
check examples.pkg.lines yes "$([ "$(wc -l <"$W/lines")" -ge 15 ] && echo yes)"
while read -r n; do
	sed -E "${n}s/^    # ([^#]*).*/    \1/; s/… .*/29f28e1c-f230-486a-a860-f5a784ab9173/; s/product_id: …/product_id: 29f28e1c-f230-486a-a860-f5a784ab9173/" mediation/pkg/warrants.yaml >"$P/warrants.yaml"
	loads "pkg.warrants.$n"
	# what stands behind the semicolons
	sed -n "${n}s/^ *# //p" mediation/pkg/warrants.yaml | tr ';' '\n' | sed -n 's/^ *\([a-z_]*: [^ ,#]*\).*/\1/p' | while read -r more; do
		key=${more%%:*}
		sed -E "${n}s/^    # ([^#]*).*/    \1/; s/product_id: …/product_id: 29f28e1c-f230-486a-a860-f5a784ab9173/" mediation/pkg/warrants.yaml |
			awk -v n="$n" -v key="$key" -v more="$more" 'NR == n && index($0, "    " key ":") != 1 { print; if (more !~ /…/) print "    " more; next } { print }' >"$P/warrants.yaml"
		mdfd -c "$P/mdfd.yaml" --check >"$W/check.out" 2>&1 || fail "examples.pkg.warrants.$n.$key" "$(head -n 2 "$W/check.out")"
	done
done <"$W/lines"
cp mediation/pkg/warrants.yaml "$P"

# -- documents within the text: of the README, of mdfd.yaml(5) -------------------------------------------------------------------------
{ grep -oE '`(audit|metrics|x2x3): \{[^`]*\}`' README.md | tr -d '`' | sort -u
grep -E '^ +x1: \{' README.md | sed 's/^ *//'; } | sort -u | while read -r doc; do
	key=${doc%%:*}
	sed "/^$key:/,/^[a-z]/{/^$key:/d;/^ /d}" mediation/pkg/mdfd.yaml >"$P/mdfd.yaml"
	echo "$doc" >>"$P/mdfd.yaml"
	loads "readme.$key"
done
awk '/^\.Ss profiles/ { on = 1 } on && /^\.Bd/ { show = 1; next } on && /^\.Ed/ { exit } show { print }' mediation/pkg/mdfd.yaml.5 >"$W/profiles"
{ cat mediation/pkg/mdfd.yaml; cat "$W/profiles"; } >"$P/mdfd.yaml"
check examples.manual.found 4 "$(wc -l <"$W/profiles")"
loads manual.profiles

# -- lipoi: what needs nobody at the other end ---------------------------------------------------------------------------------------
cp "$W/core.pcap" "$W/n3.pcap"
(cd "$W" && eval "$(awk '/^\.Sh / { on = $2 == "EXAMPLES" } on { gsub(/\\e/, "\\"); print }' "$top/mediation/pkg/lipoi.1" | grep '^lipoi --dry-run')") >"$W/lipoi.out" 2>&1
check examples.lipoi "0 yes" "$? $([ -s "$W/x3.pcap" ] && echo yes)"

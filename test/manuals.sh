#!/bin/sh
# Manual pages against what they are of, both ways: the keys of conf.tbl and mdfd.yaml(5), section by section; what each program's help has and its
# options (and mdfctl's verbs) in its page; the alarms; the events of the audit log. Needs the programs, in $B.
: "${B:=build/release}"
pkg=mediation/pkg
bad=0
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
# lacks WHAT A B: lines of A that are not in B
lacks() {
	sort -u "$2" >"$tmp/a" && sort -u "$3" >"$tmp/b"
	[ -s "$tmp/a" ] || { echo "manuals: $1: nothing was found to look for" >&2; bad=1; }
	comm -23 "$tmp/a" "$tmp/b" >"$tmp/lacks"
	[ -s "$tmp/lacks" ] || return 0
	sed "s|^|manuals: $1: |" "$tmp/lacks" >&2
	bad=1
}

# -- keys: "SECTION key" of the table; "SECTION key" of the page, and of its items alone --
awk '
BEGIN {
	split("MDF=mdf TLS=tls TAP=taps NFS=taps AUDIT=audit METRICS=metrics METRICS_TLS=metrics X1=x1 X1_TLS=x1 ADMF=x1 PROFILE=x1 NAMED=profiles " \
	      "SPOOL=spool X2X3=x2x3 X2X3_LISTEN=x2x3 X2X3_TLS=x2x3", a, " ")
	for (i in a) { split(a[i], p, "="); of[p[1]] = "MDFD.YAML/" p[2] }
	split("DEST DEST_OPTION DEST_TLS AGGREGATION ENCRYPTION PADDING INTEGRITY TIMER", a, " ")
	for (i in a) of[a[i]] = "WARRANTS.YAML/destinations"
	of["WARRANT"] = "WARRANTS.YAML/warrants"
	of["TOP"] = "MDFD.YAML/"; of["FILE_TOP"] = "WARRANTS.YAML/"
	split("NFS METRICS_TLS X1_TLS PROFILE NAMED X2X3_LISTEN X2X3_TLS DEST_TLS PADDING TIMER TOP FILE_TOP", a, " ")
	for (i in a) within[a[i]] = 1		# told of in the text of the key that has them
}
/^[A-Z][A-Z0-9_]*\(/ {
	m = $0; sub(/\(.*/, "", m)
	k = $0; sub(/^[^(]*\(/, "", k); sub(/,.*/, "", k)
	if (!(m in of)) { print "manuals: conf.tbl: no section is known for " m > "/dev/stderr"; exit 1 }
	print of[m], k > (TMP "/keys")
	if (!(m in within)) print of[m], k > (TMP "/keys.items")
}' TMP="$tmp" mediation/conf.tbl || bad=1
awk '
/^\.Sh / { sh = $2; ss = "" }
/^\.Ss / { ss = $2; print sh "/", ss > (TMP "/page") }
/^\.(It |Pq )?Cm / {
	item = $1 == ".It"; cm = 0
	for (i = 1; i <= NF; i++) {
		w = $i; sub(/^\./, "", w)
		if (w == "Cm") { cm = 1; continue }
		if (w ~ /^[A-Z][a-z]$/) { cm = 0; continue }
		if (!cm || w !~ /^[A-Za-z][A-Za-z0-9_]*$/) continue
		print sh "/" ss, w > (TMP "/page")
		if (item) print sh "/" ss, w > (TMP "/page.items")
	}
}' TMP="$tmp" $pkg/mdfd.yaml.5
grep -E '^(MDFD|WARRANTS)\.YAML/' "$tmp/page.items" >"$tmp/page.keys"
lacks 'mdfd.yaml(5) does not have the key' "$tmp/keys" "$tmp/page"
lacks 'mdfd.yaml(5) has no item for the key' "$tmp/keys.items" "$tmp/page.items"
# identities that a target may have are no keys, and have a table of their own
grep -oE '"[A-Za-z0-9]+"' mediation/warrant/target.c | tr -d '"' | sed 's|^|WARRANTS.YAML/warrants |' | awk '{ print; print $1, toupper(substr($2, 1, 1)) substr($2, 2) }' >"$tmp/targets"
cat "$tmp/keys" "$tmp/targets" >"$tmp/known"
lacks 'mdfd.yaml(5) has an item that is no key' "$tmp/page.keys" "$tmp/known"

# the words of choices; those of yes and no go without saying
grep -ohE '\{ "[A-Za-z0-9.-]+", [A-Za-z0-9_-]+ \}' mediation/conf*.c | sed 's/{ "\([^"]*\)".*/\1/' | grep -vxE 'true|false|on|off|yes|no' >"$tmp/words"
grep -E '^\.' $pkg/mdfd.yaml.5 | tr ' ' '\n' >"$tmp/words.page"
lacks 'mdfd.yaml(5) does not have the word' "$tmp/words" "$tmp/words.page"

# -- options --
# those of a page: ".Fl Fl name", ".Fl -name", ".Fl x"
flags() { sed -E -n 's/Fl Fl ([a-z])/--\1/g; s/(Fl|\|) -([a-z])/--\2/g; s/Fl ([a-z])( |$)/-\1\2/g; /^\./p' "$1" | grep -oE "(^|[ .])--?[a-z0-9][a-z0-9-]*" | tr -d ' .'; }
helps() { printf '%s\n' "$1" | grep -oE "(^|[ [|])--[a-z0-9][a-z0-9-]*" | tr -d ' [|'; printf '%s\n' "$1" | grep -oE "^  -[a-z]\b(, )?" | tr -d ' ,'; }
for p in mdfd.8 mdfctl.1 lemfd.1 lidump.1 lipoi.1; do
	prog=${p%.*}
	text=$("$B/$prog" --help) || bad=1
	[ "$prog" = lemfd ] && text="$text
$(for v in report export verify; do "$B/lemfd" $v --help; done)"
	helps "$text" >"$tmp/help"
	flags $pkg/$p >"$tmp/flags"
	grep '^\.It Fl' $pkg/$p >"$tmp/it"
	flags "$tmp/it" >"$tmp/items"
	[ "$prog" = mdfctl ] && echo --version >>"$tmp/help"
	lacks "$p does not have the option of the help" "$tmp/help" "$tmp/flags"
	lacks "the help of $prog does not have the option of $p" "$tmp/items" "$tmp/help"
done

# -- mdfctl's verbs, and the alarms --
"$B/mdfctl" help | sed -E -n 's/^  ([a-z][a-z-]*( [a-z-]+)?)( [A-Z[]|  ).*/\1/p' | sort -u >"$tmp/verbs"
awk '/^\.Sh |^\.Ss /{ on = $2 == "DESCRIPTION" } on && /^\.It Cm / { sub(/^\.It /, ""); n = split($0, a, /Cm /); for (i = 2; i <= n; i++) { sub(/ +(Ar|Op|Oo|,).*/, "", a[i]); print a[i] } }' \
	$pkg/mdfctl.1 >"$tmp/verbs.page"
lacks 'mdfctl(1) does not have the verb' "$tmp/verbs" "$tmp/verbs.page"
lacks 'mdfctl has not the verb of mdfctl(1)' "$tmp/verbs.page" "$tmp/verbs"
sed -n 's/^ALARM(\([a-z_]*\),.*/\1/p' mediation/alarm.tbl >"$tmp/alarms"
awk '/^\.S[hs] /{ on = $2 == "Alarms" } on && /^\.It Cm / { for (i = 3; i <= NF; i++) if ($i != ",") print $i }' $pkg/mdfctl.1 >"$tmp/alarms.page"
lacks 'mdfctl(1) does not have the alarm' "$tmp/alarms" "$tmp/alarms.page"
lacks 'there is no alarm that mdfctl(1) has' "$tmp/alarms.page" "$tmp/alarms"


# -- the audit log's events --
{ find mediation -name '*.c' -exec cat {} + | tr '\n\t' '  ' | grep -oE '(service_audit|audit_write|put_entry)\([^;"]*"[a-z-]+"' | grep -oE '"[a-z-]+"$'
sed -n '/^const char \*warrant_act_name/,/^}/p' mediation/warrant/warrant_apply.c | grep -oE '"[a-z]+-[a-z]+"'; } | tr -d '"' >"$tmp/events"
grep -E '^\.' $pkg/mdfd.8 | tr ' ' '\n' >"$tmp/events.page"
lacks 'mdfd(8) does not have the event' "$tmp/events" "$tmp/events.page"

[ $bad -eq 0 ] && echo "manuals ok"
exit $bad

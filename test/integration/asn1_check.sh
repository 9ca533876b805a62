#!/bin/sh
# Our modules against the table of the standard's types (make asn1-check), and that the comparison sees a difference
# of each kind: without that, "0 differences" says nothing.
set -u
: "${SHARED:=../shared}"
csv=$SHARED/spec/ts33128-fields.csv
payloads=asn1/modules/ts33128/TS33128Payloads.asn
others="asn1/modules/ts33128/IPAccessPDU.asn asn1/modules/ts33128ia/TS33128IdentityAssociation.asn"
if [ ! -e "$csv" ]; then
	echo "skipped: asn1_check: no $csv"
	exit 0
fi
dir=$(mktemp -d) || exit 2
trap 'rm -rf "$dir"' EXIT
# shellcheck disable=SC2086
check() { perl asn1/fieldtab.pl check "$csv" "$1" $others >"$dir/out" 2>&1; }

if check "$payloads"; then echo "ok asn1_check.equal: $(tail -n1 "$dir/out")"; else echo "FAIL asn1_check.equal: $(head -n1 "$dir/out")"; fi

# name, sed script, what the comparison must say
plant() {
	sed "$2" "$payloads" >"$dir/planted.asn"
	if cmp -s "$payloads" "$dir/planted.asn"; then
		echo "FAIL asn1_check.$1: nothing was planted"
	elif check "$dir/planted.asn"; then
		echo "FAIL asn1_check.$1: not seen"
	elif grep -q "$3" "$dir/out"; then
		echo "ok asn1_check.$1"
	else
		echo "FAIL asn1_check.$1: $(head -n1 "$dir/out")"
	fi
}
plant name 's/^    registrationResult /    registratoinResult /' "member is 'registratoinResult'"
plant tag '/^SUPI ::=/,/^}/s/iMSI \[1\]/iMSI [7]/' "SUPI.iMSI: tag is '7'"
plant type '/^SUPI ::=/,/^}/s/\[1\] IMSI/[1] NAI/' "SUPI.iMSI: type is 'NAI'"
plant optional '/^AMFLocationUpdate ::=/,/^}/s/\[6\] Location/& OPTIONAL/' "AMFLocationUpdate.location: optional is 'true'"
plant constraint '/^SNSSAI ::=/,/^}/s/SIZE(3)/SIZE(4)/' "sliceDifferentiator: constraint is '(SIZE(4))'"
plant value '/^RATType ::=/,/^}/s/eUTRA(2)/eUTRA(99)/' "RATType.eUTRA: tag is '99'"
plant missing '/^SNSSAI ::=/,/^}/{/mappedHPLMNSliceDifferentiator/d}' "SNSSAI.mappedHPLMNSliceDifferentiator: not in our modules"
plant extra '/^SNSSAI ::=/,/^}/s/^    \.\.\./    more [9] NULL,\n&/' "SNSSAI.more: ours only"
plant order '/^PLMNID ::=/,/^}/{/mCC/{h;d};/mNC/G}' "PLMNID.mCC: member is 'mNC'"
plant marker '/^PLMNID ::=/,/^}/{/\.\.\./d}' "PLMNID: no extension marker"
plant arcs 's/version3(3) iRI(3)/version3(3) iRI(4)/' "iRIPayloadOID: constraint is '4 19 19 3 4'"

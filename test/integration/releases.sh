#!/bin/sh
# What --check says of a destination whose release of TS 33.128 has no form for what X2 and X3 can bring.
set -u
. test/lib.sh
lib_begin releases
name=releases
lib_certs mdf.example lemf.example || { fail $name "no certificates"; exit 0; }
PORT=50001

# checked X2X3 DESTINATION-KEYS [DELIVERY]: the warnings about releases, and the exit status
checked() {
	lib_conf
	sed -i '/^taps:/d' "$W/mdfd.yaml"
	[ "$1" = no ] || echo 'x2x3: {listen: "127.0.0.1:0", peers: [upf.example]}' >>"$W/mdfd.yaml"
	echo destinations: >"$W/warrants.yaml"
	lib_dest 1 lemf.example "$2"
	sed -i "s/HI2andHI3/${3:-HI2andHI3}/" "$W/warrants.yaml"
	echo 'warrants: []' >>"$W/warrants.yaml"
	"$B/mdfd" -c "$W/mdfd.yaml" --check >"$W/check" 2>&1
	echo "$? $(grep -o 'destinations\[0\].ts33128_release: warning: .*' "$W/check")"
}

check $name.newest "0 " "$(checked yes 'ts33128_release: r19')"
check $name.no_x2x3 "0 " "$(checked no 'ts33128_release: r16v5')"
check $name.old "0 destinations[0].ts33128_release: warning: r16v5 has not: events $(awk -F '[(, ]+' '
	/^EVENT/ && $4 == "SHARED" && ($8 > 16 || ($8 == 16 && $9 > 5)) && !($10 == 16 && $11 <= 5) { has[$2] = 1 }
	END { for (t = 1; t <= 256; t++) {
		if (t in has) { if (!from) from = t }
		else if (from) { out = out (out ? "," : "") from (t - from > 1 ? "-" t - 1 : ""); from = 0 } }
	      print out }' asn1/xiri.tbl), nIDDCCPDU, pTCCCPDU, iMSCCPDU, rCSCCPDU. What X2 and X3 bring of that is not delivered there, and counted" \
	"$(checked yes 'ts33128_release: r16v5')"
case $(checked yes 'ts33128_release: r16v9' HI3Only) in
*"r16v9 has not: nIDDCCPDU, iMSCCPDU, rCSCCPDU."*) ok $name.content_only ;;
*) fail $name.content_only "$(cat "$W/check")" ;;
esac
